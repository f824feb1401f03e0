"""What many rows amount to, as data: folds over all of them, or over each group of them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from hub.query.entity import Attribute, Entity, Relation
from hub.query.rows import Comparison, Value


@dataclass(frozen=True, slots=True)
class Constant:
    """A text known beforehand, such as ``__typename``."""

    key: str
    text: str


class Fold(StrEnum):
    """How the values of many rows become one."""

    COUNT = "count"
    COUNT_DISTINCT = "countDistinct"
    SUM = "sum"
    AVERAGE = "avg"
    MINIMUM = "min"
    MAXIMUM = "max"


@dataclass(frozen=True, slots=True)
class Folded:
    """One figure: the values of an attribute folded; without an attribute, the count of rows."""

    fold: Fold
    attribute: Attribute | None = None


@dataclass(frozen=True, slots=True)
class FoldedFigure:
    """One attribute folded over all rows that meet the condition."""

    key: str
    attribute: Attribute


@dataclass(frozen=True, slots=True)
class FoldItem:
    """One fold: the count of rows, or an object of folded attributes."""

    key: str
    fold: Fold
    items: tuple[FoldedFigure | Constant, ...] = ()


@dataclass(frozen=True, slots=True)
class Aggregate:
    """What all rows that meet the condition amount to, on whatever page; in a group, what its rows do."""

    key: str
    items: tuple[FoldItem | Constant, ...]


# ---------------------------------------------------------------- groups


class Bucket(StrEnum):
    """The span of days that fall into one group; the group is known by its first day."""

    DAY = "DAY"
    MONTH = "MONTH"
    QUARTER = "QUARTER"
    YEAR = "YEAR"


class RegionLevel(StrEnum):
    """A level of regions."""

    COUNTY = "COUNTY"
    TOWNSHIP = "TOWNSHIP"
    VILLAGE = "VILLAGE"


Path = tuple[tuple[Relation, Entity], ...]  # to-one relations, followed one after the other


@dataclass(frozen=True, slots=True)
class GroupAttribute:
    """Rows are told apart by an attribute, their own or that of the row ``path`` leads to."""

    attribute: Attribute
    bucket: Bucket | None = None
    path: Path = ()


@dataclass(frozen=True, slots=True)
class GroupRegion:
    """Rows are told apart by the region of a level that they lie in; none if they lie above that level."""

    entity: Entity  # the dataset of regions, which knows their names
    level: RegionLevel
    path: Path = ()


GroupKey = GroupAttribute | GroupRegion


@dataclass(frozen=True, slots=True)
class Having:
    """Only groups whose figure compares so."""

    figure: Folded
    comparison: Comparison
    value: Value


@dataclass(frozen=True, slots=True)
class GroupSort:
    """Groups in the order of a key, by its place, or of a figure."""

    by: int | Folded
    descending: bool


class RegionFact(StrEnum):
    """What is said of a region that tells groups apart."""

    CODE = "code"
    NAME = "name"
    LEVEL = "level"


@dataclass(frozen=True, slots=True)
class RegionItem:
    """One fact of such a region."""

    key: str
    fact: RegionFact


@dataclass(frozen=True, slots=True)
class KeyFigure:
    """The value of the key at ``place``."""

    key: str
    place: int


@dataclass(frozen=True, slots=True)
class KeyRegion:
    """The region that the key at ``place`` is."""

    key: str
    place: int
    items: tuple[RegionItem | Constant, ...]


@dataclass(frozen=True, slots=True)
class KeyPart:
    """Keys that belong to a row a relation leads to."""

    key: str
    items: tuple[KeyItem, ...]


KeyItem = Constant | KeyFigure | KeyRegion | KeyPart


@dataclass(frozen=True, slots=True)
class GroupKeys:
    """What tells the group apart."""

    key: str
    items: tuple[KeyItem, ...]


@dataclass(frozen=True, slots=True)
class Groups:
    """All rows that meet the condition, divided by ``by``; an object for each group.

    ``complete``: more than ``most`` groups are refused; otherwise only so many are wanted.
    """

    key: str
    by: tuple[GroupKey, ...]
    having: tuple[Having, ...]
    order: tuple[GroupSort, ...]
    most: int
    complete: bool
    items: tuple[GroupKeys | Aggregate | Constant, ...]
