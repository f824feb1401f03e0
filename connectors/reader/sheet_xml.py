"""What the workbook reader would not tell of an XLSX sheet: how far it reaches, errors, formulas without a result.

The reader hands over an error cell as empty, a formula that was never computed too, and makes room for every cell
between the first and the last one; so the sheet's text is looked through first. Rows as usual programs write them are
looked through by expressions that leave no other way to write a cell; all others by a whole parse, ten times slower.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from xml.parsers import expat

from connectors.reader.layout import Range

# Shown for a formula whose result nobody computed; such a cell has no value, which is not the same as empty.
NOT_COMPUTED = "#NOT-COMPUTED!"

Place = tuple[int, int]  # row and column, counted from 0

_ADDRESS = re.compile(r"([A-Za-z]{1,8})(\d{1,10})")
_ATTRIBUTES = re.compile(rb'(?: [A-Za-z:]{1,20}="[^"<>&]*")*\s*/?')
_OWN_ADDRESS = re.compile(rb' r="([A-Z]{1,3})(\d{1,7})"')
_LETTERS = 26
_FINAL = True
_PREFIXED = re.compile(rb":(?:row|c|f)[\s/>]")


class UnusualError(Exception):
    """The rows are written as no usual program writes them: what they hold cannot be told without a whole parse."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some rows that follow one another: the first and the last, counted from 1, and the text of odd cells by place."""

    first: int
    last: int
    special: Mapping[Place, str]


@lru_cache(maxsize=8)
def _expressions(prefix: bytes) -> tuple[re.Pattern[bytes], ...]:
    """Of a sheet whose tags all have this prefix (``x:``): rows, tags with another one, far cells, errors, formulas."""
    tag = re.escape(prefix)
    formula = rb"(?:<%sf[^>]*/>|<%sf[^>]*>[^<]*</%sf>)" % (tag, tag, tag)
    other = rb"(?!%s)(?:[^<>\s/:]+:)?" % tag if prefix else rb"[^<>\s/:]+:"
    return (
        re.compile(rb'<%srow(?: r="(\d{1,7})")?' % tag),
        re.compile(rb"<%s(?:row|c|f)[\s/>]" % other),
        re.compile(rb'<%sc r="([A-Z]{2})\d' % tag),
        re.compile(rb"<%sc ([^>]*)>%s?<%sv>(#[^<]*)<" % (tag, formula, tag)),
        re.compile(
            rb"<%sc ([^>]*)>\s*%s\s*(?:<%sv\s*/>|<%sv>\s*</%sv>)?\s*</%sc>" % (tag, formula, tag, tag, tag, tag)
        ),
    )


def _odd_cell(prefix: bytes, letters: int, rows: bytes) -> re.Pattern[bytes]:
    """Any cell but a plain one of at most so many letters, in a row whose number is like ``rows``."""
    # Taken as it is, without another try (``+`` behind a count): half of the time.
    plain = rb' r="[A-Z]{1,%d}+(?:%s)"(?: s="[0-9]{1,6}+")?+(?: t="[A-Za-z]{1,9}+")?+/?+>' % (letters, rows)
    return re.compile(rb"<%sc(?!%s)([^>]*)" % (re.escape(prefix), plain))


def _digits_alike(first: int, last: int) -> bytes:
    """Numbers from first to last, and others of as many digits that begin as both do."""
    above, below = str(first), str(last)
    alike = next((place for place, pair in enumerate(zip(above, below, strict=True)) if pair[0] != pair[1]), len(above))
    if alike == len(above):
        return above.encode()
    return f"{above[:alike]}[{above[alike]}-{below[alike]}][0-9]{{{len(above) - alike - 1}}}".encode()


