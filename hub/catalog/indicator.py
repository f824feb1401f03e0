"""Ledger figures: measures kept per region and day, and the named, versioned indicators read from them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Quantity(StrEnum):
    """What a figure counts, and so how it is printed."""

    COUNT = "count"
    MONEY = "money"  # fen inside, yuan outside
    PERCENT = "percent"  # of two measures, two decimals


@dataclass(frozen=True, slots=True)
class Measure:
    """One column of ``rollup.daily``: a running total at the end of a day, for one region.

    ``additive`` measures of sibling regions sum to their parent's. ``about`` is the definition in words.
    """

    name: str
    quantity: Quantity
    zh: str
    about: str
    about_zh: str
    additive: bool = True


@dataclass(frozen=True, slots=True)
class Indicator:
    """One figure as a reader asks for it: a measure as it is, or ``measure`` ÷ ``denominator`` in per cent.

    With a ``denominator`` of zero there is no figure (null), never 0 % or 100 %.
    """

    name: str
    zh: str
    about: str
    about_zh: str
    measure: str
    denominator: str | None = None
    version: int = 1


@dataclass(frozen=True, slots=True)
class IndicatorGroup:
    """Indicators, and smaller groups, that are read together, such as ``disbursed { households loans amount }``."""

    name: str
    zh: str
    about: str
    about_zh: str
    members: tuple[Indicator | IndicatorGroup, ...]


class Ratio(StrEnum):
    """How a named indicator with a denominator is printed, with two decimals."""

    PERCENT = "percent"
    MEAN = "mean"  # the quotient itself


@dataclass(frozen=True, slots=True)
class Definition:
    """A named indicator: the sum of some measures, or that sum ÷ another.

    ``about`` is the formula in words. A changed formula is a new ``version``. With a denominator of zero there is no
    figure (null), never 0 % or 100 %. ``of_month``: what was added to the measures since the month began.
    """

    name: str
    zh: str
    about: str
    about_zh: str
    numerator: tuple[str, ...]
    denominator: tuple[str, ...] = ()
    version: int = 1
    ratio: Ratio = Ratio.PERCENT
    of_month: bool = False


@dataclass(frozen=True, slots=True)
class Ledger:
    """The monitoring ledger (监测台账): its measures, the tree of indicators over them, and those with a name."""

    measures: tuple[Measure, ...]
    groups: tuple[IndicatorGroup, ...]
    named: tuple[Definition, ...] = ()

    def definition(self, name: str) -> Definition:
        """The named indicator ``name``; ``KeyError`` if there is none."""
        for item in self.named:
            if item.name == name:
                return item
        raise KeyError(name)

    def measure(self, name: str) -> Measure:
        """The measure called ``name``; ``KeyError`` if there is none."""
        for item in self.measures:
            if item.name == name:
                return item
        raise KeyError(name)

    def quantity(self, indicator: Indicator) -> Quantity:
        """What ``indicator`` is printed as."""
        return Quantity.PERCENT if indicator.denominator else self.measure(indicator.measure).quantity

    def zh(self, path: tuple[str, ...]) -> str:
        """The Chinese names along ``path``."""
        found: list[str] = []
        members: tuple[Indicator | IndicatorGroup, ...] = self.groups
        for name in path:
            member = next(item for item in members if item.name == name)
            found.append(member.zh)
            members = member.members if isinstance(member, IndicatorGroup) else ()
        return " · ".join(found)

    def indicators(self) -> Iterator[tuple[tuple[str, ...], Indicator]]:
        """Every indicator with its path of names, in declaration order."""
        for group in self.groups:
            yield from _walk((group.name,), group)


def _walk(path: tuple[str, ...], group: IndicatorGroup) -> Iterator[tuple[tuple[str, ...], Indicator]]:
    for member in group.members:
        if isinstance(member, IndicatorGroup):
            yield from _walk((*path, member.name), member)
        else:
            yield (*path, member.name), member
