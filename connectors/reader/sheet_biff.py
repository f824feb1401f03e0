"""The error cells of a workbook of 1997–2003 (.xls), which its reader hands over as empty.

Two containers, one in the other: a compound file ([MS-CFB]: sectors chained by a table), and in its stream
``Workbook`` the records of all sheets ([MS-XLS]: number, length, content).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

_ERRORS = {0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A"}
_UNKNOWN = "#VALUE!"

_LAST_SECTOR = 0xFFFFFFFA  # numbers from here on are no sectors
_ENTRIES_IN_HEADER = 109
_SHORT_STREAM = 4096  # below this a stream lies in the short sectors
_SHORT_SECTOR = 64
_ENTRY = 128
_STREAM, _ROOT = 2, 5

_SHEET, _BEGIN, _END, _FORMULA, _BOOLEAN_OR_ERROR = 0x85, 0x809, 0x0A, 0x06, 0x205
_IS_ERROR = 2  # first byte of a formula's result that is no number
_NO_NUMBER = 0xFFFF


def errors_of_sheets(path: Path) -> list[dict[tuple[int, int], str]]:
    """For each sheet in its order, the error texts by row and column, counted from 0.

    Raises ``ValueError`` for a file that is damaged.
    """
    try:
        stream = _workbook_stream(path.read_bytes())
        starts = [struct.unpack_from("<I", stream, at)[0] for at, kind, _ in _records(stream, 0) if kind == _SHEET]
        return [dict(_errors(stream, start)) for start in starts]
    except (struct.error, IndexError) as failure:
        raise ValueError("damaged") from failure


def _errors(stream: bytes, start: int) -> Iterator[tuple[tuple[int, int], str]]:
    for at, kind, _ in _records(stream, start):
        if kind == _BOOLEAN_OR_ERROR:
            row, column, _, code, is_error = struct.unpack_from("<HHHBB", stream, at)
            if is_error:
                yield (row, column), _ERRORS.get(code, _UNKNOWN)
        elif kind == _FORMULA:
            row, column, _, what, _, code = struct.unpack_from("<HHHBBB", stream, at)
            (mark,) = struct.unpack_from("<H", stream, at + 12)
            if mark == _NO_NUMBER and what == _IS_ERROR:
                yield (row, column), _ERRORS.get(code, _UNKNOWN)


def _records(stream: bytes, at: int) -> Iterator[tuple[int, int, int]]:
    """Where each record's content begins, its number and its length, to the end of the part that begins at ``at``."""
    depth = 0
    while True:
        kind, length = struct.unpack_from("<HH", stream, at)
        at += 4
        depth += (kind == _BEGIN) - (kind == _END)
        if depth <= 0:
            return
        if depth == 1:
            yield at, kind, length
        at += length


def _workbook_stream(file: bytes) -> bytes:
    """The stream that holds the workbook's records."""
    size = 1 << struct.unpack_from("<H", file, 30)[0]
    first_directory, first_short, first_more = (struct.unpack_from("<I", file, at)[0] for at in (48, 60, 68))
    sectors = memoryview(file)[max(512, size) :]  # the header is at least so long

    def sector(number: int) -> memoryview:
        return sectors[number * size : (number + 1) * size]

    tables = list(struct.unpack_from(f"<{_ENTRIES_IN_HEADER}I", file, 76))
    most = len(file) // size + 1
    for _ in range(most):
        if first_more >= _LAST_SECTOR:
            break
        more = struct.unpack(f"<{size // 4}I", sector(first_more))
        tables += more[:-1]
        first_more = more[-1]
    following = [
        number for table in tables if table < _LAST_SECTOR for number in struct.unpack(f"<{size // 4}I", sector(table))
    ]

    def chained(start: int) -> bytes:
        return b"".join(sector(number) for number in islice(_chain(start, following), most))

    directory = chained(first_directory)
    entries = [directory[at : at + _ENTRY] for at in range(0, len(directory), _ENTRY)]
    found = {_name(entry): entry for entry in entries if entry[66] in {_STREAM, _ROOT}}
    book = found.get("Workbook") or found.get("Book")
    if book is None:
        raise ValueError("no workbook")
    start, length = struct.unpack_from("<II", book, 116)
    if length >= _SHORT_STREAM:
        return chained(start)[:length]
    root = next(entry for entry in entries if entry[66] == _ROOT)
    short = chained(struct.unpack_from("<I", root, 116)[0])
    table = chained(first_short)
    following_short = struct.unpack(f"<{len(table) // 4}I", table)
    pieces = islice(_chain(start, following_short), len(short) // _SHORT_SECTOR + 1)
    return b"".join(short[at * _SHORT_SECTOR : (at + 1) * _SHORT_SECTOR] for at in pieces)[:length]


def _chain(number: int, following: list[int] | tuple[int, ...]) -> Iterator[int]:
    while number < _LAST_SECTOR:
        yield number
        number = following[number]


def _name(entry: bytes) -> str:
    length = struct.unpack_from("<H", entry, 64)[0]
    return entry[: max(length - 2, 0)].decode("utf-16-le", "replace")
