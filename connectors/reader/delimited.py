"""Delimited text (CSV, bars): strict decoding, whole columns at a time; a bad byte or a torn line refuses the file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import polars as pl

from connectors.reader.encoding import encoding_of, undecodable
from connectors.reader.layout import MOST_COLUMNS, Range, Row, too_large
from hub.ahead import one_ahead
from hub.errors import ContractError
from hub.sync.handover import ROW

_BLOCK = 2 << 20
_LONGEST_RECORD = 32 << 20
_QUOTE = b'"'


class DelimitedGrid:
    """One delimited file as a table of texts. Rows are counted as a spreadsheet would show them, the first is 1.

    ``quoted``: values may stand in double quotes, which then may hold separators and line ends.
    Raises ``SourceError`` for bytes that are neither UTF-8 nor GB18030.
    """

    def __init__(self, path: Path, separator: str, *, quoted: bool = True) -> None:
        self._path = path
        self._separator = separator
        self._quoted = quoted
        self._encoding = encoding_of(path)

    @property
    def sheet(self) -> None:
        """A file is one table."""
        return

    @property
    def merged(self) -> Sequence[Range]:
        """Text has no merged cells."""
        return ()

    def head(self, count: int) -> list[Row]:
        """The first ``count`` records."""
        for raw in self._blocks():
            return [[cell or None for cell in record] for record in self._parsed(self._text(raw), limit=count)]
        return []

    def frames(self, first_row: int, width: int, size: int) -> Iterator[pl.DataFrame]:
        """The records from ``first_row`` on. Raises ``ContractError`` for one with more or fewer cells than others.

        The next block is decoded in a second thread while the last one is read and used.
        """
        number, cells = 1, 0
        for block in one_ahead(self._blocks(), self._text):
            text = block
            while number < first_row and text:
                text = text[self._record_end(text) :]
                number += 1
            if not text:
                continue
            cells = cells or self._cells(text, number, width)
            if not cells:
                # Nothing but blank lines so far.
                number += text.count(b"\n")
                continue
            frame = self._at_once(text, cells)
            if frame is None:
                frame = self._one_by_one(text, cells, number)
            rows = pl.int_range(number, number + frame.height, dtype=pl.Int64, eager=True).alias(ROW)
            number += frame.height
            yield from frame.insert_column(0, rows).iter_slices(size)

    def _cells(self, text: bytes, row: int, width: int) -> int:
        """How many cells the first record of the data has, which all others must have; 0 if all lines are blank."""
        records = self._parsed(text, limit=1)
        if not records[0]:
            records = self._parsed(text)
        place, first = next(((place, record) for place, record in enumerate(records) if record), (0, []))
        if 0 < len(first) < width:
            raise self._torn(row + place, len(first), width)
        return len(first)

    def _record_end(self, text: bytes) -> int:
        """Where the first record of ``text`` ends."""
        end = text.index(b"\n") + 1
        while self._quoted and text.count(_QUOTE, 0, end) % 2 and end < len(text):
            end = text.index(b"\n", end) + 1
        return end

    def _at_once(self, text: bytes, cells: int) -> pl.DataFrame | None:
        """The text read as columns, where counting proves that no record is torn; else ``None``."""
        quoted = self._quoted and _QUOTE in text
        if b"\r" in text or (quoted and text.count(_QUOTE) % 2):
            return None
        try:
            frame = pl.read_csv(
                text,
                separator=self._separator,
                quote_char='"' if quoted else None,
                has_header=False,
                infer_schema=False,
                empty_string_is_null=True,
            )
        except pl.exceptions.PolarsError:
            return None
        # Every separator and line end stands between two cells or inside a value: a short record would lack one.
        separators = text.count(self._separator.encode()) - (_occurrences(frame, self._separator) if quoted else 0)
        lines = text.count(b"\n") - (_occurrences(frame, "\n") if quoted else 0)
        if frame.width != cells or lines != frame.height or separators != frame.height * (cells - 1):
            return None
        frame = frame.rename(dict(zip(frame.columns, map(str, range(cells)), strict=True)))
        return frame.with_columns(pl.when(pl.all() != "").then(pl.all())) if quoted else frame

    def _one_by_one(self, text: bytes, cells: int, first_row: int) -> pl.DataFrame:
        records = self._parsed(text)
        for offset, record in enumerate(records):
            if record and len(record) != cells:
                raise self._torn(first_row + offset, len(record), cells)
        columns = zip(*(record or [""] * cells for record in records), strict=True)
        return pl.DataFrame(
            [pl.Series(str(i), [cell or None for cell in column], pl.String) for i, column in enumerate(columns)]
        )

    def _torn(self, row: int, cells: int, expected: int) -> ContractError:
        return ContractError(
            "SOURCE_ROW_TORN",
            f"{self._path.name}: row {row} has {cells} cells where {expected} are expected.",
            "A separator or line end stands inside a value, or the file is cut: ask the agency to export it again.",
        )

    def _parsed(self, text: bytes, limit: int | None = None) -> list[list[str]]:
        lines = io.StringIO(text.decode(), newline="")
        reader = csv.reader(
            lines,
            delimiter=self._separator,
            quoting=csv.QUOTE_MINIMAL if self._quoted else csv.QUOTE_NONE,
            strict=True,
        )
        records: list[list[str]] = []
        try:
            for record in islice(reader, limit):
                if len(record) > MOST_COLUMNS:
                    raise too_large(self._path.name, f"{len(record)} columns (at most {MOST_COLUMNS})")
                records.append(record)
        except csv.Error:
            # The reader's own words may quote the line.
            raise ContractError(
                "SOURCE_ROW_TORN",
                f"{self._path.name}: quotes or line ends do not match near line {reader.line_num} of a block.",
                "Ask the agency to export the file again with quoted values and ordinary line ends.",
            ) from None
        return records

    def _blocks(self) -> Iterator[bytes]:
        """The file's bytes, cut between records: in UTF-8 and GB18030 no line end or quote is part of a character."""
        rest = b""
        with self._path.open("rb") as file:
            while True:
                more = file.read(_BLOCK)
                raw = rest + more
                end = _last_record_end(raw, quoted=self._quoted) if more else len(raw)
                if raw[:end].strip(b"\r\n"):
                    yield raw[:end]
                rest = raw[end:]
                if not more:
                    return
                if len(rest) > _LONGEST_RECORD:
                    raise ContractError(
                        "SOURCE_ROW_TORN",
                        f"{self._path.name}: a quoted value has no end.",
                        "Ask the agency to export the file again.",
                    )

    def _text(self, raw: bytes) -> bytes:
        """A block as UTF-8, with line feeds alone."""
        try:
            text = raw.decode(self._encoding).encode()
        except UnicodeDecodeError:
            # Without its cause: a decode error carries the file's bytes.
            raise undecodable(self._path) from None
        return _with_line_feeds(text)


def _with_line_feeds(text: bytes) -> bytes:
    text = text.replace(b"\r\n", b"\n")
    return text if text.endswith(b"\n") else text + b"\n"


def _occurrences(frame: pl.DataFrame, sign: str) -> int:
    """How often ``sign`` stands inside the values of a frame."""
    counts = frame.select(pl.all().str.count_matches(sign, literal=True).sum())
    return sum(counts.row(0))


def _last_record_end(text: bytes, *, quoted: bool) -> int:
    """Where the last whole record ends: after a line end outside quotes."""
    end = text.rfind(b"\n") + 1
    if not quoted:
        return end
    inside = text.count(_QUOTE, 0, end) % 2
    while end and inside:
        earlier = text.rfind(b"\n", 0, end - 1) + 1
        inside = (inside - text.count(_QUOTE, earlier, end)) % 2
        end = earlier
    return end
