"""The whole catalogue: every dataset once, every link resolvable, every relation in both directions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from hub.catalog.dataset import Agency, Dataset, Link, Through
from hub.catalog.field import Field, FieldType
from hub.errors import CatalogueError

_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*\Z")

# Columns the hub adds to every record table, beside the declared fields.
COUNTY = "county"
HOUSEHOLD = "household_id"
REGION = "region"
SOURCE_PART = "source_part"
SOURCE_ROW = "source_row"
RECORDED_IN = "recorded_in"
# … and to every computed table: the rules' run that wrote the row; to a journal the transaction that did.
COMPUTED_IN = "computed_in"
WRITTEN_IN = "written_in"


@dataclass(frozen=True, slots=True)
class Relation:
    """One direction of a link as a reader sees it: ``owner.name`` leads to one or many rows of ``target``."""

    owner: str
    name: str
    zh: str
    target: str
    pairs: tuple[tuple[str, str], ...]  # (owner's column, target's column), county is implied
    many: bool
    same_household: bool = False  # whether both ends always belong to one household, or to none


class Catalogue:
    """All datasets, checked against each other when it is made.

    Raises ``CatalogueError`` for a duplicate or malformed name, a key or link that names an unknown field.
    """

    def __init__(self, datasets: Iterable[Dataset]) -> None:
        self._datasets: dict[str, Dataset] = {}
        for dataset in datasets:
            if dataset.name in self._datasets:
                raise _wrong(f"Dataset {dataset.name} is declared twice.")
            self._datasets[dataset.name] = dataset
        for dataset in self:
            _check_dataset(self, dataset)
        self._relations = {dataset.name: _relations(self, dataset) for dataset in self}

    def __iter__(self) -> Iterator[Dataset]:
        return iter(self._datasets.values())

    def __contains__(self, name: str) -> bool:
        return name in self._datasets

    def __getitem__(self, name: str) -> Dataset:
        try:
            return self._datasets[name]
        except KeyError:
            known = ", ".join(self._datasets)
            raise CatalogueError(
                "CATALOGUE_UNKNOWN_DATASET", f"There is no dataset {name!r}.", f"Known datasets: {known}."
            ) from None

    def of_agency(self, agency: Agency) -> tuple[Dataset, ...]:
        """The datasets ``agency`` is the system of record for, in declaration order."""
        return tuple(dataset for dataset in self if dataset.agency is agency)

    def delivered(self) -> tuple[Dataset, ...]:
        """The datasets that agencies deliver, in declaration order."""
        return tuple(dataset for dataset in self if not dataset.is_computed)

    def computed(self) -> tuple[Dataset, ...]:
        """The datasets the hub works out itself, in declaration order."""
        return self.of_agency(Agency.HUB)

    def relations(self, dataset: str) -> tuple[Relation, ...]:
        """Every relation that starts at ``dataset``: its own links, then the ways back from other datasets."""
        return self._relations[self[dataset].name]


def has_household_column(dataset: Dataset) -> bool:
    """Whether the hub adds ``household_id`` to the table: the row is placed through others and does not say it."""
    return bool(dataset.placement.through) and HOUSEHOLD not in dataset.field_names


def columns_of(dataset: Dataset) -> tuple[str, ...]:
    """Every column a reader may join on: declared fields, the placed household, the region."""
    placed = (HOUSEHOLD,) if has_household_column(dataset) else ()
    return (*dataset.field_names, *placed, *(() if dataset.is_common else (REGION,)))


def _wrong(message: str) -> CatalogueError:
    return CatalogueError("CATALOGUE_CONTRADICTION", message, "Correct the declaration in schema/.")


def _check_dataset(catalogue: Catalogue, dataset: Dataset) -> None:
    _check_names(dataset)
    for item in dataset.fields:
        _check_field(dataset, item)
    known = set(columns_of(dataset))
    for name in dataset.key:
        if name not in known or not dataset.field(name).required:
            raise _wrong(f"{dataset.name}: key field {name!r} must be a required field.")
    if dataset.happened_on and dataset.field(dataset.happened_on).type is not FieldType.DATE:
        raise _wrong(f"{dataset.name}: happened_on must name a date.")
    for check in dataset.checks:
        if check.left not in known or check.right not in known:
            raise _wrong(f"{dataset.name}: a check compares an unknown field.")
    for link in dataset.links:
        _check_target(catalogue, dataset, link.target, link.on.items())
    _check_placement(catalogue, dataset)


def _check_placement(catalogue: Catalogue, dataset: Dataset) -> None:
    placement = dataset.placement
    for step in placement.through:
        _check_target(catalogue, dataset, step.dataset, step.on.items())
    decided = placement.decided
    if decided is not None and (len(catalogue[decided].key) != 1 or not placement.through):
        raise _wrong(f"{dataset.name}: what is decided by a person follows a step of through, to a key of one field.")
    if placement.region_field is not None and placement.region_field not in columns_of(dataset):
        raise _wrong(f"{dataset.name}: unknown region field.")


def _check_names(dataset: Dataset) -> None:
    names = [item.name for item in dataset.fields]
    for name in (dataset.name, dataset.plural, *names):
        if not _NAME.match(name):
            raise _wrong(f"{dataset.name}: {name!r} is not a snake_case name.")
    if len(set(names)) != len(names):
        raise _wrong(f"{dataset.name}: a field is declared twice.")


def _check_field(dataset: Dataset, item: Field) -> None:
    if (item.type is FieldType.CODE) != bool(item.codes):
        raise _wrong(f"{dataset.name}.{item.name}: a code field, and only a code field, lists its codes.")
    if item.name in {COUNTY, REGION, SOURCE_PART, SOURCE_ROW, RECORDED_IN, COMPUTED_IN, WRITTEN_IN}:
        raise _wrong(f"{dataset.name}.{item.name}: this name is kept for a column of the hub.")


def _check_target(catalogue: Catalogue, dataset: Dataset, target: str, pairs: Iterable[tuple[str, str]]) -> None:
    if target not in catalogue:
        raise _wrong(f"{dataset.name}: links to unknown dataset {target!r}.")
    ours, theirs = set(columns_of(dataset)), set(columns_of(catalogue[target]))
    for mine, other in pairs:
        if mine not in ours or other not in theirs:
            raise _wrong(f"{dataset.name}: link to {target} names an unknown field.")


def _keeps_household(catalogue: Catalogue, dataset: Dataset, link: Link) -> bool:
    """Whether a record and the one its link leads to belong to one household, whatever is delivered.

    They do if the link compares the households, or if it is what the record is placed by: the first hit wins, even one
    that has no household, and a link by the whole key has one hit at most.
    """
    if link.on.get(HOUSEHOLD) == HOUSEHOLD:
        return True
    first = dataset.placement.through[:1]
    by_key = set(link.on.values()) == set(catalogue[link.target].key)
    return by_key and HOUSEHOLD in columns_of(dataset) and first == (Through(link.target, link.on),)


def _relations(catalogue: Catalogue, dataset: Dataset) -> tuple[Relation, ...]:
    found = [
        Relation(
            dataset.name,
            link.name,
            link.zh,
            link.target,
            tuple(link.on.items()),
            many=False,
            same_household=_keeps_household(catalogue, dataset, link),
        )
        for link in dataset.links
    ]
    for other in catalogue:
        for link in other.links:
            if link.target == dataset.name:
                pairs = tuple((theirs, mine) for mine, theirs in link.on.items())
                found.append(
                    Relation(
                        dataset.name,
                        link.inverse,
                        link.inverse_zh,
                        other.name,
                        pairs,
                        many=not link.inverse_one,
                        same_household=_keeps_household(catalogue, other, link),
                    )
                )
    names = [relation.name for relation in found] + list(dataset.field_names)
    if len(set(names)) != len(names):
        raise _wrong(f"{dataset.name}: two relations or fields share a name.")
    return tuple(found)
