"""The rural commercial bank: a PostgreSQL database with the tables of a core-banking export."""

import json
from pathlib import Path
from typing import LiteralString

import psycopg
from psycopg import sql

_CODE, _NUMBER, _DAY = "varchar(20)", "varchar(24)", "char(8)"
_MONEY, _RATE = "numeric(16,2)", "numeric(7,4)"

# File stem -> (table, key, columns with their types), in the order of the files' columns.
TABLES: dict[str, tuple[str, str, dict[str, str]]] = {
    "loan": (
        "借据表",
        "借据号",
        {
            "数据日期": _DAY,
            "借据号": _NUMBER,
            "合同号": "varchar(40)",
            "贷款账号": _NUMBER,
            "贷款户名": "char(40)",
            "证件号码": _NUMBER,
            "产品名称": "varchar(60)",
            "担保方式": "varchar(10)",
            "发放金额": _MONEY,
            "贷款余额": _MONEY,
            "利率": _RATE,
            "借款日期": _DAY,
            "到期日期": _DAY,
            "结清日期": _DAY,
            "贷款期限": "integer",
            "贷款发放类型": _CODE,
            "上笔借据号": _NUMBER,
            "五级分类": "varchar(10)",
            "贷款状态": "varchar(10)",
            "计息方式": "varchar(10)",
            "是否财政贴息": "varchar(4)",
            "展期次数": "integer",
            "贷款投向": "varchar(40)",
            "开户机构": "varchar(60)",
            "主客户经理": "varchar(40)",
            "放款账号": _NUMBER,
        },
    ),
    "repayment": (
        "贷款回收登记簿",
        "交易流水号",
        {
            "交易流水号": _NUMBER,
            "借据号": _NUMBER,
            "贷款帐号": _NUMBER,
            "收回日期": _DAY,
            "收回本金": _MONEY,
            "收回利息": _MONEY,
            "收回罚息": _MONEY,
            "还款账号": _NUMBER,
            "还款来源": _CODE,
        },
    ),
    "interest": (
        "收息登记簿",
        "收息流水号",
        {
            "收息流水号": _NUMBER,
            "借据号": _NUMBER,
            "贷款账号": _NUMBER,
            "计息起日": "date",
            "计息止日": "date",
            "计息天数": "integer",
            "收息日期": "date",
            "收回利息": _MONEY,
        },
    ),
    "extension": (
        "展期登记簿",
        "展期编号",
        {
            "展期编号": _NUMBER,
            "借据号": _NUMBER,
            "账号": _NUMBER,
            "展期日期": "date",
            "原到期日": "date",
            "展期到期日": "date",
            "展期金额": _MONEY,
            "原利率": _RATE,
            "展期利率": _RATE,
            "展期原因": "varchar(60)",
        },
    ),
    "renewal": (
        "续贷对应表",
        "借据号",
        {
            "借据号": _NUMBER,
            "上笔借据号": _NUMBER,
            "续贷日期": _DAY,
            "续贷金额": _MONEY,
            "续贷原因": "varchar(60)",
        },
    ),
    "recovery": (
        "追回登记簿",
        "追回流水号",
        {
            "追回流水号": _NUMBER,
            "借据号": _NUMBER,
            "案件编号": _NUMBER,
            "追回日期": "date",
            "追回金额": _MONEY,
            "返还补偿金": _MONEY,
            "银行留存": _MONEY,
        },
    ),
    "reclassified": (
        "形态调整登记簿",
        "调整流水号",
        {
            "调整流水号": _NUMBER,
            "借据号": _NUMBER,
            "账号": _NUMBER,
            "调整日期": "date",
            "原形态": "varchar(10)",
            "当前形态": "varchar(10)",
        },
    ),
}

# Remembers which world was loaded; it is the demo's own and no part of the bank's export.
_LOADED: LiteralString = (
    "CREATE SCHEMA IF NOT EXISTS demo; CREATE TABLE IF NOT EXISTS demo.loaded (manifest text NOT NULL)"
)
_ROWS_AT_ONCE = 100_000


def load(conninfo: str, folder: Path) -> None:
    """Fills the bank's database from the files in ``folder``; does nothing if the same world is already in it.

    All tables are made and filled in one transaction, so that a killed load leaves nothing behind.
    """
    manifest = (folder / "manifest.json").read_text(encoding="utf-8")
    # A world whose manifest differs only in spacing is the same world.
    manifest = json.dumps(json.loads(manifest), ensure_ascii=False, sort_keys=True)
    with psycopg.connect(conninfo) as connection, connection.cursor() as cursor:
        cursor.execute(_LOADED)
        cursor.execute("SELECT manifest FROM demo.loaded")
        if cursor.fetchone() == (manifest,):
            return
        cursor.execute("DELETE FROM demo.loaded")
        for stem, (table, key, columns) in TABLES.items():
            _load_table(cursor, folder / "bank", stem, table, columns)
            # The key is made after the rows: building it once costs less than keeping it.
            cursor.execute(
                sql.SQL("ALTER TABLE {} ADD PRIMARY KEY ({})").format(sql.Identifier(table), sql.Identifier(key))
            )
        cursor.execute("INSERT INTO demo.loaded VALUES (%s)", (manifest,))


def _load_table(
    cursor: psycopg.Cursor[tuple[object, ...]], folder: Path, stem: str, table: str, columns: dict[str, str]
) -> None:
    import polars as pl

    name = sql.Identifier(table)
    definitions = sql.SQL(", ").join(
        sql.SQL("{} {}").format(sql.Identifier(column), _type(kind)) for column, kind in columns.items()
    )
    cursor.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(name))
    cursor.execute(sql.SQL("CREATE TABLE {} ({})").format(name, definitions))
    copy = sql.SQL("COPY {} FROM STDIN (FORMAT csv, FORCE_NOT_NULL *)").format(name)
    with cursor.copy(copy) as stream:
        for part in sorted(folder.glob(f"{stem}-*.parquet")):
            rows = pl.scan_parquet(part)
            for offset in range(0, rows.select(pl.len()).collect().item(), _ROWS_AT_ONCE):
                chunk = rows.slice(offset, _ROWS_AT_ONCE).collect()
                stream.write(chunk.write_csv(include_header=False).encode())


def _type(kind: str) -> sql.SQL:
    kinds: dict[str, LiteralString] = {
        "varchar(4)": "varchar(4)",
        "varchar(10)": "varchar(10)",
        _CODE: "varchar(20)",
        _NUMBER: "varchar(24)",
        "varchar(40)": "varchar(40)",
        "varchar(60)": "varchar(60)",
        _DAY: "char(8)",
        "char(40)": "char(40)",
        _MONEY: "numeric(16,2)",
        _RATE: "numeric(7,4)",
        "integer": "integer",
        "date": "date",
    }
    return sql.SQL(kinds[kind])
