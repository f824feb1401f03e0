"""dlt at its best: upsert without touching unchanged rows; ``python with_dlt.py FILE URL FOLDER arrow|rows``.

Arrow tables go as Parquet through ADBC; rows are Python dicts, as from an API. Every column is text, nothing is judged.
"""

from __future__ import annotations

import csv
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dlt
import pyarrow as pa
import pyarrow.csv

_KEY = "借据号"
_BLOCK = 8 << 20


def _tables(path: Path) -> Iterator[pa.Table]:
    with path.open("rb") as file:
        names = file.readline().decode("gb18030").strip().split("|")
    reader = pa.csv.open_csv(
        path,
        read_options=pa.csv.ReadOptions(encoding="gb18030", block_size=_BLOCK),
        parse_options=pa.csv.ParseOptions(delimiter="|", quote_char=False),
        convert_options=pa.csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string())),
    )
    for batch in reader:
        yield pa.Table.from_batches([batch])


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="gb18030", newline="") as file:
        yield from csv.DictReader(file, delimiter="|", quoting=csv.QUOTE_NONE)


def _settle() -> None:
    # Its own naming makes one and the same column of every Chinese name.
    dlt.config["schema.naming"] = "direct"
    dlt.config["runtime.dlthub_telemetry"] = False
    dlt.config["runtime.log_level"] = "ERROR"


def _load(path: Path, url: str, folder: Path, way: str) -> None:
    pipeline = dlt.pipeline(
        pipeline_name=f"bench_{way}",
        pipelines_dir=str(folder / "dlt"),
        destination=dlt.destinations.postgres(credentials=url),
        dataset_name=f"bench_dlt_{way}",
    )
    source = dlt.resource(
        _tables(path) if way == "arrow" else _rows(path),
        name="loan",
        primary_key=_KEY,
        write_disposition={"disposition": "merge", "strategy": "upsert", "skip_unchanged_rows": True},
    )
    pipeline.run(source, loader_file_format="parquet" if way == "arrow" else "csv").raise_on_failed_jobs()


if __name__ == "__main__":
    _settle()
    start = time.perf_counter()
    _load(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), sys.argv[4])
    print("bench-peer " + json.dumps({"seconds": time.perf_counter() - start}), flush=True)
