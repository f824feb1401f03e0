"""The systems side by side: how each is started, asked and put under load."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from joserfc import jwt
from joserfc.jwk import OctKey
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from bench.install import PYTHON_PACKAGES, is_installed, node, place
from bench.places import CLONE, PEERS
from bench.requests.compiled import compiled
from bench.requests.load import Loaded, put_under_load
from bench.requests.peer_role import PEER, let_peers_read
from bench.requests.pgbench import Pgbench
from bench.requests.questions import TOTALS, Dialect, Question
from hub.app import issue_token
from hub.settings import Settings
from hub.storage.roles import DatabaseRole
from hub.storage.server import DatabaseServer
from schema import CATALOGUE

MOST_ROWS = 10_000
_PURPOSE = "programme-supervision"
_WHO = "city-officer"
_SECRET = "bench-only-0123456789-0123456789-abcdef"  # noqa: S105  # of servers that live for minutes on this machine
_START_SECONDS = 180
_LONGEST_MINUTES = 720
Variables = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Served:
    """A system that answers over HTTP."""

    name: str
    dialect: Dialect
    command: tuple[str, ...]
    folder: Path
    port: int
    path: str
    headers: Mapping[str, str]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}{self.path}"

    def start(self) -> Running:
        """The process, once it takes connections."""
        process = subprocess.Popen(self.command, cwd=self.folder, stdout=subprocess.DEVNULL)
        deadline = time.perf_counter() + _START_SECONDS
        while time.perf_counter() < deadline and process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return Running(self, process)
            time.sleep(0.05)
        process.kill()
        raise RuntimeError(f"{self.name} does not start.")


class Running:
    """A served system with its process."""

    def __init__(self, served: Served, process: subprocess.Popen[bytes]) -> None:
        self.name = served.name
        self._served = served
        self.process = process

    @property
    def root(self) -> int | None:
        """Its process id."""
        return self.process.pid

    def answers(self, question: Question, variables: Variables) -> list[Any]:
        """The data of every answer. ``ValueError`` for a refusal."""
        document = question.documents[self._served.dialect]
        return [self._answer(_body(document, given)) for given in variables]

    def load(self, question: Question, variables: Variables, connections: int, seconds: float) -> Loaded:
        """Ask as fast as it answers."""
        document = question.documents[self._served.dialect]
        bodies = PEERS / f"{self.name}.{question.name}.bodies"
        PEERS.mkdir(parents=True, exist_ok=True)
        bodies.write_bytes(b"\n".join(_body(document, given) for given in variables))
        return put_under_load(self._served.url, self._served.headers, bodies, connections, seconds)

    def stop(self) -> None:
        """End the process."""
        self.process.terminate()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _answer(self, body: bytes) -> Any:
        request = urllib.request.Request(self._served.url, body, dict(self._served.headers))  # noqa: S310  # ours
        try:
            with urllib.request.urlopen(request, timeout=60) as response:  # noqa: S310  # as above
                held = json.load(response)
        except urllib.error.HTTPError as error:
            raise ValueError(error.read().decode("utf-8", "replace")[:500]) from None
        if held.get("errors") or not held.get("data"):
            raise ValueError(str(held.get("errors"))[:500])
        return held["data"]


class Limit:
    """pgbench with the hub's own SQL. It is no server: its process is the client."""

    name = "pgbench"
    root = None

    def __init__(self, conninfo: str, county: str) -> None:
        self._conninfo = conninfo
        self._county = county

    def answers(self, question: Question, variables: Variables) -> list[Any]:
        """The same statement's answers."""
        made = compiled(question.documents[Dialect.HUB], variables, self._county, MOST_ROWS)
        found: list[Any] = []
        with psycopg.connect(self._conninfo) as connection:
            for values in made.values:
                connection.execute(
                    "select set_config('hub.county', %s, true), set_config('hub.region_from', %s, true), "
                    "set_config('hub.region_to', %s, true), set_config('hub.datasets', %s, true), "
                    "set_config('role', %s, true)",
                    made.claims,
                )
                cursor = psycopg.RawCursor(connection)
                row = cursor.execute(made.text.encode(), values).fetchone() or ()
                roots = _root_keys(question)  # after them come the count of rows and the households, for the log
                found.append(dict(zip(roots, row[: len(roots)], strict=True)))
        return found

    def load(self, question: Question, variables: Variables, connections: int, seconds: float) -> Loaded:
        """As fast as PostgreSQL answers."""
        made = compiled(question.documents[Dialect.HUB], variables, self._county, MOST_ROWS)
        # pgbench prepares a pipeline's statements before it runs any: the role must hold by then.
        options = f"{conninfo_to_dict(self._conninfo).get('options', '')} -c role={made.claims[-1]}"
        return Pgbench(make_conninfo(self._conninfo, options=options)).put_under_load(made, connections, seconds)

    def stop(self) -> None:
        """Nothing runs."""


System = Running | Limit


