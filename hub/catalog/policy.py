"""Policy parameters: what the programme's rules leave to a dated number, and who set it with which document."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum, StrEnum
from itertools import pairwise

from hub.catalog.field import Code
from hub.errors import CatalogueError


class ValueKind(StrEnum):
    """What a parameter's value is; ``unit`` in a settings file must say the same."""

    MONEY = "yuan"  # kept in fen
    SHARE = "%"  # kept in millionths of the whole; a yearly rate too
    NUMBER = "number"  # days, months, times, years: the parameter's words say which
    CODE = "code"


class Level(IntEnum):
    """Who set a value; a higher one wins over a lower one."""

    HUB = 0  # a threshold for attention that comes with the hub; never moves money
    NATIONAL = 1
    PROVINCE = 2
    PREFECTURE = 3
    COUNTY = 4


@dataclass(frozen=True, slots=True)
class Parameter:
    """One name that rules may ask for.

    ``moves_money``: a value nobody has verified, or that comes with the hub, is then not used: without another one
    the parameter is "not configured".
    """

    name: str
    kind: ValueKind
    zh: str
    about: str
    about_zh: str
    moves_money: bool = False
    codes: Mapping[str, Code] = field(default_factory=dict[str, Code])


@dataclass(frozen=True, slots=True)
class Setting:
    """One value of a parameter from one day to another (both in force; no ``valid_to``: until further notice).

    ``value`` is in stored units: fen, millionths, a plain number, or the code.
    """

    name: str
    value: int | str
    valid_from: date
    valid_to: date | None
    level: Level
    document: str
    document_number: str = ""
    is_verified: bool = True
    approved_by_finance: str = ""
    approved_by_partner: str = ""
    approved_on: date | None = None
    note: str = ""

    def holds_on(self, day: date) -> bool:
        """Whether it is in force on ``day``."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, slots=True)
class NotConfigured:
    """Nobody has given this parameter a value for that day; what depends on it has no answer, rather than a guess."""

    name: str
    day: date


class Policy:
    """Every parameter, and the values that come with the hub: national ones and thresholds for attention.

    Raises ``CatalogueError`` for a name declared twice, a value of an unknown name or wrong kind, or two values of
    one level for one day.
    """

    def __init__(self, parameters: Iterable[Parameter], settings: Iterable[Setting]) -> None:
        self._parameters: dict[str, Parameter] = {}
        for parameter in parameters:
            if parameter.name in self._parameters:
                raise _wrong(f"Parameter {parameter.name} is declared twice.")
            if (parameter.kind is ValueKind.CODE) != bool(parameter.codes):
                raise _wrong(f"{parameter.name}: a code parameter, and only a code parameter, lists its codes.")
            self._parameters[parameter.name] = parameter
        self.settings = tuple(settings)
        for setting in self.settings:
            if setting.name not in self or not fits(self[setting.name], setting.value):
                raise _wrong(f"{setting.name}: a value of an unknown parameter or of the wrong kind.")
        if overlap := first_overlap(self.settings):
            raise _wrong(f"{overlap[0].name}: two values of one level hold on {overlap[1].valid_from}.")

    def __iter__(self) -> Iterator[Parameter]:
        return iter(self._parameters.values())

    def __contains__(self, name: str) -> bool:
        return name in self._parameters

    def __getitem__(self, name: str) -> Parameter:
        return self._parameters[name]


def fits(parameter: Parameter, value: int | str) -> bool:
    """Whether ``value`` is one that ``parameter`` can have."""
    if isinstance(value, str):
        return parameter.kind is ValueKind.CODE and value in parameter.codes
    return parameter.kind is not ValueKind.CODE and value >= 0


def first_overlap(settings: Iterable[Setting]) -> tuple[Setting, Setting] | None:
    """The first two settings of one name and level that hold on the same day, in order of time."""
    ordered = sorted(settings, key=lambda item: (item.name, item.level, item.valid_from))
    for earlier, later in pairwise(ordered):
        if (earlier.name, earlier.level) == (later.name, later.level) and earlier.holds_on(later.valid_from):
            return earlier, later
    return None


def _wrong(message: str) -> CatalogueError:
    return CatalogueError("CATALOGUE_CONTRADICTION", message, "Correct the declaration in schema/policy/.")
