"""Which rows are asked for, as data: conditions, order and page.

A ``Slot`` stands for a value that arrives with each request; everything else is the same for all requests that share
a plan.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from hub.query.entity import Attribute, Entity, Relation


@dataclass(frozen=True, slots=True)
class Slot:
    """Where, in the variables of a request, a value stands."""

    path: tuple[str | int, ...]


Scalar = str | int | float | bool | date | datetime
Value = Scalar | Slot | tuple["Scalar | Slot", ...]


class Comparison(StrEnum):
    """How a condition compares an attribute with a value."""

    EQUAL = "eq"
    NOT_EQUAL = "ne"
    IN = "in"
    LESS = "lt"
    LESS_OR_EQUAL = "lte"
    GREATER = "gt"
    GREATER_OR_EQUAL = "gte"
    STARTS_WITH = "startsWith"
    HAS = "has"
    IS_NULL = "isNull"


class Quantifier(StrEnum):
    """How many related rows must meet a condition."""

    SOME = "some"
    NONE = "none"
    EVERY = "every"


@dataclass(frozen=True, slots=True)
class Compare:
    """An attribute compared with a value. A missing value meets nothing but ``isNull`` and ``ne``."""

    attribute: Attribute
    comparison: Comparison
    value: Value


@dataclass(frozen=True, slots=True)
class All:
    """Every condition holds; true when there is none."""

    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Either:
    """At least one condition holds; false when there is none."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The condition does not hold."""

    condition: Condition


@dataclass(frozen=True, slots=True)
class Related:
    """Related rows meet the condition."""

    relation: Relation
    entity: Entity
    quantifier: Quantifier
    condition: Condition


Condition = Compare | All | Either | Not | Related


@dataclass(frozen=True, slots=True)
class SortKey:
    """An attribute to order by, of the row itself or of the row that ``path`` of to-one relations leads to.

    Missing values come last when ascending and first when descending, as in an index.
    """

    attribute: Attribute
    descending: bool = False
    path: tuple[tuple[Relation, Entity], ...] = ()

    @property
    def nullable(self) -> bool:
        """Whether a row may have no value here."""
        return bool(self.path) or not self.attribute.required


@dataclass(frozen=True, slots=True)
class Page:
    """How many rows, from which end, and between which cursors.

    ``size`` is part of the plan, not a value of the request: PostgreSQL plans a ``limit`` it knows much better.
    """

    size: int
    backward: bool = False
    after: Value | None = None
    before: Value | None = None


@dataclass(frozen=True, slots=True)
class About:
    """A household, and where it is looked up: who asks about it must be able to see that it is there."""

    household: Value
    entity: Entity


@dataclass(frozen=True, slots=True)
class Rows:
    """Some rows of one entity, in a total order.

    ``about`` names the household of which the disclosure log is asked, where it is.
    """

    entity: Entity
    condition: Condition
    order: tuple[SortKey, ...]
    page: Page
    about: About | None = None
