"""All rows of a list as one ``COPY``: each row is finished text when it leaves the database, in constant memory.

A workbook's rows are made as XML in the database too, so that only compression is left to this process.
"""

# ruff: noqa: S608 -- identifiers come from the catalogue, values only as numbered parameters

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from hub.catalog.field import FieldType
from hub.catalog.registry import COUNTY
from hub.query import records, subjects
from hub.query.conditions import condition_sql
from hub.query.entity import Attribute
from hub.query.keyset import order_by, sorted_columns
from hub.query.parameters import Origin
from hub.query.plan import Figure, Record, RestrictedPlan, Rows, ToOne
from hub.query.writer import Writer, column, is_unique, json_object, table

Path = tuple[str, ...]  # response keys from the row down to the attribute


class ExportFormat(StrEnum):
    """What an export is written as."""

    NDJSON = "ndjson"
    CSV = "csv"
    XLSX = "xlsx"


@dataclass(frozen=True, slots=True)
class CopyStatement:
    """A ``COPY`` whose parameters still have to be quoted into it: PostgreSQL takes none there.

    Before each row stand the households it says something about, for the disclosure log: JSON in hexadecimal, which
    is nothing a row could be taken for, and ``separator``.
    """

    text: bytes
    origins: tuple[Origin, ...]
    separator: bytes
    reader: str


# One field a row, which must leave as it is: no row holds these characters, so nothing is ever quoted.
_AS_IT_IS = r"(format csv, delimiter E'\x02', quote E'\x01')"
# What a spreadsheet may take for a formula, full-width signs included: = + - @ tab, line feed, carriage return.
_FORMULA = "(61, 43, 45, 64, 9, 10, 13, 65309, 65291, 65293, 65312)"
# What XML cannot hold, and what it may only hold escaped.
_UNUSABLE = "".join(rf"\x{code:02x}" for code in (*range(1, 9), 11, 12, *range(14, 32))) + r"\uFFFE\uFFFF"
_REPLACEMENTS = "�" * (8 + 1 + 1 + 18 + 2)
# A row that has any of it, anywhere or at the start of a cell, is written with care.
_UNSAFE, _UNSAFE_START = r"[&<>\x01-\x1f\uFFFE\uFFFF]", r"\x02[-=+@＝＋－＠]"
_LONGEST_CELL = 32_767  # of a workbook

STYLE_DATE, STYLE_MONEY, STYLE_TEXT = 1, 2, 3


def copy_sql(
    restricted: RestrictedPlan, rows: Rows, record: Record, columns: Sequence[Path], form: ExportFormat, *, words: bool
) -> CopyStatement:
    """The statement that writes all ``rows``; with ``words``, codes as their Chinese words."""
    writer = Writer(restricted)
    alias = writer.alias()
    told = _households(writer, record, alias)
    if form is ExportFormat.NDJSON:
        line = json_object(records.record_pairs(writer, record, alias))
        return _copy(writer, _from(writer, rows, record, alias, f"{told}, {line}"), _AS_IT_IS, b"\x02")
    cells = _Cells(writer, words=words)
    cells.gather(record, alias, (), ())
    if form is ExportFormat.CSV:
        listed = ", ".join(f"{cells.as_text(path)} as c{number}" for number, path in enumerate(columns))
        return _copy(writer, _from(writer, rows, record, alias, f"{told}, {listed}"), "(format csv)", b",")
    row = cells.as_row(columns)
    return _copy(writer, _from(writer, rows, record, alias, f"{told}, {row}"), _AS_IT_IS, b"\x02")


def _households(writer: Writer, record: Record, alias: str) -> str:
    found = subjects.of_record(writer, record, alias)
    return f"encode(convert_to(to_json({found})::text, 'UTF8'), 'hex')" if found else "null::text"


def _copy(writer: Writer, select: str, options: str, separator: bytes) -> CopyStatement:
    return CopyStatement(
        f"copy ({select}) to stdout {options}".encode(), writer.origins, separator, writer.restricted.reader
    )


