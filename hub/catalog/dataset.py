"""One dataset of the catalogue (政务信息资源目录): its agency of record, its key, its fields, its links."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from hub.catalog.field import Field


class Agency(StrEnum):
    """Who is the system of record."""

    BANK = "BANK"  # rural commercial bank 农商行
    FINANCE = "FINANCE"  # finance bureau 财政局
    RELIEF = "RELIEF"  # migration and poverty-relief bureau 生态移民局(扶贫办)
    HUB = "HUB"  # computed here


class ContractMode(StrEnum):
    """What happens when a delivery does not fit the contract."""

    EVOLVE = "evolve"  # unknown columns are noted and ignored
    FREEZE = "freeze"  # an unknown column refuses the delivery
    DISCARD_VALUE = "discard_value"  # a bad optional value becomes empty, with a quarantine entry
    DISCARD_ROW = "discard_row"  # a bad value sends its row to quarantine


@dataclass(frozen=True, slots=True)
class Link:
    """A relation to the row of ``target`` whose fields equal ours, within the same county.

    ``inverse`` is the name of the way back (a list, or one row if ``inverse_one``).
    """

    name: str
    target: str
    on: Mapping[str, str]  # our field -> the target's field
    zh: str
    inverse: str
    inverse_zh: str
    inverse_one: bool = False


@dataclass(frozen=True, slots=True)
class Through:
    """Take household and region from the row of another dataset whose fields equal ours."""

    dataset: str
    on: Mapping[str, str]  # our field -> the other dataset's field


@dataclass(frozen=True, slots=True)
class Placement:
    """How a row learns which household and which region it belongs to.

    ``region_field`` names our own field with the region code; else ``through`` is tried in order, the first hit
    wins, and a row without any hit belongs to the county as a whole with no household. Where the first of ``through``
    leads nowhere, a person may have said to which row of ``decided`` (a dataset with a key of one field) it belongs.
    """

    region_field: str | None = None
    through: tuple[Through, ...] = ()
    decided: str | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """Two fields of one row compared; a row that fails goes to quarantine with ``reason``."""

    left: str
    operator: str  # one of >= > <= <
    right: str
    reason: str


@dataclass(frozen=True, slots=True)
class Dataset:
    """What one kind of record is, who is its authority, and how its rows are told apart.

    ``key`` is unique within a county. ``full``: a delivery holds every record, so one that is missing from it
    has been withdrawn by its agency; otherwise a delivery only adds and changes. ``happened_on`` names the field with
    the day a record is about, where it is about one. ``looked_up`` names fields by which the rules find records, which
    no question filters by. A dataset of the hub itself is computed by ``hub/rules`` from
    what the agencies say: nobody delivers it, it has no source row and no history.
    Of a computed dataset: ``hidden`` fields are kept and never served; ``is_sourced`` rows know the source row of the
    record they point to; a ``is_journal`` is only added to, and its rows can be followed in the order of commitment;
    ``is_common`` rows belong to no region, and everybody in the county may read them. ``of_rule`` names the field that
    begins with the code of the rule a row comes from: an agreement may leave rules out.
    """

    name: str
    plural: str
    zh: str
    en: str
    about: str
    about_zh: str
    agency: Agency
    key: tuple[str, ...]
    fields: tuple[Field, ...]
    placement: Placement
    links: tuple[Link, ...] = ()
    checks: tuple[Check, ...] = ()
    full: bool = True
    happened_on: str = ""
    mode: ContractMode = ContractMode.DISCARD_ROW
    looked_up: tuple[str, ...] = ()
    hidden: tuple[Field, ...] = ()
    is_sourced: bool = False
    is_journal: bool = False
    is_common: bool = False
    of_rule: str = ""

    def field(self, name: str) -> Field:
        """The field called ``name``; ``KeyError`` if there is none."""
        for item in self.fields:
            if item.name == name:
                return item
        raise KeyError(name)

    @property
    def is_computed(self) -> bool:
        """Whether the hub works it out instead of being told."""
        return self.agency is Agency.HUB

    @property
    def field_names(self) -> tuple[str, ...]:
        """All declared field names, in declaration order."""
        return tuple(item.name for item in self.fields)
