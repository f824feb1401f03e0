"""What an operation asks for, as data: no document, no SQL, no user. Frozen, so that it can be cached and compared.

Which rows stands in ``rows.py``, what they amount to in ``folds.py``; both can be had from here too.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from hub.query.entity import Attribute, Entity, Relation
from hub.query.folds import Aggregate, Constant, Fold, FoldedFigure, FoldItem, Groups
from hub.query.rows import (
    About,
    All,
    Compare,
    Comparison,
    Condition,
    Either,
    Not,
    Page,
    Quantifier,
    Related,
    Rows,
    Scalar,
    Slot,
    SortKey,
    Value,
)

# ---------------------------------------------------------------- what an answer holds


@dataclass(frozen=True, slots=True)
class Figure:
    """The value of an attribute."""

    key: str
    attribute: Attribute


@dataclass(frozen=True, slots=True)
class ToOne:
    """The one row a relation leads to."""

    key: str
    relation: Relation
    record: Record


@dataclass(frozen=True, slots=True)
class ToMany:
    """A page of the rows a relation leads to."""

    key: str
    relation: Relation
    connection: Connection


@dataclass(frozen=True, slots=True)
class ToAll:
    """All rows a relation leads to, as a plain list; only for relations that are short by nature."""

    key: str
    relation: Relation
    record: Record


class SourceFact(StrEnum):
    """What is known of the row a record came from."""

    AGENCY = "agency"
    KIND = "kind"
    DELIVERY = "delivery"
    SHEET = "sheet"
    ROW = "row"
    RECORDED_AT = "recordedAt"


@dataclass(frozen=True, slots=True)
class SourceItem:
    """One fact of a source."""

    key: str
    fact: SourceFact


@dataclass(frozen=True, slots=True)
class Source:
    """Where a record came from."""

    key: str
    items: tuple[SourceItem | Constant, ...]


RecordItem = Constant | Figure | ToOne | ToMany | ToAll | Source


@dataclass(frozen=True, slots=True)
class Record:
    """What is wanted of one row of an entity."""

    entity: Entity
    items: tuple[RecordItem, ...]


class PageFact(StrEnum):
    """What can be said of a page."""

    HAS_NEXT = "hasNextPage"
    HAS_PREVIOUS = "hasPreviousPage"
    START = "startCursor"
    END = "endCursor"


@dataclass(frozen=True, slots=True)
class PageItem:
    """One fact of a page."""

    key: str
    fact: PageFact


@dataclass(frozen=True, slots=True)
class PageInfo:
    """What is wanted to know of the page."""

    key: str
    items: tuple[PageItem | Constant, ...]


@dataclass(frozen=True, slots=True)
class TotalCount:
    """How many rows meet the condition, on whatever page."""

    key: str


@dataclass(frozen=True, slots=True)
class Nodes:
    """The rows of the page."""

    key: str
    record: Record


@dataclass(frozen=True, slots=True)
class CursorOf:
    """The cursor of one row."""

    key: str


@dataclass(frozen=True, slots=True)
class NodeOf:
    """The row of one edge."""

    key: str
    record: Record


@dataclass(frozen=True, slots=True)
class Edges:
    """The rows of the page with their cursors."""

    key: str
    items: tuple[CursorOf | NodeOf | Constant, ...]


ConnectionItem = Constant | TotalCount | Nodes | Edges | PageInfo | Aggregate | Groups


@dataclass(frozen=True, slots=True)
class Connection:
    """A page of rows and what is wanted of it."""

    rows: Rows
    items: tuple[ConnectionItem, ...]


# ---------------------------------------------------------------- the ledger


class Grouping(StrEnum):
    """What a ledger is split by."""

    TOWNSHIP = "TOWNSHIP"
    VILLAGE = "VILLAGE"
    MONTH = "MONTH"


@dataclass(frozen=True, slots=True)
class LedgerDay:
    """The day the figures are of."""

    key: str


@dataclass(frozen=True, slots=True)
class LedgerRegion:
    """The region the figures are of."""

    key: str
    record: Record


@dataclass(frozen=True, slots=True)
class LedgerFigure:
    """One indicator: a measure, or a measure ÷ another in per cent."""

    key: str
    measure: str
    is_money: bool
    denominator: str | None = None


@dataclass(frozen=True, slots=True)
class NamedFigure:
    """The sum of measures as text, or that sum ÷ another; null if there is nothing to sum.

    ``of_month``: only what was added to the measures since the month began.
    """

    key: str
    measures: tuple[str, ...]
    is_money: bool
    denominators: tuple[str, ...] = ()
    is_percent: bool = True
    of_month: bool = False


@dataclass(frozen=True, slots=True)
class Wording:
    """Words or a number of a definition: from the catalogue, never from a request."""

    key: str
    value: str | int


@dataclass(frozen=True, slots=True)
class LedgerGroup:
    """Indicators that are read together."""

    key: str
    items: tuple[LedgerFigure | LedgerGroup | Constant, ...]


@dataclass(frozen=True, slots=True)
class LedgerGroups:
    """One ledger per part; empty if nothing is grouped by."""

    key: str
    items: tuple[LedgerItem, ...]


LedgerItem = Constant | LedgerDay | LedgerRegion | LedgerFigure | NamedFigure | Wording | LedgerGroup | LedgerGroups


# ---------------------------------------------------------------- roots


@dataclass(frozen=True, slots=True)
class SingleRoot:
    """The one row with a natural key."""

    key: str
    condition: Condition
    record: Record


@dataclass(frozen=True, slots=True)
class ListRoot:
    """A page of an entity."""

    key: str
    connection: Connection


@dataclass(frozen=True, slots=True)
class LedgerRoot:
    """The monitoring ledger of one region, as of the end of a day."""

    key: str
    region: Value
    as_of: Value
    grouping: Grouping | None
    items: tuple[LedgerItem, ...]
    region_entity: Entity


Root = SingleRoot | ListRoot | LedgerRoot


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything an operation asks the database for; one root per response key."""

    roots: tuple[Root, ...]


