"""Where a table's header stands in a sheet: title rows above, one to three header rows, a unit row below."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from connectors.heading import Heading, comparable, fold, heading, is_unit_cell, unit_in, unit_line
from connectors.mapping import Mapping
from connectors.reader.cell import column_letter
from hub.errors import SourceError

# A header further down than this is not looked for.
HEAD_ROWS = 40
# More than the widest sheet of any agency (76 columns were seen); a header of a million columns is an attack.
MOST_COLUMNS = 2_000
_MOST_GROUP_ROWS = 2

_WHOLE = "Check that this is the right file, and where its columns end."

Row = list[str | None]
Range = tuple[tuple[int, int], tuple[int, int]]  # first and last (row, column) of merged cells, counted from 0


@dataclass(frozen=True, slots=True)
class Layout:
    """A table's headings, one per named column with its index, and the first row of data, counted from 1."""

    headings: tuple[Heading, ...]
    positions: tuple[int, ...]
    first_row: int


def too_large(where: str, what: str) -> SourceError:
    """The refusal of a table that no agency can have meant to send."""
    return SourceError("SOURCE_FILE_TOO_LARGE", f"{where} has {what}.", _WHOLE)


def find_layout(head: Sequence[Row], merged: Sequence[Range], mappings: Sequence[Mapping]) -> Layout | None:
    """The header of the table these mappings describe: the row where most fields find a heading.

    ``head`` are the first rows of the sheet. ``None`` if no row holds a single heading that is looked for.
    """
    spread = _spread(head, merged)
    fields = sum(len(mapping.fields) for mapping in mappings)
    best, best_rank = None, (0, 0)
    for row in range(len(spread)):
        own = [text for text in spread[row] if text]
        names = frozenset(comparable(name) for name in _names_at(row, spread) if name)
        # An empty row below the header would read the same names from above: more texts of its own decide.
        rank = (sum(mapping.score(names) for mapping in mappings), len(own))
        # Of equals the lower row wins: names merged downwards are read in both.
        if rank[0] and rank >= best_rank:
            best, best_rank = row, rank
        elif best_rank[0] == fields:
            break
    return None if best is None else _layout_at(best, head, spread)


def _names_at(row: int, spread: Sequence[Row]) -> Row:
    """The texts of a row, each empty one taken from the rows above that may belong to the same header."""
    above = spread[max(row - _MOST_GROUP_ROWS, 0) : row + 1]
    return [next((text for text in reversed(column) if text), None) for column in zip(*above, strict=True)]


def declared_layout(names: Sequence[str]) -> Layout:
    """The layout of a file without a header, whose columns were declared in their order."""
    headings = tuple(heading(name, name, column_letter(index)) for index, name in enumerate(names))
    return Layout(headings, tuple(range(len(names))), 1)


def _spread(head: Sequence[Row], merged: Sequence[Range]) -> list[Row]:
    """The head with each merged cell's text in all of its cells."""
    width = max((len(row) for row in head), default=0)
    spread = [row + [None] * (width - len(row)) for row in head]
    for (top, left), (bottom, right) in merged:
        for row in range(top, min(bottom + 1, len(spread))):
            for column in range(left, min(right + 1, width)):
                spread[row][column] = spread[top][left]
    return spread


def _layout_at(row: int, head: Sequence[Row], spread: Sequence[Row]) -> Layout:
    groups = _group_rows(row, head, spread)
    units, first_row = _units_below(row, head)
    sheet_unit = _sheet_unit(head[: row - len(groups)])
    named: list[_Named] = []
    for column, text in enumerate(spread[row]):
        above = [group[column] for group in groups]
        name = _clean(text) or next((cleaned for cell in reversed(above) if (cleaned := _clean(cell))), "")
        group = next((cleaned for cell in reversed(above) if (cleaned := _clean(cell)) and cleaned != name), "")
        if name:
            named.append(_Named(column, name, group))
    headings = _headings(named, units, sheet_unit)
    return Layout(headings, tuple(item.column for item in named), first_row)


@dataclass(frozen=True, slots=True)
class _Named:
    column: int
    name: str
    group: str

    @property
    def label(self) -> str:
        return f"{self.group}/{self.name}" if self.group else self.name


def _headings(named: list[_Named], units: dict[int, str], sheet_unit: str) -> tuple[Heading, ...]:
    labels = Counter(item.label for item in named)
    found: list[Heading] = []
    for item in named:
        cell = column_letter(item.column)
        unique = item.label if labels[item.label] == 1 else f"{item.label} [{cell}]"
        # From near to far: the heading itself (looked at later), its unit cell, its group, the line above the table.
        found.append(heading(item.name, unique, cell, units.get(item.column) or unit_in(item.group) or sheet_unit))
    return tuple(found)


def _group_rows(row: int, head: Sequence[Row], spread: Sequence[Row]) -> list[Row]:
    """The rows right above which group the columns; a title, one text alone from the left edge on, ends them."""
    groups: list[Row] = []
    for above in range(row - 1, max(row - 1 - _MOST_GROUP_ROWS, -1), -1):
        texts = [text for text in head[above] if text and _clean(text)]
        title = len(texts) == 1 and bool(_clean(head[above][0]))
        if not texts or title or any(unit_line(text) for text in texts):
            break
        groups.insert(0, list(spread[above]))
    return groups


def _units_below(row: int, head: Sequence[Row]) -> tuple[dict[int, str], int]:
    """The units of a unit row under the header, and the first row of data counted from 1."""
    if row + 1 < len(head):
        texts = {column: text for column, text in enumerate(head[row + 1]) if _clean(text)}
        if texts and all(is_unit_cell(text) for text in texts.values() if text):
            return {column: unit_in(text) for column, text in texts.items() if text}, row + 3
    return {}, row + 2


def _sheet_unit(rows: Sequence[Row]) -> str:
    for row in rows:
        for text in row:
            if text and (found := unit_line(text)):
                return found
    return ""


def _clean(text: str | None) -> str:
    return " ".join(text.split()) if text and fold(text) else ""