def _digits_near(first: int, last: int) -> bytes:
    """Numbers from first to last, and no more others than these; at most eleven beginnings, so slower to look for."""
    opened = len(str(last - first)) - 1
    leading = range(first // 10**opened, last // 10**opened + 1)
    return b"|".join(b"%d[0-9]{%d}" % (lead, opened) if lead else b"[0-9]{1,%d}" % opened for lead in leading)


@dataclass(slots=True)
class UsualRows:
    """Whole rows taken in one stretch after another; ``rows`` and ``columns`` reach at least as far as they do."""

    prefix: bytes = b""
    rows: int = 0
    columns: int = 26

    def stretch(self, text: bytes) -> Stretch | None:
        """What rows tell; ``None`` if there is none. Raises ``UnusualError``."""
        row, foreign, far, error, formula = _expressions(self.prefix)
        found = row.findall(text)
        if not all(found) or ((self.prefix or _PREFIXED.search(text)) and foreign.search(text)):
            raise UnusualError
        numbers = [int(number) for number in found]
        if not numbers:
            return None
        if any(above >= below for above, below in pairwise([self.rows, *numbers])):
            raise UnusualError
        self._reach(text, numbers[0], numbers[-1], far)
        self.rows = numbers[-1]
        return Stretch(numbers[0], numbers[-1], _special(text, self.prefix, error, formula))

    def _reach(self, text: bytes, first: int, last: int, far: re.Pattern[bytes]) -> None:
        if self.columns <= _LETTERS:
            # So narrow that cells far off in rows alike, which are seen later, need no room worth speaking of.
            alike = len(str(first)) == len(str(last))
            rows = _digits_alike(first, last) if alike else _digits_near(first, last)
            if not _odd_cell(self.prefix, 1, rows).search(text):
                return
        odd = _odd_cell(self.prefix, 2, _digits_near(first, last)).findall(text)
        addresses = [_address(attributes) for attributes in odd]
        if any(not first <= row <= last for _, row in addresses):
            raise UnusualError
        columns = {column for column, _ in addresses}.union(_index(found.decode()) for found in set(far.findall(text)))
        self.columns = max(self.columns, max(columns, default=0) + 1)


def _address(attributes: bytes) -> tuple[int, int]:
    """Column, counted from 0, and row, counted from 1, of a cell by the text of its tag."""
    found = _OWN_ADDRESS.findall(attributes)
    if len(found) != 1 or attributes.count(b" r=") != 1 or not _ATTRIBUTES.fullmatch(attributes):
        raise UnusualError
    return _index(found[0][0].decode()), int(found[0][1])


def _special(text: bytes, prefix: bytes, error: re.Pattern[bytes], formula: re.Pattern[bytes]) -> dict[Place, str]:
    found: dict[Place, str] = {}
    if count := text.count(b' t="e"'):
        errors = [(place, shown) for place, shown in error.findall(text) if b't="e"' in place]
        if len(errors) != count:
            raise UnusualError
        found |= {_place(place): shown.decode("ascii", "replace") for place, shown in errors}
    if b"<%sf" % prefix in text:
        # A formula may well compute an empty text, which is then typed as one.
        found |= {_place(place): NOT_COMPUTED for place in formula.findall(text) if b't="str"' not in place}
    return found


def _place(attributes: bytes) -> Place:
    # A blank goes before the first attribute, as it stood in the tag.
    column, row = _address(b" " + attributes)
    return row - 1, column


def _index(letters: str) -> int:
    index = 0
    for letter in letters.upper():
        index = index * 26 + ord(letter) - ord("A") + 1
    return index - 1


@dataclass(slots=True)
class Surroundings:
    """What stands before and behind a sheet's rows, parsed as one text without them."""

    merged: list[Range] = field(default_factory=list[Range])
    _names: list[str] = field(default_factory=list[str])
    _parser: expat.XMLParserType = field(default_factory=expat.ParserCreate)

    def __post_init__(self) -> None:
        self._parser.StartElementHandler = self._start

    def before(self, text: bytes) -> None:
        """Take in everything up to the tag that begins the rows. Raises ``UnusualError`` if that is not its end."""
        self._parser.Parse(text)
        if self._names[-1:] != ["sheetData"] or self._names.count("sheetData") > 1:
            raise UnusualError

    def behind(self, text: bytes) -> None:
        """Take in some of what follows the rows. Raises ``UnusualError`` if there are cells after all."""
        del self._names[:]
        self._parser.Parse(text)
        if not {"sheetData", "row", "c"}.isdisjoint(self._names):
            raise UnusualError

    def end(self) -> None:
        """Nothing follows. Raises ``expat.ExpatError`` for a text that is cut off, as both others do."""
        self._parser.Parse(b"", _FINAL)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(":")[2]
        self._names.append(local)
        if local == "mergeCell":
            self.merged.append(_merged(attributes.get("ref", "")))


def _merged(reference: str) -> Range:
    first, _, last = reference.partition(":")
    return _position(first), _position(last or first)


def _position(address: str) -> Place:
    found = _ADDRESS.fullmatch(address)
    if found is None:
        raise UnusualError
    return int(found[2]) - 1, _index(found[1])


@dataclass(slots=True)
class AnySheet:
    """A sheet written in whatever way, parsed as a whole: how far it reaches, odd cells, merged ones."""

    rows: int = 0
    columns: int = 0
    special: dict[Place, str] = field(default_factory=dict[Place, str])
    merged: list[Range] = field(default_factory=list[Range])
    _row: int = 0
    _column: int = 0
    _place: Place = (0, 0)
    _kind: str = ""
    _formula: bool = False
    _inside: str = ""
    _value: list[str] = field(default_factory=list[str])

    def parse(self, blocks: Iterable[bytes]) -> None:
        """Take in all of it. Raises ``expat.ExpatError`` for a damaged one, ``UnusualError`` for a false address."""
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        for block in blocks:
            parser.Parse(block)
        parser.Parse(b"", _FINAL)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(":")[2]
        if local == "c":
            address = attributes.get("r")
            self._place = _position(address) if address else (self._row, self._column)
            self._column = self._place[1]
            self._kind, self._formula = attributes.get("t", ""), False
            self._value.clear()
            self.rows, self.columns = max(self.rows, self._place[0] + 1), max(self.columns, self._column + 1)
        elif local in ("v", "is", "f"):
            self._inside = local
            self._formula |= local == "f"
        elif local == "row":
            number = attributes.get("r", "")
            if number:
                self._row = int(number) - 1 if number.isdecimal() else self._row
            self.rows = max(self.rows, self._row + 1)
        elif local == "mergeCell":
            self.merged.append(_merged(attributes.get("ref", "")))

    def _text(self, text: str) -> None:
        if self._inside in ("v", "is"):
            self._value.append(text)

    def _end(self, name: str) -> None:
        local = name.rpartition(":")[2]
        if local == "c":
            value = "".join(self._value).strip()
            if self._kind == "e" and value:
                self.special[self._place] = value
            elif self._formula and not value and self._kind != "str":
                self.special[self._place] = NOT_COMPUTED
            self._column += 1
        elif local == "row":
            self._row, self._column = self._row + 1, 0
        elif local in ("v", "is", "f"):
            self._inside = ""
