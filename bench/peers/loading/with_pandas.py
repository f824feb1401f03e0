"""The script most people would write: pandas reads, SQLAlchemy writes, one upsert merges.

``python with_pandas.py FILE URL``. Every column is text, nothing is judged.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import pandas as pd
import sqlalchemy as sa

_CHUNK = 50_000
_KEY = "借据号"
_SCHEMA = "bench_pandas"


def _load(path: Path, url: str) -> None:
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql(f"create schema if not exists {_SCHEMA}")
        connection.exec_driver_sql(f"drop table if exists {_SCHEMA}.staged")
        names: list[str] = []
        for chunk in pd.read_csv(path, sep="|", quoting=3, encoding="gb18030", dtype=str, chunksize=_CHUNK):
            names = list(chunk.columns)
            chunk.to_sql("staged", connection, schema=_SCHEMA, if_exists="append", index=False)
        columns = ", ".join(f'"{name}"' for name in names)
        changes = ", ".join(f'"{name}" = excluded."{name}"' for name in names if name != _KEY)
        connection.exec_driver_sql(
            f'create table if not exists {_SCHEMA}.loan (like {_SCHEMA}.staged, primary key ("{_KEY}"))'
        )
        connection.exec_driver_sql(
            f"insert into {_SCHEMA}.loan ({columns}) select {columns} from {_SCHEMA}.staged"  # noqa: S608
            f' on conflict ("{_KEY}") do update set {changes}'
        )
        connection.exec_driver_sql(f"drop table {_SCHEMA}.staged")


if __name__ == "__main__":
    start = time.perf_counter()
    _load(Path(sys.argv[1]), sys.argv[2])
    print("bench-peer " + json.dumps({"seconds": time.perf_counter() - start}), flush=True)
