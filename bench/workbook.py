"""A large workbook through the folder's reader and the contract, beside the bare reader (python-calamine)."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from bench.processes import peak_of_this, resident_of_this

_MARK = "bench-workbook "
_ROUNDS = 3
_ROWS_TOGETHER = 50_000  # as in hub/sync/run.py
_PAYEES = 5  # payments to one person


@dataclass(frozen=True, slots=True)
class Read:
    """One way to read the workbook: processor and wall seconds, rows found, memory before and at its peak."""

    name: str
    processor: float
    wall: float
    rows: int
    before: float
    peak: float


def write(path: Path, rows: int, *, inline: bool) -> Path:
    """A sheet as the finance bureau sends them: a unit line, headings, texts, numbers and dates.

    Texts stand apart from the cells, each once, as spreadsheet programs save them; ``inline``: in their cells, as many
    an export writes them.
    """
    import xlsxwriter

    book = xlsxwriter.Workbook(str(path), {"constant_memory": inline})
    sheet = book.add_worksheet("贴息发放明细")
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    sheet.write(0, 0, "单位：元")
    sheet.write_row(1, 0, _headings())
    for number, cells in enumerate(_payments(rows)):
        for column, cell in enumerate(cells):
            if isinstance(cell, date):
                sheet.write_datetime(number + 2, column, cell, day)
            else:
                sheet.write(number + 2, column, cell)
    book.close()
    return path


def _headings() -> tuple[str, ...]:
    from connectors.finance.mapping import SUBSIDY_PAYMENT

    return tuple(taken.headings[0].rpartition("/")[2] for taken in SUBSIDY_PAYMENT.fields)


def _payments(rows: int) -> Iterator[tuple[str | float | date, ...]]:
    import numpy as np

    from bench.deliveries import identity_numbers_of

    numbers = identity_numbers_of(np.arange(rows // _PAYEES + 1, dtype=np.int64)).to_list()
    first = date(2018, 1, 1)
    for number in range(rows):
        start = first + timedelta(number * 7 % 700)
        payee = number // _PAYEES
        yield (
            *(f"凭{number // 500:06d}", number % 500 + 1, f"{start.year}年下半年", f"JJ{number // 3:010d}"),
            *(f"张{chr(0x4E00 + payee % 20000)}", numbers[payee], 1000.0 * (number % 50 + 1), 4.35),
            *(start, start + timedelta(184), 184, round(number % 99_991 / 90, 2), round(number % 99_991 / 90, 2)),
            *(f"9905223{payee:012d}", start + timedelta(200)),
        )


def bare(path: Path) -> int:
    """Every row of the reader alone, as it comes."""
    from python_calamine import CalamineWorkbook

    return sum(1 for _ in CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).iter_rows()) - 2


def read(path: Path) -> int:
    """The hub's own way to exact texts under matched headings."""
    from connectors.finance.mapping import SUBSIDY_PAYMENT
    from connectors.transport.folder import FileDelivery, FileForm

    form = FileForm("*.xlsx", (SUBSIDY_PAYMENT,))
    return sum(batch.rows.height for batch in FileDelivery(path, form, form.mappings).batches())


def checked(path: Path) -> int:
    """The same and the contract: typed values, rejects; as many rows together as a sync judges together."""
    from connectors.finance.mapping import SUBSIDY_PAYMENT
    from connectors.transport.folder import FileDelivery, FileForm
    from hub.sync.contract import check_together
    from hub.sync.handover import Batch
    from schema import CATALOGUE

    form, dataset = FileForm("*.xlsx", (SUBSIDY_PAYMENT,)), CATALOGUE["subsidy_payment"]
    count, group = 0, list[Batch]()

    def judged() -> int:
        found = sum(one.rows.height for one in check_together(dataset, group, source=path.name)) if group else 0
        group.clear()
        return found

    for batch in FileDelivery(path, form, form.mappings).batches():
        if sum(one.rows.height for one in group) + batch.rows.height > _ROWS_TOGETHER:
            count += judged()
        group.append(batch)
    return count + judged()


_WAYS: dict[str, Callable[[Path], int]] = {"bare": bare, "read": read, "checked": checked}
_WORDS = {"bare": "bare reader", "read": "hub, to texts", "checked": "hub, contract included"}


def measure(rows: int, *, inline: bool) -> list[Read]:
    """Each way in a process of its own, some rounds in turn."""
    from bench.places import RESULTS

    path = write(RESULTS / f"workbook-{rows}.xlsx", rows, inline=inline)
    found: dict[str, list[Read]] = {way: [] for way in _WAYS}
    for _ in range(_ROUNDS):
        for way, reads in found.items():
            reads.append(_apart(way, path))
    path.unlink()
    return [sorted(reads, key=lambda item: item.processor)[_ROUNDS // 2] for reads in found.values()]


def _apart(way: str, path: Path) -> Read:
    from bench.places import CLONE

    command = [sys.executable, "-m", "bench.workbook", way, str(path)]
    done = subprocess.run(command, cwd=CLONE, stdout=subprocess.PIPE, text=True, check=True)
    told = next(line for line in done.stdout.splitlines() if line.startswith(_MARK))
    return Read(_WORDS[way], **json.loads(told.removeprefix(_MARK)))


def written(reads: list[Read], *, inline: bool) -> str:
    """The report."""
    from bench.table import figure, heading, markdown

    headings = (
        "way",
        "rows",
        "processor s",
        "rows/s of processor",
        "of the bare reader's",
        "wall s",
        "MiB before",
        "peak",
    )
    rows = [
        (
            *(item.name, item.rows, figure(item.processor, 2), figure(item.rows / item.processor)),
            *(f"{reads[0].processor / item.processor:.0%}", figure(item.wall, 2)),
            *(figure(item.before), figure(item.peak)),
        )
        for item in reads
    ]
    texts = "in their cells" if inline else "shared, as spreadsheet programs save them"
    about = (
        f"{len(_headings())} columns, texts {texts}; median of {_ROUNDS} rounds in turn, each in its own process.\n\n"
    )
    return heading("XLSX beside the bare reader") + about + markdown(headings, rows)


def _told(way: str, path: Path) -> str:
    """What one process found. What it imports is loaded before, and in the memory it held before it began."""
    if way == "bare":
        import python_calamine  # noqa: F401  # for its effect: see above
    else:
        import connectors.transport.folder  # noqa: F401  # for its effect
        import hub.sync.contract  # noqa: F401  # for its effect
        import schema  # noqa: F401  # for its effect
    before, wall, processor = resident_of_this(), time.perf_counter(), time.process_time()
    rows = _WAYS[way](path)
    spent = {"processor": time.process_time() - processor, "wall": time.perf_counter() - wall}
    return json.dumps(spent | {"rows": rows, "before": before, "peak": peak_of_this()})


if __name__ == "__main__":
    print(_MARK + _told(sys.argv[1], Path(sys.argv[2])), flush=True)
