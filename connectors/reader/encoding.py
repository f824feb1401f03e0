"""Which encoding a text file is in: UTF-8 if all of it is, else GB18030; never guessed line by line."""

from __future__ import annotations

import codecs
from pathlib import Path

from hub.errors import SourceError

_BLOCK = 8 << 20
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
UTF_8 = "utf-8-sig"
GB18030 = "gb18030"


def encoding_of(path: Path) -> str:
    """``UTF_8`` if every byte is, with or without mark; else ``GB18030``, which the reader must decode strictly.

    Raises ``SourceError`` for UTF-16, and for a file that is marked as UTF-8 and is not.
    """
    with path.open("rb") as file:
        start = file.read(4)
    if start.startswith(_UTF_16):
        raise SourceError(
            "SOURCE_ENCODING",
            f"{path.name} is UTF-16 text.",
            "Ask for UTF-8 or GB18030 (saved as CSV, not as Unicode text).",
        )
    if _first_bad_byte(path, "utf-8") is None:
        return UTF_8
    # With the mark of UTF-8 at its start the file has said what it is; a second guess would invent characters.
    if start.startswith(codecs.BOM_UTF8):
        raise undecodable(path)
    return GB18030


def undecodable(path: Path) -> SourceError:
    """The refusal of a file that is neither UTF-8 nor GB18030, with the place where the better guess ends."""
    places = [place for name in ("utf-8", GB18030) if (place := _first_bad_byte(path, name)) is not None]
    line, offset = max(places, key=lambda place: place[1], default=(1, 0))
    return SourceError(
        "SOURCE_ENCODING",
        f"{path.name} is neither UTF-8 nor GB18030: line {line}, byte {offset} of the file cannot be read.",
        "Ask the agency to export the file again; it was damaged or written in another encoding.",
    )


def _first_bad_byte(path: Path, encoding: str) -> tuple[int, int] | None:
    """Line (from 1) and offset (from 0) of the first byte that is not ``encoding``; ``None`` if all are."""
    decoder = codecs.getincrementaldecoder(encoding)()
    line, offset, pending = 1, 0, 0
    with path.open("rb") as file:
        while True:
            raw = file.read(_BLOCK)
            try:
                decoder.decode(raw, final=not raw)
            except UnicodeDecodeError as failure:
                return line + failure.object[: failure.start].count(b"\n"), offset - pending + failure.start
            if not raw:
                return None
            pending = len(decoder.getstate()[0])
            line += raw.count(b"\n")
            offset += len(raw)