def _from(writer: Writer, rows: Rows, record: Record, alias: str, listed: str) -> str:
    """``listed`` for each row. The rows are put in order before their text is made: texts would be sorted on disk.

    ``listed`` reads other tables only by sub-selects, never by joins, which could lose the order.
    """
    ordered, joins = sorted_columns(writer, rows, alias)
    condition = condition_sql(writer, rows.condition, alias)
    found = writer.rows_of(rows.entity, alias, linked=False) + (f" and {condition}" if condition else "")
    order = order_by(ordered, backward=False)
    read = ", ".join(column(alias, name) for name in dict.fromkeys([COUNTY, *_columns_read(writer, record)]))
    inner = f"select {read} from {table(rows.entity, alias)}{joins} where {found} order by {order} offset 0"
    return f"select {listed} from ({inner}) {alias}"


@dataclass(frozen=True, slots=True)
class _Cell:
    """One value of a row: its expression as the answer shows it, what it is, and the row it stands in."""

    expression: str
    attribute: Attribute
    is_masked: bool
    within: tuple[str, ...]  # sources of sub-selects, from the exported row on

    def placed(self, made_of_it: str) -> str:
        """``made_of_it`` as a value of the exported row; null where a relation leads nowhere."""
        for source in reversed(self.within):
            made_of_it = f"(select {made_of_it} from {source})"
        return made_of_it

    @property
    def is_text(self) -> bool:
        return self.is_masked or self.attribute.type not in _TYPED


_TYPED = frozenset(
    {
        FieldType.MONEY,
        FieldType.RATE,
        FieldType.INTEGER,
        FieldType.BOOLEAN,
        FieldType.DATE,
        FieldType.TIMESTAMP,
    }
)


class _Cells:
    """The values of one row, gathered through its to-one relations."""

    def __init__(self, writer: Writer, *, words: bool) -> None:
        self._writer = writer
        self._words = words
        self._held: dict[Path, _Cell] = {}

    def gather(self, record: Record, alias: str, path: Path, within: tuple[str, ...]) -> None:
        """Every figure of ``record`` and of the records it leads to."""
        for item in record.items:
            match item:
                case Figure():
                    self._held[*path, item.key] = self._cell(record, item, alias, within)
                case ToOne():
                    other = self._writer.alias()
                    self.gather(item.record, other, (*path, item.key), (*within, self._source(item, alias, other)))
                case _:
                    raise ValueError("An export holds attributes and to-one relations.")

    def _source(self, item: ToOne, alias: str, other: str) -> str:
        entity = item.record.entity
        source = f"{table(entity, other)} where {self._writer.link(item.relation, entity, alias, other)}"
        if is_unique(item.relation, entity):
            return source
        return f"{source} order by {', '.join(column(other, name) for name in entity.key_columns)} limit 1"

    def _cell(self, record: Record, figure: Figure, alias: str, within: tuple[str, ...]) -> _Cell:
        ((_, expression),) = records.record_pairs(self._writer, Record(record.entity, (figure,)), alias)
        is_masked = (record.entity.name, figure.attribute.name) in self._writer.restricted.masked
        if figure.attribute.type is FieldType.WORDS:
            expression = f"array_to_string({expression}, ' ')"
        return _Cell(expression, figure.attribute, is_masked, within)

    # ---------------------------------------------------------------- CSV

    def as_text(self, path: Path) -> str:
        """A cell of a CSV file: formulas are led by an apostrophe, numbers stay numbers."""
        cell = self._held[path]
        if not cell.is_text:
            return cell.placed(f"({cell.expression})::text")
        text = self._worded(cell)
        return cell.placed(f"case when ascii({text}) in {_FORMULA} then '''' || {text} else {text} end")

    def _worded(self, cell: _Cell) -> str:
        return _in_words(self._writer, cell) if self._words and cell.attribute.codes else cell.expression

    # ---------------------------------------------------------------- XLSX

    def as_row(self, paths: Sequence[Path]) -> str:
        """A row of a sheet. Most rows hold nothing to escape: one look at a whole row is cheaper than one per cell."""
        careful, plain = (
            "'<row>' || " + " || ".join(self._as_xml(path, escape) for path in paths) + " || '</row>'"
            for escape in (_escaped, _unescaped)
        )
        cells = [self._held[path] for path in paths]
        texts = [cell.placed(self._worded(cell)) for cell in cells if cell.is_text]
        if not texts:
            return plain
        joined = ", ".join(texts)
        whole = f"concat({joined})"
        begun = f"E'\\x02' || concat_ws(E'\\x02', {joined})"
        unsafe = f"{whole} ~ E'{_UNSAFE}' or length({whole}) > {_LONGEST_CELL} or ({begun}) ~ E'{_UNSAFE_START}'"
        return f"case when {unsafe} then {careful} else {plain} end"

    def _as_xml(self, path: Path, escape: Callable[[str], str]) -> str:
        cell = self._held[path]
        made = escape(self._worded(cell)) if cell.is_text else _typed_xml(cell)
        return f"coalesce({cell.placed(made)}, '<c/>')"


