"""A source's column headings: how they are compared, which unit they state, which ones are near a missing one."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from hub.sync.handover import Unit

_BRACKETS = str.maketrans("【〔[{】〕]}", "(((())))")
_INVISIBLE = re.compile(r"[\s\u200b-\u200d\u2060\ufeff]+")
_LAST_BRACKET = re.compile(r"\((?:单位:)?([^()]*)\)\Z")
_UNIT_LINE = re.compile(r"(?:金额)?单位:(?:人民币)?([^\s,,;;)]+)")

_UNITS = {
    "元": Unit.YUAN,
    "人民币元": Unit.YUAN,
    "万元": Unit.TEN_THOUSAND_YUAN,
    "人民币万元": Unit.TEN_THOUSAND_YUAN,
    "分": Unit.FEN,
    "%": Unit.PERCENT,
    "‰/月": Unit.PERMILLE_MONTH,
    "月‰": Unit.PERMILLE_MONTH,
}
# Said by a heading, these would change an amount by a factor we do not convert; they are refused, never ignored.
_FOREIGN_UNITS = {"百元", "千元", "十万元", "百万元", "千万元", "亿元", "美元", "港元", "‰"}
_COUNTED = {"月", "天", "日", "年", "户", "人", "笔", "个", "家", "岁", "亩", "户次", "期"}


@dataclass(frozen=True, slots=True)
class Heading:
    """One column as the source names it.

    ``label`` is unique within its table and names the column of a frame; ``unit`` is what the source itself states,
    ``foreign_unit`` a stated unit we have no conversion for.
    """

    name: str
    label: str
    cell: str
    unit: Unit = Unit.NONE
    foreign_unit: str = ""


@lru_cache(maxsize=4096)
def fold(text: str) -> str:
    """A heading made comparable: full-width and bracket forms unified, white space gone, lower case."""
    return _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).translate(_BRACKETS).casefold()


def without_unit(folded: str) -> str:
    """A folded heading without the unit in its last bracket; any other bracket is part of the name."""
    found = _LAST_BRACKET.search(folded)
    if found and (is_unit(found[1]) or found[1] in _COUNTED):
        return folded[: found.start()]
    return folded


def comparable(text: str) -> str:
    """A heading folded and without the unit it states."""
    return without_unit(fold(text))


def is_unit(folded: str) -> bool:
    """Whether a folded text is the name of a unit of money or rate."""
    return folded in _UNITS or folded in _FOREIGN_UNITS


def is_unit_cell(text: str) -> bool:
    """Whether a whole cell holds only a unit, as the cells of a unit row do."""
    folded = fold(text).strip("()")
    return is_unit(folded) or folded in _COUNTED


def unit_in(heading: str) -> str:
    """The folded unit a heading or unit cell states; empty if none."""
    folded = fold(heading)
    if is_unit(folded.strip("()")):
        return folded.strip("()")
    found = _LAST_BRACKET.search(folded)
    return found[1] if found and is_unit(found[1]) else ""


def unit_line(text: str) -> str:
    """The folded unit of a line such as 单位:万元 above a table; empty if the text is no such line."""
    found = _UNIT_LINE.search(fold(text))
    return found[1] if found and is_unit(found[1]) else ""


def heading(name: str, label: str, cell: str, stated_unit: str = "") -> Heading:
    """The heading of one column; ``stated_unit`` is from a unit row and gives way to the heading's own."""
    unit = unit_in(name) or stated_unit
    return Heading(name, label, cell, _UNITS.get(unit, Unit.NONE), unit if unit in _FOREIGN_UNITS else "")


def of_names(names: Iterable[str]) -> tuple[Heading, ...]:
    """Headings of a table whose column names are unique and are their own cells (SQL, JSON)."""
    return tuple(heading(name, name, name) for name in names)


def nearest(wanted: str, names: Iterable[str], count: int = 3) -> list[str]:
    """The headings of a source most like a wanted one, nearest first."""
    by_fold = {fold(name): name for name in names}
    return [by_fold[match] for match in difflib.get_close_matches(fold(wanted), by_fold, count, cutoff=0.3)]
