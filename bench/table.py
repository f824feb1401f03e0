"""Tables in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from bench.processes import load_average, machine
from hub.clock import now


def markdown(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table; columns after the first that hold only figures stand to the right."""
    cells = [[_cell(value) for value in row] for row in rows]
    widths = [max(len(line[place]) for line in [list(headings), *cells]) for place in range(len(headings))]
    marks = [_mark([row[place] for row in cells], widths[place]) for place in range(len(headings))]
    lines = [_line(list(headings), widths), "|" + "|".join(marks) + "|", *(_line(row, widths) for row in cells)]
    return "\n".join(lines) + "\n"


_LOAD_AT_START = load_average()


def heading(title: str) -> str:
    """The title, the machine, the day, and how busy the machine was with other things when the bench began."""
    return f"## {title}\n\n{machine()}; {now():%Y-%m-%d}; load average {_LOAD_AT_START} at the start.\n\n"


def show(path: Path, text: str) -> None:
    """Write the text to a file and to the terminal."""
    path.write_text(text, "utf-8")
    print(text)
    print(f"Written to {path.name} in .work/bench.")


def figure(value: float | None, digits: int = 0) -> str:
    """A figure with thousands separated; a dash for none."""
    return "–" if value is None else f"{value:,.{digits}f}"


def _cell(value: object) -> str:
    return figure(value) if isinstance(value, int) else str(value)


def _mark(cells: Sequence[str], width: int) -> str:
    figures = all(cell.strip("–") == "" or cell.lstrip("-×≥")[:1].isdigit() for cell in cells)
    return "-" * (width + 1) + (":" if figures and cells else "-")


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "|" + "|".join(f" {cell:<{width}} " for cell, width in zip(cells, widths, strict=True)) + "|"
