"""The bank's database holds what the files say, in the types its README names, once."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from demo.bank import TABLES, load
from hub.storage.server import DatabaseServer
from tests.demo.sources import Sources


@pytest.fixture(scope="module")
def bank(server: DatabaseServer, faulty: Sources) -> Iterator[str]:
    name = f"demo_bank_{uuid4().hex[:8]}"
    server.ensure_database(name)
    load(server.other_database(name), faulty.folder)
    yield server.other_database(name)
    with psycopg.connect(server.other_database("postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _one(conninfo: str, query: str) -> tuple[object, ...]:
    with psycopg.connect(conninfo) as connection:
        found = connection.execute(query.encode()).fetchone()
    assert found is not None
    return found


def test_every_row_is_in_its_table(bank: str, faulty: Sources) -> None:
    for stem, (table, _, columns) in TABLES.items():
        rows = faulty.raw("bank", stem)
        assert list(columns) == rows.columns
        assert _one(bank, f'SELECT count(*) FROM "{table}"') == (rows.height,)


def test_values_have_the_bank_s_types(bank: str) -> None:
    total = _one(bank, 'SELECT sum("发放金额")::text, sum("贷款余额")::text, max("利率")::text FROM "借据表"')
    assert total == ("263457000.00", "30618700.00", "6.0000")
    assert _one(bank, 'SELECT count(*) FROM "借据表" WHERE "结清日期" = \'99991231\'') == (750,)
    assert _one(bank, 'SELECT count(*) FROM "借据表" WHERE "上笔借据号" IS NULL') == (0,)
    types = _one(
        bank,
        "SELECT string_agg(DISTINCT data_type, ',' ORDER BY data_type) FROM information_schema.columns "
        "WHERE table_schema = 'public'",
    )
    assert types == ("character,character varying,date,integer,numeric",)


def test_loading_again_changes_nothing(bank: str, faulty: Sources) -> None:
    query = "SELECT pg_relation_filenode('\"借据表\"')"
    before = _one(bank, query)
    load(bank, faulty.folder)
    assert _one(bank, query) == before


def test_another_world_replaces_the_tables(bank: str, clean: Sources, faulty: Sources) -> None:
    load(bank, clean.folder)
    repayments = 'SELECT count(*) FROM "贷款回收登记簿"'
    assert _one(bank, repayments) == (5507,)
    load(bank, faulty.folder)
    assert _one(bank, repayments) == (5508,)


def test_a_missing_world_leaves_the_bank_as_it_was(bank: str, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load(bank, tmp_path)
    assert _one(bank, 'SELECT count(*) FROM "借据表"') == (6257,)