def _root_keys(question: Question) -> tuple[str, ...]:
    """The response key of the one root of our documents."""
    body = question.documents[Dialect.HUB].partition("{")[2]
    return (body.replace("(", " ").split()[0],)


def _body(document: str, given: Mapping[str, Any]) -> bytes:
    return json.dumps({"query": document, "variables": given}, ensure_ascii=False, separators=(",", ":")).encode()


def served_systems(settings: Settings, server: DatabaseServer, connections: int) -> list[Served]:
    """The hub as `hub serve`, and every other that is installed; each with the same number of database connections."""
    ports = iter(free_ports(4))
    found = [hub_served(settings, server, next(ports), connections)]
    claims = {"county": settings.county, "region": settings.county}
    token = jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(_SECRET), algorithms=["HS256"])
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    for name, dialect in (("postgraphile", Dialect.POSTGRAPHILE), ("mercurius", Dialect.PLAIN)):
        port = next(ports)
        if not is_installed(name):
            continue
        folder = place(name)
        setup = _setup(name, settings, server, port, connections)
        command = ("env", "NODE_ENV=production", "GRAPHILE_ENV=production", node(), "server.mjs", str(setup))
        found.append(Served(name, dialect, command, folder, port, "/graphql", headers))
    port = next(ports)
    setup = _setup("strawberry", settings, server, port, connections)
    module = (sys.executable, "-m", "bench.peers.strawberry.server", str(setup))
    command = ("env", f"PYTHONPATH={PYTHON_PACKAGES}", *module)
    found.append(Served("strawberry", Dialect.PLAIN, command, CLONE, port, "/", headers))
    return found


HUB = ("-c", "from hub.cli.main import main; main()", "serve")


def hub_environment(settings: Settings, connections: int) -> dict[str, str]:
    """The settings of a hub on the data folder of ``settings``, beside others."""
    return {
        "HUB_HOME": str(settings.home),
        "HUB_PUBLIC_URL": settings.issuer,
        "HUB_BEARER_CLIENTS": settings.bearer_clients,
        "HUB_API_CONNECTIONS": str(connections),
        "HUB_LIMIT_PAGE_MOST": str(MOST_ROWS),
        "HUB_LOG_LAG_MINUTES": str(settings.log_lag_minutes),
    }


def hub_served(  # noqa: PLR0913  # all that tells one from another
    settings: Settings,
    server: DatabaseServer,
    port: int,
    connections: int,
    *,
    name: str = "hub",
    serve: tuple[str, ...] = HUB,
    given: Mapping[str, str] | None = None,
) -> Served:
    """`hub serve`, or what Python makes of ``serve``; ``given``: further settings."""
    environment = {**hub_environment(settings, connections), "HUB_PORT": str(port), **(given or {})}
    command = ("env", *(f"{key}={value}" for key, value in environment.items()), sys.executable, *serve)
    headers = {
        "Authorization": f"Bearer {issue_token(settings, server, _WHO, _LONGEST_MINUTES)}",
        "Data-Purpose": _PURPOSE,
        "Content-Type": "application/json",
    }
    return Served(name, Dialect.HUB, command, CLONE, port, "/graphql", headers)


def _setup(name: str, settings: Settings, server: DatabaseServer, port: int, connections: int) -> Path:
    parts = conninfo_to_dict(server.conninfo(DatabaseRole.API))
    let_peers_read(server.owner)
    database = {"host": parts["host"], "user": PEER, "database": parts["dbname"]}
    if "port" in parts:
        database["port"] = parts["port"]
    PEERS.mkdir(parents=True, exist_ok=True)
    path = PEERS / f"{name}.setup.json"
    setup = {
        "port": port,
        "secret": _SECRET,
        "county": settings.county,
        "connections": connections,
        "database": database,
        "totals": TOTALS,
        "foreignKeys": _foreign_keys(),
    }
    path.write_text(json.dumps(setup), "utf-8")
    return path


def _foreign_keys() -> dict[str, list[str]]:
    """The catalogue's links to a dataset's key, in the words of PostGraphile's smart tags."""
    found: dict[str, list[str]] = {}
    for dataset in CATALOGUE.delivered():
        for link in dataset.links:
            target = CATALOGUE[link.target]
            if link.on and tuple(link.on.values()) == target.key:
                ours, theirs = ", ".join(("county", *link.on)), ", ".join(("county", *link.on.values()))
                tag = f"({ours}) references record.{target.name} ({theirs})"
                tag += f"|@fieldName {_camel(link.name)}|@foreignFieldName {_camel(link.inverse)}"
                found.setdefault(f"record.{dataset.name}", []).append(tag)
    return found


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.title() for word in others)


def free_ports(count: int) -> list[int]:
    """Ports nobody listens on now."""
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]
    finally:
        for probe in probes:
            probe.close()


def limit(settings: Settings, server: DatabaseServer) -> Limit:
    """What pgbench reaches as the API's role."""
    options = "-c jit=off -c default_transaction_read_only=on -c timezone=UTC"
    return Limit(make_conninfo(server.conninfo(DatabaseRole.API), options=options), settings.county)
