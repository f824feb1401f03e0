"""How the headings of a source become the fields of a dataset: declared once, matched by name, never by position."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field
from functools import lru_cache

import polars as pl

from connectors.heading import Heading, comparable, fold, nearest, without_unit
from hub.catalog.dataset import ContractMode, Dataset
from hub.catalog.field import FieldType
from hub.errors import CatalogueError, ContractError
from hub.sync.handover import ROW, Column, Part, Unit
from schema import CATALOGUE

_log = logging.getLogger(__name__)

_MONEY_UNITS = {Unit.FEN, Unit.YUAN, Unit.TEN_THOUSAND_YUAN}


@dataclass(frozen=True, slots=True)
class Taken:
    """One field and the headings it may stand under; see ``take``."""

    field: str
    headings: tuple[str, ...]
    unit: Unit
    codes: MappingOf[str, str]
    optional: bool
    blank_down: bool


def take(
    field_name: str,
    *headings: str,
    unit: Unit = Unit.NONE,
    codes: MappingOf[str, str] | None = None,
    optional: bool = False,
    blank_down: bool = False,
) -> Taken:
    """Take ``field_name`` from the one column whose heading is among ``headings`` (spellings of the same thing).

    A heading under a group may be written ``group/name``. ``unit`` holds where the source states none.
    ``codes`` maps source values to our codes, beside the catalogue's own words and codes. ``optional``: the
    source may lack the column. ``blank_down``: an empty cell repeats the one above, as merged cells do.
    """
    return Taken(field_name, headings, unit, dict(codes or {}), optional, blank_down)


@dataclass(frozen=True, slots=True)
class Only:
    """Rows to take from a source that holds more: those with one of ``values`` under ``heading``."""

    heading: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mapping:
    """What one source's table holds of one dataset.

    ``constants`` are fields the source leaves unsaid because all its rows share them. ``ignored`` headings are
    known and not wanted; any other heading is noted in the log, or refused where the dataset's contract is frozen.
    ``once``: rows alike in everything taken are one row (a household repeated for each of its members).

    Raises ``CatalogueError`` when declared against the catalogue: unknown field or code, required field left out.
    """

    dataset: str
    fields: tuple[Taken, ...]
    constants: MappingOf[str, str] = field(default_factory=dict[str, str])
    ignored: tuple[str, ...] = ()
    only: Only | None = None
    once: bool = False

    def __post_init__(self) -> None:
        dataset = CATALOGUE[self.dataset]
        given = [taken.field for taken in self.fields] + list(self.constants)
        for name in given:
            if name not in dataset.field_names:
                raise _misdeclared(dataset, f"has no field {name!r}")
            if given.count(name) > 1:
                raise _misdeclared(dataset, f"gets {name!r} twice")
        for taken in self.fields:
            declared = dataset.field(taken.field)
            if not set(taken.codes.values()) <= set(declared.codes):
                raise _misdeclared(dataset, f"has other codes in {taken.field!r}")
        lacking = [item.name for item in dataset.fields if item.required and item.name not in given]
        if lacking:
            raise _misdeclared(dataset, f"needs {', '.join(lacking)}")

    def fit(self, headings: Sequence[Heading], where: str, sheet: str | None = None) -> Fitted:
        """Match a source's headings; ``where`` names the file, sheet, table or endpoint in refusals.

        Raises ``ContractError`` naming every heading that is missing (with the nearest ones), ambiguous, in a unit
        nobody stated, or, under a frozen contract, unknown.
        """
        found, missing = self._search(headings, where)
        if missing:
            raise _missing(missing, headings, where, self.dataset)
        self._note_unknown(headings, found.values(), where)
        columns = tuple(self._column(taken, found[taken.field], where) for taken in self.fields if taken.field in found)
        constants = tuple(Column(name, f"#{name}", "") for name in self.constants)
        part = Part(self.dataset, sheet, columns + constants)
        blank_down = tuple(found[t.field].label for t in self.fields if t.blank_down and t.field in found)
        return Fitted(self, part, _only_label(self, headings, where), blank_down)

    def score(self, names: frozenset[str]) -> int:
        """How many fields could stand under these comparable names; tells a header row from the rows around it."""
        return sum(1 for taken in self.fields if not _comparable_names(taken.headings).isdisjoint(names))

    def _search(self, headings: Sequence[Heading], where: str) -> tuple[dict[str, Heading], list[Taken]]:
        found: dict[str, Heading] = {}
        missing: list[Taken] = []
        for taken in self.fields:
            matches = _matches(taken.headings, headings)
            if len(matches) > 1:
                places = ", ".join(f"{match.label} ({match.cell})" for match in matches)
                raise ContractError(
                    "SOURCE_HEADING_AMBIGUOUS",
                    f"{where}: {taken.field} could stand under several headings: {places}.",
                    "Name the one that is meant in the connector's mapping, with its group: 'group/name'.",
                )
            if matches:
                found[taken.field] = matches[0]
            elif not taken.optional:
                missing.append(taken)
        return found, missing

    def _note_unknown(self, headings: Sequence[Heading], used: Iterable[Heading], where: str) -> None:
        labels = {item.label for item in used}
        ignored = {fold(name) for name in self.ignored}
        if self.only is not None:
            ignored.add(fold(self.only.heading))
        unknown = [h.label for h in headings if h.label not in labels and not {fold(h.name), fold(h.label)} & ignored]
        if not unknown:
            return
        if CATALOGUE[self.dataset].mode is ContractMode.FREEZE:
            raise ContractError(
                "SOURCE_HEADING_UNKNOWN",
                f"{where}: unknown headings {', '.join(unknown)}; the contract of {self.dataset} allows none.",
                "Add them to the connector's mapping, or to its ignored headings.",
            )
        _log.info("%s: headings not in the mapping of %s: %s", where, self.dataset, ", ".join(unknown))

    def _column(self, taken: Taken, found: Heading, where: str) -> Column:
        declared = CATALOGUE[self.dataset].field(taken.field)
        unit = taken.unit
        if declared.type is FieldType.MONEY:
            unit = _money_unit(taken, found, where)
        elif declared.type is FieldType.RATE and found.unit not in _MONEY_UNITS | {Unit.NONE}:
            unit = found.unit
        codes = {word: code for code, words in declared.codes.items() for word in (code, words.zh)}
        return Column(taken.field, found.label, found.cell, unit, {**codes, **taken.codes})


class Fitted:
    """A mapping matched to one table: turns frames of its labels into rows of one part."""

    def __init__(self, mapping: Mapping, part: Part, only_label: str | None, blank_down: tuple[str, ...]) -> None:
        self.part = part
        self.blank_down = blank_down
        self._only = (only_label, mapping.only.values) if only_label is not None and mapping.only else None
        self._labels = list(dict.fromkeys(c.heading for c in part.columns if c.field not in mapping.constants))
        self._constants = [pl.lit(text).alias(f"#{name}") for name, text in mapping.constants.items()]
        self._seen: set[int] | None = set() if mapping.once else None

    @property
    def labels(self) -> tuple[str, ...]:
        """The columns of the source this needs, each once."""
        return tuple(self._labels) + ((self._only[0],) if self._only else ())

    def rows(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The rows of ``frame`` that belong to the part: its headings as ``String``, constants, and ``ROW``."""
        if self._only is not None:
            label, values = self._only
            frame = frame.filter(pl.col(label).str.normalize("NFKC").str.strip_chars().is_in(values))
        rows = frame.select(ROW, *self._labels)
        if self._seen is not None:
            rows = self._first_of_each(rows, self._seen)
        return rows.with_columns(self._constants) if self._constants else rows

    def _first_of_each(self, rows: pl.DataFrame, seen: set[int]) -> pl.DataFrame:
        # Two 64-bit hashes: with one alone, a collision among millions of rows could swallow a row.
        content = rows.drop(ROW)
        keep: list[bool] = []
        for one, other in zip(content.hash_rows(seed=1).to_list(), content.hash_rows(seed=2).to_list(), strict=True):
            key = one << 64 | other
            keep.append(key not in seen)
            seen.add(key)
        return rows.filter(pl.Series(keep, dtype=pl.Boolean))


