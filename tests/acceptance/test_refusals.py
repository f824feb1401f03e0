"""Bad input at the command: one line that says what to do, exit code 1, nothing half loaded."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from pathlib import Path

import pytest

from hub.storage.migrate import newest_revision
from tests.acceptance.conftest import HUB, Demo

pytestmark = pytest.mark.xdist_group("demo")


def refused(*arguments: str, **settings: str) -> str:
    environment = {**os.environ, "HUB_HOME": str(Path(".work/refused").resolve()), **settings}
    done = subprocess.run([HUB, *arguments], env=environment, capture_output=True, text=True, check=False, timeout=100)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    return lines[0]


def refused_in(demo: Demo, *arguments: str) -> str:
    done = demo.hub(*arguments, check=False)
    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    return done.stderr.strip()


def loans(demo: Demo) -> object:
    with demo.database() as connection:
        return connection.execute(
            "select count(*), sum(amount), max(recorded_in) from record.loan union all"
            " select count(*), sum(amount), max(recorded_in) from record.subsidy_payment union all"
            " select count(*), 0, max(recorded_in) from record.household"
        ).fetchall()


def test_a_port_in_use_names_the_port_and_another_way(demo: Demo) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        message = refused("serve", HUB_HOME=str(demo.home), HUB_PORT=port)
    assert "SETTING_PORT_IN_USE" in message
    assert port in message
    assert "HUB_PORT" in message


def test_a_database_out_of_reach_is_named_without_its_password() -> None:
    message = refused("serve", HUB_DATABASE_URL="postgresql://hub:very-secret@127.0.0.1:1/hub")
    assert "DATABASE_UNREACHABLE" in message
    assert "very-secret" not in message


def test_a_setting_of_the_wrong_kind_is_named_without_its_value() -> None:
    message = refused("serve", HUB_PORT="eighty")
    assert "HUB_PORT" in message
    assert "eighty" not in message


def test_an_unknown_agency_is_refused_with_the_known_ones(demo: Demo) -> None:
    message = refused_in(demo, "sync", "insurance")
    assert "SYNC_UNKNOWN_SOURCE" in message
    assert "bank" in message


def test_an_unknown_client_gets_no_token(demo: Demo) -> None:
    assert "TOKEN_CLIENT_UNKNOWN" in refused_in(demo, "token", "--as", "nobody")


def test_a_half_written_file_refuses_the_whole_delivery_by_name(demo: Demo) -> None:
    before = loans(demo)
    folder = demo.home / "demo" / "finance"
    whole = min(folder.glob("*.xlsx"))
    shutil.copy(whole, whole.with_suffix(".kept"))
    whole.write_bytes(whole.read_bytes()[:-3000])
    try:
        message = refused_in(demo, "sync", "finance")
    finally:
        shutil.move(whole.with_suffix(".kept"), whole)
    assert whole.name in message
    assert loans(demo) == before


def test_a_source_out_of_reach_says_which(demo: Demo) -> None:
    environment = {**os.environ, "HUB_HOME": str(demo.home), "HUB_RELIEF_URL": "http://127.0.0.1:9"}
    before = loans(demo)
    done = subprocess.run([HUB, "sync", "relief"], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "SOURCE_" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert loans(demo) == before


def test_a_schema_from_a_newer_hub_is_refused_by_serve_and_sync(demo: Demo) -> None:
    with demo.database() as connection:
        connection.execute("update public.alembic_version set version_num = '9999'")
        try:
            for arguments in (("serve",), ("sync", "bank"), ("migrate",)):
                assert "DATABASE_SCHEMA_NEWER" in refused_in(demo, *arguments)
        finally:
            connection.execute("update public.alembic_version set version_num = %s", (newest_revision(),))
