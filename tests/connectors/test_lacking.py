"""Sources without what not every agency has: a register of changed grades at the bank, visits at the bureau."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from connectors.bank import connector as bank
from connectors.relief import connector as relief
from connectors.transport.rest import Api, RestConnector
from connectors.transport.sql import SqlConnector
from hub.catalog.dataset import Agency
from hub.errors import SourceError, SyncError
from hub.storage.roles import DatabaseRole
from hub.storage.server import connect
from hub.sync.connector import Connector
from hub.sync.handover import Due, RunReport
from hub.sync.run import sync_agency
from hub.sync.trial import try_source
from hub.worker import in_short
from schema import CATALOGUE
from schema.ledger import LEDGER
from tests.connectors.paged_api import PagedApi, serving
from tests.support.database import COUNTY, Database
from tests.sync.invented import identity_number

REGISTER = "形态调整登记簿"
LENT = ("loan", "classification_change")
LOAN = {
    "借据号": "L1",
    "合同号": "C1",
    "贷款账号": "6222000000000001",
    "贷款户名": "张三",
    "证件号码": identity_number(1),
    "产品名称": "小额",
    "发放金额": "50000",
    "贷款余额": "50000",
    "利率": "4.35",
    "借款日期": "20200101",
    "到期日期": "20230101",
    "结清日期": "",
    "贷款发放类型": "新增",
    "上笔借据号": "",
    "五级分类": "正常",
    "贷款状态": "正常",
    "计息方式": "积数",
    "是否财政贴息": "是",
    "贷款投向": "种植",
    "开户机构": "城关",
    "主客户经理": "李四",
    "放款账号": "6222000000000002",
}
CHANGE = {"调整流水号": "T1", "借据号": "L1", "调整日期": "20200301", "原形态": "正常", "当前形态": "关注"}


def put(path: Path, **tables: dict[str, str]) -> SqlConnector:
    engine = sa.create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        for name in (REGISTER, "借据表"):
            connection.exec_driver_sql(f'drop table if exists "{name}"')
        for name, row in tables.items():
            connection.exec_driver_sql(
                f'create table "{name}" ({", ".join(f"{chr(34)}{h}{chr(34)} text" for h in row)})'
            )
            connection.exec_driver_sql(
                f'insert into "{name}" values ({", ".join("?" * len(row))})', tuple(row.values())
            )
    engine.dispose()
    return SqlConnector(Agency.BANK, f"sqlite:///{path}", bank.TABLES)


def sync(database: Database, connector: Connector, *names: str) -> RunReport:
    return sync_agency(
        connector,
        connect=lambda: connect(database.conninfo(DatabaseRole.CONNECTOR)),
        catalogue=CATALOGUE,
        ledger=LEDGER,
        county=COUNTY,
        due=Due(connector.agency, names),
    )


def count(database: Database, dataset: str) -> int:
    with database.connect() as connection:
        return int(str(connection.execute(f"select count(*) from record.{dataset}".encode()).fetchone()[0]))  # type: ignore[index]


def test_a_bank_without_the_register_is_synced_and_said_to_lack_it(database: Database, tmp_path: Path) -> None:
    report = sync(database, put(tmp_path / "bank", 借据表=LOAN), *LENT)
    assert report.lacks == {"classification_change": REGISTER}
    assert in_short(report).endswith(f"the source lacks classification_change (no {REGISTER})")
    assert [(balance.staged.dataset, balance.merged.inserted) for balance in report.balances] == [("loan", 1)]


def test_a_register_that_was_delivered_before_cannot_be_lacked_any_more(database: Database, tmp_path: Path) -> None:
    connector = put(tmp_path / "bank", 借据表=LOAN, **{REGISTER: CHANGE})
    assert sync(database, connector, *LENT).lacks == {}
    with pytest.raises(SyncError, match="SYNC_DATASET_GONE"):
        sync(database, put(tmp_path / "bank", 借据表=LOAN), *LENT)
    assert count(database, "classification_change") == 1


def test_a_bank_without_loans_is_refused_as_before(database: Database, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="SOURCE_TABLE_MISSING"):
        sync(database, put(tmp_path / "bank", **{REGISTER: CHANGE}), *LENT)


def test_an_api_without_visits_is_synced_and_said_to_lack_them(database: Database) -> None:
    with serving(PagedApi({"regions": [{}]})) as running:
        address = Api(running.url, f"{running.url}/oauth/token", "hub", "geheim", first_wait_seconds=0.01)
        connector = RestConnector(Agency.RELIEF, address, relief.PAGES, relief.ENDPOINTS)
        tried = list(try_source(connector, CATALOGUE, Due(Agency.RELIEF, ("visit",))))
        assert [(one.name, one.lacked, one.refusal) for one in tried] == [("api/v1/visits", "visit", None)]
        assert sync(database, connector, "visit").lacks == {"visit": "api/v1/visits"}
