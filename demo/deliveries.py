"""Writes what the three agencies deliver: the bank's and the relief bureau's tables, the finance bureau's workbooks."""

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import polars as pl

from demo import awkward
from demo.bank_rows import bank_frames
from demo.columns import height
from demo.finance import Workbooks
from demo.relief_rows import relief_frames
from demo.replica import Replicas, replicas

_REPLICAS_AT_ONCE = 10
# A page of the API is at most this long, so that reading one decodes one row group.
_ROW_GROUP = 5_000

Report = Callable[[str, int, int], None]


def _write(folder: Path, rows: dict[str, int], part: int, stem: str, frame: pl.DataFrame) -> None:
    frame.write_parquet(folder / f"{stem}-{part:04d}.parquet", row_group_size=_ROW_GROUP, compression="lz4")
    rows[stem] = rows.get(stem, 0) + frame.height


def _made_awkward(both: Replicas, stem: str, frame: pl.DataFrame) -> pl.DataFrame:
    """The first replica's rows, a few of them in awkward form."""
    if stem == "loan":
        frame, odd = awkward.bank_loans(frame)
    elif stem == "households-by-person":
        # A planted fault adds members at the end; here a household's rows lie together.
        frame, odd = awkward.relief_persons(frame.sort("人编号"))
    else:
        return frame
    both.awkward.extend(odd)
    return frame


def _write_tables(folder: Path, both: Replicas, scale: int, report: Report) -> dict[str, int]:
    bank, relief = folder / "bank", folder / "relief"
    for path in (bank, relief):
        path.mkdir(parents=True)
    rows: dict[str, int] = {}
    spans = [(0, 1), *((first, min(_REPLICAS_AT_ONCE, scale - first)) for first in range(1, scale, _REPLICAS_AT_ONCE))]
    for part, (first, count) in enumerate(spans):
        books = both.first if first == 0 else both.others
        for path, frames in ((bank, bank_frames), (relief, relief_frames)):
            for stem, frame in frames(books, first, count):
                written = _made_awkward(both, stem, frame) if first == 0 else frame
                _write(path, rows, part, stem, written)
        report("bank and relief", first + count, scale)
    return rows


def _write_faults(path: Path, both: Replicas) -> None:
    listing = {
        "planted": [asdict(item) for item in both.planted],
        "quarantined": both.quarantined,
        "awkward": both.awkward,
    }
    path.write_text(json.dumps(listing, ensure_ascii=False, indent=1), encoding="utf-8")


def write(folder: Path, scale: int, say: Report, *, faults: bool) -> dict[str, int]:
    """Write everything into ``folder``; records by dataset. ``say`` is told (what, done, total)."""
    both = replicas(scale, faults=faults)
    payments = height(both.first.subsidies) + (scale - 1) * height(both.others.subsidies)
    with Workbooks(folder, scale, faults=faults) as workbooks:
        rows = _write_tables(folder, both, scale, say)
        rows |= workbooks.finish(lambda done: say("finance", done, payments))
    _write_faults(folder / "faults.json", both)
    return rows