@dataclass(frozen=True, slots=True)
class RowScope:
    """Which rows may be read: the actor's county, and below it only codes that begin with its region.

    The values themselves travel as parameters; ``whole_county`` is part of the statement's text.
    """

    whole_county: bool


@dataclass(frozen=True, slots=True)
class RestrictedPlan:
    """A plan with the rows it may read and the attributes it may read only in part. SQL is made from nothing else.

    ``agreements`` names those it is answered under, for the disclosure log; ``reader`` is the database's role that may
    read this much. ``smallest_groups``: about how many households the figures of each root must be to be told; 0 for
    any, and empty if that is so for all. ``of_anyone``: the log may be asked about households that the asker cannot
    see.
    """

    plan: Plan
    rows: RowScope
    masked: frozenset[tuple[str, str]]  # entity, attribute
    agreements: tuple[str, ...] = ()
    reader: str = "none"
    smallest_groups: tuple[int, ...] = ()
    of_anyone: bool = False


__all__ = [
    "About",
    "Aggregate",
    "All",
    "Compare",
    "Comparison",
    "Condition",
    "Connection",
    "ConnectionItem",
    "Constant",
    "CursorOf",
    "Edges",
    "Either",
    "Figure",
    "Fold",
    "FoldItem",
    "FoldedFigure",
    "Grouping",
    "Groups",
    "LedgerDay",
    "LedgerFigure",
    "LedgerGroup",
    "LedgerGroups",
    "LedgerItem",
    "LedgerRegion",
    "LedgerRoot",
    "ListRoot",
    "NamedFigure",
    "NodeOf",
    "Nodes",
    "Not",
    "Page",
    "PageFact",
    "PageInfo",
    "PageItem",
    "Plan",
    "Quantifier",
    "Record",
    "RecordItem",
    "Related",
    "RestrictedPlan",
    "Root",
    "RowScope",
    "Rows",
    "Scalar",
    "SingleRoot",
    "Slot",
    "SortKey",
    "Source",
    "SourceFact",
    "SourceItem",
    "ToAll",
    "ToMany",
    "ToOne",
    "TotalCount",
    "Value",
    "Wording",
]
