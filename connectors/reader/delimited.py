"""Delimited text (CSV, bars): strict decoding, whole columns at a time; a bad byte or a torn line refuses the file."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from connectors.reader.encoding import encoding_of, undecodable
from connectors.reader.layout import Range, Row
from hub.errors import ContractError
from hub.sync.handover import ROW

_BLOCK = 8 << 20
_LONGEST_RECORD = 32 << 20
_QUOTE = b'"'


@dataclass(frozen=True, slots=True)
class _Block:
    """Some whole records: UTF-8 text, and the records themselves where quotes made reading them one by one needed."""

    text: bytes
    count: int
    records: list[list[str]] | None = None

    def without(self, count: int) -> _Block:
        """The block without its first records."""
        if self.records is not None:
            return _Block(b"", self.count - count, self.records[count:])
        start = 0
        for _ in range(count):
            start = self.text.index(b"\n", start) + 1
        return _Block(self.text[start:], self.count - count)


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
        for block in self._blocks():
            records = block.records or self._parsed(block.text, limit=count)
            return [[cell or None for cell in record] for record in records[:count]]
        return []

    def frames(self, first_row: int, width: int, size: int) -> Iterator[pl.DataFrame]:
        """The records from ``first_row`` on. Raises ``ContractError`` for one with more or fewer cells than others."""
        number, cells = 1, 0
        for block in self._blocks():
            skip = max(first_row - number, 0)
            if skip < block.count:
                data = block.without(skip) if skip else block
                start = number + skip
                cells = cells or self._cells(data, start, width)
                frame = self._at_once(data, cells)
                if frame is None:
                    frame = self._one_by_one(data, cells, start)
                rows = pl.int_range(start, start + frame.height, dtype=pl.Int64, eager=True).alias(ROW)
                yield from frame.insert_column(0, rows).iter_slices(size)
            number += block.count

    def _cells(self, block: _Block, row: int, width: int) -> int:
        """How many cells the first record of the data has; all others must have as many."""
        first = (block.records or self._parsed(block.text, limit=1))[0]
        if len(first) < width:
            raise self._torn(row, len(first), width)
        return len(first)

    def _at_once(self, block: _Block, cells: int) -> pl.DataFrame | None:
        """The block read as columns, where counting proves that no record is torn; else ``None``."""
        separators = block.text.count(self._separator.encode())
        if block.records is not None or separators != block.count * (cells - 1) or b"\r" in block.text:
            return None
        try:
            frame = pl.read_csv(
                block.text, separator=self._separator, quote_char=None, has_header=False, infer_schema=False
            )
        except pl.exceptions.PolarsError:
            return None
        if frame.shape != (block.count, cells):
            return None
        return frame.rename(dict(zip(frame.columns, map(str, range(cells)), strict=True)))

    def _one_by_one(self, block: _Block, cells: int, first_row: int) -> pl.DataFrame:
        records = block.records if block.records is not None else self._parsed(block.text)
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
        try:
            return list(reader) if limit is None else [record for record, _ in zip(reader, range(limit), strict=False)]
        except csv.Error:
            # The reader's own words may quote the line.
            raise ContractError(
                "SOURCE_ROW_TORN",
                f"{self._path.name}: quotes or line ends do not match near line {reader.line_num} of a block.",
                "Ask the agency to export the file again with quoted values and ordinary line ends.",
            ) from None

    def _blocks(self) -> Iterator[_Block]:
        """The file as UTF-8, cut between records."""
        decoder = codecs.getincrementaldecoder(self._encoding)()
        rest = b""
        with self._path.open("rb") as file:
            while True:
                raw = file.read(_BLOCK)
                text = rest + self._decoded(decoder, raw)
                end = _last_record_end(text, quoted=self._quoted) if raw else len(text)
                if text[:end].strip(b"\r\n"):
                    yield self._block(text[:end])
                rest = text[end:]
                if not raw:
                    return
                if len(rest) > _LONGEST_RECORD:
                    raise ContractError(
                        "SOURCE_ROW_TORN",
                        f"{self._path.name}: a quoted value has no end.",
                        "Ask the agency to export the file again.",
                    )

    def _decoded(self, decoder: codecs.IncrementalDecoder, raw: bytes) -> bytes:
        try:
            return decoder.decode(raw, final=not raw).encode()
        except UnicodeDecodeError:
            # Without its cause: a decode error carries the file's bytes.
            raise undecodable(self._path) from None

    def _block(self, text: bytes) -> _Block:
        text = text.replace(b"\r\n", b"\n")
        if not text.endswith(b"\n"):
            text += b"\n"
        if self._quoted and _QUOTE in text:
            records = self._parsed(text)
            return _Block(b"", len(records), records)
        return _Block(text, text.count(b"\n"))


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
