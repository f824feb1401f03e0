"""Other ways to load the same file into the same database: dlt on Arrow tables and on rows, pandas with SQLAlchemy.

They load every column as text: no contract, no quarantine, no history, no lineage; that is in their favour.
"""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlencode

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from bench.install import loaders_python
from bench.places import CLONE
from bench.processes import MemoryWatch

_MARK = "bench-peer "
_SCRIPTS = CLONE / "bench" / "peers" / "loading"
_WAITED = 6 * 3600


@dataclass(frozen=True, slots=True)
class Loader:
    """One peer: its name in the table, the option's word for it, its script, and the schema it loads ``loan`` into."""

    name: str
    word: str
    script: str
    schema: str
    arguments: tuple[str, ...] = ()


LOADERS = (
    Loader("dlt, Arrow", "dlt-arrow", "with_dlt.py", "bench_dlt_arrow", ("arrow",)),
    Loader("dlt, rows", "dlt-rows", "with_dlt.py", "bench_dlt_rows", ("rows",)),
    Loader("pandas + SQLAlchemy", "pandas", "with_pandas.py", "bench_pandas"),
)


@dataclass(frozen=True, slots=True)
class Loaded:
    """Seconds without the imports, and the peak of the process in MiB."""

    seconds: float
    mebibytes: float


def load(loader: Loader, path: Path, conninfo: str, folder: Path) -> Loaded:
    """One load in a process of its own. Raises ``RuntimeError`` if it fails."""
    place = str(folder / "peers")
    drivername = "postgresql+psycopg" if loader.word == "pandas" else "postgresql"
    command = [loaders_python(), str(_SCRIPTS / loader.script), str(path), _url(conninfo, drivername), place]
    with (
        subprocess.Popen([*command, *loader.arguments], cwd=folder, stdout=subprocess.PIPE, text=True) as process,
        MemoryWatch(process.pid) as watch,
    ):
        told = [line for line in process.stdout or () if line.startswith(_MARK)]
        process.wait(_WAITED)
    if process.returncode != 0 or not told:
        raise RuntimeError(f"{loader.name} failed with code {process.returncode}.")
    peak = max((sample.ours for sample in watch.samples), default=0)
    return Loaded(json.loads(told[0].removeprefix(_MARK))["seconds"], peak)


def check(loader: Loader, conninfo: str, rows: int, changed: int, officer: str) -> None:
    """Raise ``RuntimeError`` unless it holds ``rows`` loans, ``changed`` of them with the new officer."""
    counting = sql.SQL("select count(*), count(*) filter (where {} = %s) from {}").format(
        sql.Identifier("主客户经理"), sql.Identifier(loader.schema, "loan")
    )
    with psycopg.connect(conninfo) as connection:
        found = connection.execute(counting, (officer,)).fetchone()
    if found != (rows, changed):
        raise RuntimeError(f"{loader.name} holds {found} instead of {(rows, changed)} loans and changed ones.")


def _url(conninfo: str, drivername: str) -> str:
    """The same database for SQLAlchemy and libpq; a socket's folder stands among the query's parameters."""
    held = {name: str(value) for name, value in conninfo_to_dict(conninfo).items() if value}
    user, password, host = (held.pop(name, "") for name in ("user", "password", "host"))
    port, database = held.pop("port", "5432"), held.pop("dbname", "")
    account = (
        f"{quote(user, safe='')}:{quote(password or '-', safe='')}"  # dlt wants a password where none is asked for
    )
    if host.startswith("/"):
        held["host"], host = host, "localhost"
    query = urlencode(held)
    return f"{drivername}://{account}@{host}:{port}/{database}" + (f"?{query}" if query else "")
