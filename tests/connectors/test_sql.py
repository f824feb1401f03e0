from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import polars as pl
import psycopg
import pytest
import sqlalchemy as sa

from connectors.mapping import Mapping, take
from connectors.transport.sql import SqlConnector, TableForm
from hub.catalog.dataset import Agency
from hub.errors import HubError, SettingError, SourceError
from hub.storage.server import DatabaseServer
from hub.sync.handover import ROW, Batch, Due, Kind, Unit

RENEWAL = Mapping(
    "renewal",
    (
        take("loan_id", "借据号"),
        take("previous_loan_id", "上笔借据号"),
        take("renewed_on", "续贷日期"),
        take("amount", "续贷金额（元）"),
        take("reason", "续贷原因"),
    ),
    ignored=("利率(%)",),
)
RECOVERY = Mapping(
    "recovery",
    (
        take("recovery_id", "追回流水号"),
        take("loan_id", "借据号"),
        take("recovered_on", "追回时间"),
        take("amount", "追回金额", unit=Unit.YUAN),
    ),
)
FORMS = (
    TableForm("续贷对应表", ("借据号",), (RENEWAL,)),
    TableForm("追回登记簿", ("追回流水号",), (RECOVERY,)),
)
DUE = Due(Agency.BANK, ("renewal", "recovery"))
ODD_TEXTS = [
    "种植",
    "",
    None,
    "\\N",
    "制表\t符",
    "换\n行\r\n",
    '引"号,',
    "反\\斜\\n杠",
    " 空格　",
    "㛃䶮𠮷",
    "\x0b\x08\x0c",
]


