"""A log of 620 entries, signed three times and cosigned by a witness over HTTP; put back after each test."""

from __future__ import annotations

import shutil
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette

from hub.audit.checkpoints import Signer
from hub.audit.cosigning import Registered
from hub.audit.entry import Entry
from hub.audit.log_key import log_keys
from hub.audit.public_log import PublicLog
from hub.audit.sequencer import sequence_once
from hub.audit.subject_index import index_once
from hub.audit.tree import Connection
from hub.audit.witness import Witness, witness_key
from hub.storage.roles import DatabaseRole
from hub.web.log import RequestRate, log_routes
from tests.audit.written import reading, write_all
from tests.support.county import County
from tests.support.database import COUNTY, Database

ORIGIN = "relief-credit-hub/522301"
TABLES = (
    *("disclosure", "leaf_run", "node", "checkpoint", "posting", "indexed_block"),
    *("cosignature", "disagreement", "expired_month"),
)
BLOCK = 100
COUNT = 620


@dataclass(frozen=True)
class Scene:
    """The log, a client of where it is served, and the folders of its operator and of its witness."""

    database: Database
    folder: Path
    client: httpx.Client
    entries: list[Entry]

    def signer(self, keys: str = "keys", memory: str = "checkpoint") -> Signer:
        return Signer(ORIGIN, log_keys(self.folder / keys, ORIGIN), self.folder / memory)

    def reading(self) -> Connection:
        return reading(self.database)

    def witness(self, *, mirrors: bool = True) -> Witness:
        folder = self.folder / "witness"
        key = witness_key(folder, "bank.example/witness")
        return Witness(folder, key, (ORIGIN, self.signer().keys.known), self.client, mirrors=mirrors)

    def sequence(self, signer: Signer) -> None:
        with self.reading() as connection:
            while sequence_once(connection, COUNTY).appended:
                pass
            signer.sign_newest(connection, COUNTY)
            while index_once(connection, COUNTY, block=BLOCK):
                pass

    def owner(self, *statements: str, **values: object) -> None:
        """What the owner of the tables does, past every wall."""
        with self.database.connect() as connection:
            for statement in statements:
                connection.execute(statement, values)


def _serve(log: PublicLog) -> tuple[uvicorn.Server, threading.Thread, str]:
    listening = socket.create_server(("127.0.0.1", 0))
    application = Starlette(routes=list(log_routes(log, RequestRate(10_000))))
    server = uvicorn.Server(uvicorn.Config(application, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    return server, thread, f"http://127.0.0.1:{listening.getsockname()[1]}"


def _kept(folder: Path) -> Path:
    """Where a scene's folder is as it was built; several scenes may lie side by side."""
    return folder.with_name(f"{folder.name}-kept")


@pytest.fixture(scope="session")
def is_read() -> bool:
    return False


@pytest.fixture(scope="module")
def built(module_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    database = module_database
    folder = tmp_path_factory.mktemp("scene")
    witness = witness_key(folder / "witness", "bank.example/witness")
    log = PublicLog(
        database.conninfo(DatabaseRole.API),
        database.conninfo(DatabaseRole.LOG),
        COUNTY,
        Registered(ORIGIN, (witness.public,)),
    )
    log.open()
    web, thread, address = _serve(log)
    client = httpx.Client(base_url=address, timeout=30)
    scene = Scene(database, folder, client, [])
    for count in (300, 220, COUNT - 520):
        scene.entries.extend(write_all(database, count))
        scene.sequence(scene.signer())
    scene.witness().run_once()
    scene.owner(*(f"create table public.kept_{table} as table audit.{table}" for table in TABLES))
    shutil.copytree(folder, _kept(folder))
    yield scene
    client.close()
    web.should_exit = True
    thread.join()
    log.close()


@pytest.fixture
def scene(built: Scene) -> Iterator[Scene]:
    yield built
    with built.database.connect() as owner:
        for table in TABLES:
            names = owner.execute(
                "select string_agg(column_name, ', ') from information_schema.columns "
                "where table_schema = 'audit' and table_name = %s",
                (table,),
            ).fetchone()
            assert names is not None
            owner.execute(f"delete from audit.{table}")
            owner.execute(
                f"insert into audit.{table} ({names[0]}) overriding system value select {names[0]} from kept_{table}"
            )
    shutil.rmtree(built.folder)
    shutil.copytree(_kept(built.folder), built.folder)


@pytest.fixture
def county(database: Database) -> County:
    """A small county to ask about, which logs what it answers."""
    return County(database, logs=True)