@lru_cache(maxsize=4096)
def _comparable_names(headings: tuple[str, ...]) -> frozenset[str]:
    names = [*headings, *(name.rpartition("/")[2] for name in headings)]
    return frozenset(comparable(name) for name in names)


def _matches(wanted: Iterable[str], headings: Sequence[Heading]) -> list[Heading]:
    """Headings equal to a wanted one: with their group if any is, else by name alone, else apart from their unit."""
    full = {fold(name) for name in wanted}
    bare = {without_unit(name) for name in full}
    ways: tuple[Callable[[Heading], bool], ...] = (
        lambda heading: fold(heading.label) in full,
        lambda heading: fold(heading.name) in full,
        lambda heading: without_unit(fold(heading.label)) in bare,
        lambda heading: without_unit(fold(heading.name)) in bare,
    )
    found = ([heading for heading in headings if is_equal(heading)] for is_equal in ways)
    return next((some for some in found if some), [])


def _only_label(mapping: Mapping, headings: Sequence[Heading], where: str) -> str | None:
    if mapping.only is None:
        return None
    matches = _matches((mapping.only.heading,), headings)
    if len(matches) != 1:
        wanted = Taken("", (mapping.only.heading,), Unit.NONE, {}, optional=False, blank_down=False)
        raise _missing([wanted], headings, where, mapping.dataset)
    return matches[0].label


def _money_unit(taken: Taken, found: Heading, where: str) -> Unit:
    if found.foreign_unit:
        raise ContractError(
            "SOURCE_UNIT_UNKNOWN",
            f"{where}: {found.label} is stated in {found.foreign_unit}, which the hub does not convert.",
            "Ask the agency for 元 or 万元.",
        )
    unit = found.unit if found.unit in _MONEY_UNITS else taken.unit
    if unit not in _MONEY_UNITS:
        raise ContractError(
            "SOURCE_UNIT_MISSING",
            f"{where}: nothing states whether {found.label} is in 元 or 万元.",
            "Declare the unit in the connector's mapping after asking the agency.",
        )
    return unit


def _missing(missing: Sequence[Taken], headings: Sequence[Heading], where: str, dataset: str) -> ContractError:
    names = [h.label for h in headings]
    near = [
        f"for {taken.headings[0]} the nearest are {', '.join(close)}"
        for taken in missing
        if (close := nearest(taken.headings[0], names))
    ]
    return ContractError(
        "SOURCE_HEADING_MISSING",
        f"{where}: no heading for {', '.join(taken.headings[0] for taken in missing)} of {dataset}.",
        f"Add the spelling to the connector's mapping or ask the agency; {'; '.join(near) or 'none is near'}.",
    )


def _misdeclared(dataset: Dataset, fault: str) -> CatalogueError:
    return CatalogueError(
        "CATALOGUE_MAPPING", f"A mapping is wrong: {dataset.name} {fault}.", "Correct the connector's mapping."
    )