@pytest.fixture(params=["postgresql", "sqlite", "mariadb"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'bank.db'}"
    return str(request.getfixturevalue("bank" if request.param == "postgresql" else "mariadb"))


def fill(url: str, texts: list[str | None] | None = None, count: int = 0) -> None:
    text, money = sa.Text(), sa.Numeric(16, 2)
    key = sa.String(40)  # MySQL has no key of unbounded text
    metadata = sa.MetaData()
    renewals = sa.Table(
        "续贷对应表",
        metadata,
        sa.Column("借据号", key, primary_key=True),
        sa.Column("上笔借据号", text),
        sa.Column("续贷日期", sa.Date()),
        sa.Column("续贷金额（元）", sa.Text() if url.startswith("sqlite") else money, key="amount"),
        sa.Column("利率(%)", money, key="rate"),
        sa.Column("续贷原因", text),
    )
    recoveries = sa.Table(
        "追回登记簿",
        metadata,
        sa.Column("追回流水号", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("借据号", text),
        sa.Column("追回时间", sa.DateTime(timezone=True)),
        sa.Column("追回金额", sa.Integer()),
    )
    engine = sa.create_engine(url.replace("postgresql:", "postgresql+psycopg:"), poolclass=sa.NullPool)
    metadata.create_all(engine)
    amount = "44444444444444.44" if url.startswith("sqlite") else Decimal("44444444444444.44")
    rows = [
        {
            "借据号": f"L{number:04d}",
            "上笔借据号": None,
            "续贷日期": dt.date(2020, 7, 8),
            "amount": amount,
            "续贷原因": reason,
        }
        for number, reason in enumerate(texts if texts is not None else ["种植"] * count)
    ]
    with engine.begin() as connection:
        if rows:
            connection.execute(renewals.insert(), rows)
        if not url.startswith("sqlite"):
            noon = dt.datetime(2020, 7, 8, 4, 0, tzinfo=dt.UTC)
            connection.execute(
                recoveries.insert(),
                [{"追回流水号": n, "借据号": "L1", "追回时间": noon, "追回金额": 5} for n in (10, 9)],
            )
    engine.dispose()


def read(url: str, due: Due = DUE, size: int = 20_000) -> dict[str, list[Batch]]:
    connector = SqlConnector(Agency.BANK, url, FORMS, size=size)
    return {found.name: list(found.batches()) for found in connector.deliveries(due)}


def test_every_value_arrives_as_the_text_it_is(url: str) -> None:
    fill(url, ODD_TEXTS)
    batch = read(url)["续贷对应表"][0]
    assert batch.rows["续贷原因"].to_list() == ODD_TEXTS
    assert batch.rows["上笔借据号"].null_count() == len(ODD_TEXTS)
    assert batch.rows["续贷日期"].unique().to_list() == ["2020-07-08"]
    assert batch.rows["续贷金额（元）"].unique().to_list() == ["44444444444444.44"]
    assert [batch.rows.schema[name] for name in batch.rows.columns] == [pl.Int64] + [pl.String] * 5
    assert {column.field: column.unit for column in batch.part.columns}["amount"] is Unit.YUAN


def test_rows_are_numbered_in_the_order_of_the_key_in_bounded_batches(url: str) -> None:
    fill(url, count=25)
    batches = read(url, size=10)["续贷对应表"]
    assert [batch.rows.height for batch in batches] == [10, 10, 5]
    assert [row for batch in batches for row in batch.rows[ROW]] == list(range(1, 26))
    assert [name for batch in batches for name in batch.rows["借据号"]] == [f"L{number:04d}" for number in range(25)]


def test_the_digest_tells_content_and_not_batches(url: str) -> None:
    fill(url, ODD_TEXTS)

    def digest(size: int) -> str:
        delivery = next(SqlConnector(Agency.BANK, url, FORMS, size=size).deliveries(DUE))
        assert (delivery.kind, delivery.name, delivery.digest) == (Kind.TABLE, "续贷对应表", "")
        assert delivery.expected_rows == sum(batch.rows.height for batch in delivery.batches())
        return delivery.digest

    assert len({digest(size) for size in (2, 3, 100)}) == 1


def test_an_empty_table_is_an_empty_delivery(url: str) -> None:
    fill(url)
    batches = read(url)["续贷对应表"]
    assert [batch.rows.height for batch in batches] == [0]


def test_only_tables_that_are_due_are_read(url: str) -> None:
    fill(url, count=1)
    assert list(read(url, Due(Agency.BANK, ("renewal",)))) == ["续贷对应表"]
    assert read(url, Due(Agency.BANK, ("loan",))) == {}


def test_deliveries_may_be_listed_before_they_are_read(url: str) -> None:
    fill(url, count=3)
    listed = list(SqlConnector(Agency.BANK, url, FORMS).deliveries(DUE))
    heights = [sum(batch.rows.height for batch in found.batches()) for found in listed]
    assert heights[0] == 3


def test_a_table_that_is_not_there_is_named_with_its_neighbours(url: str) -> None:
    fill(url)
    connector = SqlConnector(Agency.BANK, url, (TableForm("续贷对应", ("借据号",), (RENEWAL,)),))
    with pytest.raises(SourceError) as refusal:
        [list(found.batches()) for found in connector.deliveries(DUE)]
    assert refusal.value.code == "SOURCE_TABLE_MISSING"
    assert "续贷对应表" in refusal.value.hint


def test_times_are_beijing_time_and_numbers_order_as_numbers(bank: str) -> None:
    fill(bank)
    rows = read(bank)["追回登记簿"][0].rows
    assert rows["追回流水号"].to_list() == ["9", "10"]
    assert rows["追回时间"].to_list() == ["2020-07-08 12:00:00+08"] * 2


def test_all_tables_are_read_as_of_one_moment(bank: str) -> None:
    fill(bank, count=1)
    counts = {}
    for delivery in SqlConnector(Agency.BANK, bank, FORMS).deliveries(DUE):
        counts[delivery.name] = sum(batch.rows.height for batch in delivery.batches())
        with psycopg.connect(bank, autocommit=True) as connection:
            connection.execute('delete from "续贷对应表"')
            connection.execute('delete from "追回登记簿"')
    assert counts == {"续贷对应表": 1, "追回登记簿": 2}


def test_nothing_can_be_written_and_nothing_stays_open(bank: str, server: DatabaseServer) -> None:
    fill(bank, count=1)
    deliveries = SqlConnector(Agency.BANK, bank, FORMS).deliveries(DUE)
    first = next(deliveries)
    list(first.batches())
    with pytest.raises(sa.exc.InternalError, match="read-only"):
        first._snapshot.connection.exec_driver_sql('delete from "续贷对应表"')  # type: ignore[attr-defined]
    deliveries.close()  # type: ignore[attr-defined]
    read(bank)
    with psycopg.connect(bank) as connection:
        others = connection.execute(
            "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
        ).fetchone()
    assert others == (0,)


def test_a_schema_may_be_named(bank: str) -> None:
    with psycopg.connect(bank, autocommit=True) as connection:
        connection.execute("create schema core")
        connection.execute(
            'create table core."追回登记簿" ("追回流水号" int, "借据号" text, "追回时间" date, "追回金额" int)'
        )
        connection.execute("""insert into core."追回登记簿" values (1, 'L', '2020-07-08', 3)""")
    connector = SqlConnector(Agency.BANK, bank, FORMS[1:], schema="core")
    assert [len(list(found.batches())) for found in connector.deliveries(DUE)] == [1]


def refused(url: str) -> HubError:
    with pytest.raises(HubError) as refusal:
        read(url)
    return refusal.value


def test_an_unreachable_database_says_so_and_keeps_its_secrets() -> None:
    error = refused("postgresql://hub:geheim@127.0.0.1:1/bank")
    assert (type(error), error.code) == (SourceError, "SOURCE_UNREACHABLE")
    assert "geheim" not in str(error)
    assert error.__cause__ is None
    assert error.__suppress_context__


@pytest.mark.parametrize(
    ("address", "code"),
    [("no address: geheim", "SETTING_SOURCE_URL"), ("db2://hub:geheim@host/bank", "SETTING_SOURCE_DRIVER")],
)
def test_an_address_that_cannot_be_used_is_a_wrong_setting(address: str, code: str) -> None:
    error = refused(address)
    assert (type(error), error.code) == (SettingError, code)
    assert "geheim" not in str(error)


def test_a_read_that_fails_in_the_middle_shows_no_row(bank: str) -> None:
    fill(bank, count=1)
    with psycopg.connect(bank, autocommit=True) as connection:
        connection.execute('alter table "续贷对应表" rename to t')
        connection.execute(
            """create view "续贷对应表" as select "借据号", "上笔借据号", "续贷日期", "续贷金额（元）",
               ('geheim' || "借据号")::int as "续贷原因" from t"""
        )
    error = refused(bank)
    assert error.code == "SOURCE_READ_FAILED"
    assert "22P02" in error.message
    assert "geheim" not in str(error)


def test_mariadb_is_read_in_one_snapshot_through_a_streaming_cursor_and_cannot_be_written(mariadb: str) -> None:
    fill(mariadb, count=3)
    engine = sa.create_engine(mariadb, poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql("set sql_mode = ''")
        connection.exec_driver_sql("update 续贷对应表 set 续贷日期 = '0000-00-00' where 借据号 = 'L0002'")
        connection.exec_driver_sql("insert into 追回登记簿 values (1, 'L1', '2020-07-08 12:00:00', 5)")
    deliveries = SqlConnector(Agency.BANK, mariadb, FORMS, size=2).deliveries(DUE)
    first = next(deliveries)
    reading = first.batches()
    one = next(reading)
    cursor = first._snapshot.connection.connection.driver_connection  # type: ignore[attr-defined]
    assert type(cursor).__module__.startswith("pymysql")
    with engine.begin() as connection:
        connection.exec_driver_sql("delete from 追回登记簿")
    rest = list(reading)
    assert [batch.rows.height for batch in (one, *rest)] == [2, 1]
    assert rest[0].rows["续贷日期"].to_list() == ["0000-00-00"], "empty to the contract, and no error here"
    second = next(deliveries)
    with pytest.raises(sa.exc.OperationalError, match="READ ONLY"):
        first._snapshot.connection.exec_driver_sql("delete from 续贷对应表")  # type: ignore[attr-defined]
    assert [batch.rows["追回时间"][0] for batch in second.batches()] == ["2020-07-08 12:00:00", "2020-07-08 04:00:00"]
    deliveries.close()  # type: ignore[attr-defined]


def test_oracle_is_asked_without_its_own_client_libraries() -> None:
    oracledb = pytest.importorskip("oracledb", reason="the extra 'oracle' is not installed")
    error = refused("oracle+oracledb://hub:geheim@127.0.0.1:1/?service_name=core")
    assert error.code == "SOURCE_UNREACHABLE"
    assert "geheim" not in str(error)
    assert oracledb.is_thin_mode()