def _typed_xml(cell: _Cell) -> str:
    """A cell of a sheet that is a value: null if there is none."""
    value = cell.expression
    match cell.attribute.type:
        case FieldType.DATE:
            serial = f"""'<c s="{STYLE_DATE}"><v>' || ({value} - date '1899-12-30') || '</v></c>'"""
            # A workbook's calendar is right only from here on.
            return f"case when {value} < date '1900-03-01' then {_unescaped(f'({value})::text')} else {serial} end"
        case FieldType.TIMESTAMP:
            return _unescaped(value)
        case FieldType.BOOLEAN:
            return f"""'<c t="b"><v>' || ({value})::int || '</v></c>'"""
        case FieldType.MONEY:
            return f"""'<c s="{STYLE_MONEY}"><v>' || {value} || '</v></c>'"""
        case _:
            return f"""'<c><v>' || {value} || '</v></c>'"""


def _columns_read(writer: Writer, record: Record) -> Sequence[str]:
    own = record.entity.household_column
    found = [] if own is None else [own]
    for item in record.items:
        if isinstance(item, Figure):
            found.append(writer.column_of(record.entity, item.attribute))
        elif isinstance(item, ToOne):
            found += [ours for ours, _ in item.relation.pairs]
    return found


def _in_words(writer: Writer, cell: _Cell) -> str:
    codes: Mapping[str, str] = {code: meaning.zh for code, meaning in cell.attribute.codes.items()}
    cases = " ".join(
        f"when {writer.parameter(code, 'text')} then {writer.parameter(word, 'text')}" for code, word in codes.items()
    )
    return f"(case {cell.expression} {cases} else {cell.expression} end)"


def _escaped(text: str) -> str:
    escaped = f"left({text}, {_LONGEST_CELL})"
    escaped = f"translate({escaped}, E'{_UNUSABLE}', '{_REPLACEMENTS}')"
    for plain, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), (r"\n", "&#10;"), (r"\r", "&#13;")):
        escaped = f"replace({escaped}, E'{plain}', '{entity}')"
    # The apostrophe of a workbook is a property of the cell: what is shown and copied stays as delivered.
    style = f"""case when ascii({text}) in {_FORMULA} then ' s="{STYLE_TEXT}"' else '' end"""
    inner = f"""'><is><t xml:space="preserve">' || {escaped} || '</t></is></c>'"""
    return f"""'<c t="inlineStr"' || {style} || {inner}"""


def _unescaped(text: str) -> str:
    return f"""'<c t="inlineStr"><is><t xml:space="preserve">' || {text} || '</t></is></c>'"""
