"""A large workbook through the folder's reader and the contract, beside the bare reader (python-calamine)."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import xlsxwriter
from python_calamine import CalamineWorkbook

from bench.places import CLONE, RESULTS
from bench.processes import MemoryWatch
from bench.table import figure, heading, markdown
from connectors.finance.mapping import SUBSIDY_PAYMENT
from connectors.transport.folder import FileDelivery, FileForm
from hub.sync.contract import check
from schema import CATALOGUE

_MARK = "bench-workbook "
_NAMES = tuple(taken.headings[0].rpartition("/")[2] for taken in SUBSIDY_PAYMENT.fields)
_ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Read:
    """One way to read the workbook: median seconds, peak memory, rows it found."""

    name: str
    seconds: float
    mebibytes: float
    rows: int


def write(path: Path, rows: int) -> Path:
    """A sheet as the finance bureau sends them: a unit line, headings, texts, numbers and dates as text."""
    book = xlsxwriter.Workbook(str(path), {"constant_memory": True})
    sheet = book.add_worksheet("贴息发放明细")
    sheet.write(0, 0, "单位：元")
    sheet.write_row(1, 0, _NAMES)
    for number in range(rows):
        cells = (
            *(f"凭{number // 500:06d}", number % 500 + 1, "2019年下半年", f"JJ{number:010d}", "张三"),
            *("11010519491231002X", 50_000, 4.35, "2019-07-01", "2019-12-31", 184, 1111.67, 1111.67 + number % 97),
            *(f"6217{number:012d}", "2020-01-15"),
        )
        sheet.write_row(number + 2, 0, cells)
    book.close()
    return path


def bare(path: Path) -> int:
    """Every row of the reader alone, as it comes."""
    return sum(1 for _ in CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).iter_rows()) - 2


def read(path: Path) -> int:
    """The hub's own way to exact texts under matched headings."""
    form = FileForm("*.xlsx", (SUBSIDY_PAYMENT,))
    return sum(batch.rows.height for batch in FileDelivery(path, form, form.mappings).batches())


def checked(path: Path) -> int:
    """The same and the contract: typed values, rejects."""
    form, dataset = FileForm("*.xlsx", (SUBSIDY_PAYMENT,)), CATALOGUE["subsidy_payment"]
    batches = FileDelivery(path, form, form.mappings).batches()
    return sum(check(dataset, batch, source=path.name).rows.height for batch in batches)


_WAYS: dict[str, Callable[[Path], int]] = {"bare": bare, "read": read, "checked": checked}
_WORDS = {"bare": "bare reader", "read": "hub, to texts", "checked": "hub, contract included"}


def measure(rows: int) -> list[Read]:
    """Each way in a process of its own, some rounds in turn."""
    path = write(RESULTS / f"workbook-{rows}.xlsx", rows)
    found: dict[str, list[Read]] = {way: [] for way in _WAYS}
    for _ in range(_ROUNDS):
        for way, reads in found.items():
            reads.append(_apart(way, path))
    path.unlink()
    return [sorted(reads, key=lambda item: item.seconds)[_ROUNDS // 2] for reads in found.values()]


def _apart(way: str, path: Path) -> Read:
    command = [sys.executable, "-m", "bench.workbook", way, str(path)]
    with (
        subprocess.Popen(command, cwd=CLONE, stdout=subprocess.PIPE, text=True) as process,
        MemoryWatch(process.pid) as watch,
    ):
        told = [line for line in process.stdout or () if line.startswith(_MARK)]
        process.wait()
    if process.returncode != 0 or not told:
        raise RuntimeError(f"Reading the workbook ({way}) failed with code {process.returncode}.")
    held = json.loads(told[0].removeprefix(_MARK))
    return Read(_WORDS[way], held["seconds"], max((s.ours for s in watch.samples), default=0), held["rows"])


def written(reads: list[Read]) -> str:
    """The report."""
    headings = ("way", "seconds", "rows/s", "of the bare reader's speed", "peak MiB")
    rows = [
        (
            item.name,
            figure(item.seconds, 2),
            figure(item.rows / item.seconds),
            f"{reads[0].seconds / item.seconds:.0%}",
            figure(item.mebibytes),
        )
        for item in reads
    ]
    about = f"{reads[0].rows:,} rows of {len(_NAMES)} columns; median of {_ROUNDS} rounds, each in its own process.\n\n"
    return heading("XLSX beside the bare reader") + about + markdown(headings, rows)


if __name__ == "__main__":
    start = time.perf_counter()
    count = _WAYS[sys.argv[1]](Path(sys.argv[2]))
    print(_MARK + json.dumps({"seconds": time.perf_counter() - start, "rows": count}), flush=True)
