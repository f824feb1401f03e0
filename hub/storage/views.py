"""Records as they are read: a view of each dataset, with what is masked beside what is clear, column by column granted.

Masks are applied here and nowhere else, so that a role without the clear column cannot come by it. The views are read
as their owner, whom row security binds to the claims of the transaction.
"""

# ruff: noqa: S608 -- identifiers come from the catalogue

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from hub.catalog.dataset import Dataset
from hub.catalog.field import Mask
from hub.catalog.registry import COUNTY, HOUSEHOLD, RECORDED_IN, REGION, SOURCE_PART, SOURCE_ROW, WRITTEN_IN, Catalogue
from hub.storage.claims import dataset_claim, rule_claim
from hub.storage.columns import computed_columns, record_columns
from hub.storage.roles import READERS, VIEWER

SCHEMA = "shown"
MASKED = "_masked"

# How many characters stay readable at either end.
_KEPT = {Mask.IDENTITY_NUMBER: (6, 4), Mask.PHONE: (3, 4), Mask.ACCOUNT: (6, 4), Mask.NAME: (1, 0)}
# What every reader of a dataset needs of it: whose row it is, where it lies and where it came from.
_ALWAYS = (COUNTY, HOUSEHOLD, REGION, SOURCE_PART, SOURCE_ROW, RECORDED_IN, WRITTEN_IN)

# The disclosure log as it is read: who households are, by pseudonym, is not in it. Entries about one are given by the
# function shown.disclosures_about to who knows its pseudonyms. Days are those of China's one time.
_ENTRY = {
    "county": "county",
    "disclosed_at": "disclosed_at",
    "entry_id": '(entry_id::text collate "C")',
    "disclosed_on": "(disclosed_at at time zone 'Asia/Shanghai')::date",
    **dict.fromkeys(("door", "client", "staff", "role", "agency", "purpose")),
    "agreements": "coalesce(string_to_array(agreement, ' '), '{}')",
    **dict.fromkeys(("operation_name", "datasets", "fields", "masked")),
}
LOG_VIEWS: Mapping[str, Mapping[str, str]] = {
    name: {column: expression or column for column, expression in columns.items()}
    for name, columns in {
        "disclosure": {
            **_ENTRY,
            **dict.fromkeys(("outcome", "code", "dataset")),
            "client_region": "region",
            "row_count": None,
            "households": "cardinality(subjects)",
            **dict.fromkeys(("part", "request_id")),
            **{name: f"encode({name}, 'hex')" for name in ("operation_digest", "request_digest", "response_digest")},
        },
        "checkpoint": {
            **dict.fromkeys(("county", "checkpoint_id", "size")),
            "root": "split_part(note, e'\\n', 3)",
            "signed_at": None,
        },
        "cosignature": {
            **dict.fromkeys(("county", "cosignature_id")),
            "witness": "split_part(witness, '+', 1)",
            **dict.fromkeys(("size", "cosigned_at", "received_at")),
        },
        "log_alarm": dict.fromkeys(("county", "hour", "kind", "client", "staff", "message", "raised_at")),
        "disagreement": {
            **dict.fromkeys(("county", "disagreement_id")),
            "witness": "split_part(witness, '+', 1)",
            **dict.fromkeys(("report", "reported_at", "received_at")),
        },
    }.items()
}


def masked(column: str, mask: Mask) -> str:
    """Only the ends of a text; nothing of one that is too short to have a middle."""
    head, tail = _KEPT[mask]
    kept = head + tail
    middle = f"repeat('*', length({column}) - {kept})"
    return (
        f"case when length({column}) > {kept} then left({column}, {head}) || {middle} || right({column}, {tail}) "
        f"else repeat('*', length({column})) end"
    )


def _columns(dataset: Dataset) -> tuple[str, ...]:
    if not dataset.is_computed:
        return record_columns(dataset)
    lineage = (SOURCE_PART, SOURCE_ROW, RECORDED_IN) if dataset.is_sourced else ()
    # Which of a journal's rows are whole already is told by the transaction that wrote them.
    return (*computed_columns(dataset), *lineage, *((WRITTEN_IN,) if dataset.is_journal else ()))


def view_statements(dataset: Dataset) -> Iterator[str]:
    """The view of one dataset."""
    columns = [f'"{name}"' for name in _columns(dataset)]
    for item in dataset.fields:
        if item.mask is not None:
            quoted = f'"{item.name}"'
            columns.append(f'{masked(quoted, item.mask)} as "{item.name}{MASKED}"')
    source = f"{'computed' if dataset.is_computed else 'record'}.{dataset.name}"
    claim = dataset_claim(dataset.name)
    if dataset.of_rule:
        claim += f" and {rule_claim(dataset.of_rule)}"
    yield f"create view {SCHEMA}.{dataset.name} as select {', '.join(columns)} from {source} where {claim}"


def statements(catalogue: Catalogue) -> Iterator[str]:
    """Every view, made as its owner."""
    yield f"grant usage on schema {SCHEMA} to {READERS}"
    for dataset in catalogue:
        yield from view_statements(dataset)
    for name, columns in LOG_VIEWS.items():
        listed = ", ".join(f'{expression} as "{column}"' for column, expression in columns.items())
        yield f"create view {SCHEMA}.{name} as select {listed} from audit.{name} where {dataset_claim(name)}"


def grants(catalogue: Iterable[Dataset], wanted: Mapping[str, Mapping[str, Collection[str]]]) -> Iterator[str]:
    """What gives each role exactly its columns (role → dataset → columns), given as the owner of the views.

    A column is granted once, to all its roles: the catalogue of the database is written for every grant of each.
    """
    everybody = ", ".join(wanted)
    for name, columns in _every_view(catalogue):
        readers = {role: held[name] for role, held in wanted.items() if name in held}
        alike: dict[tuple[str, ...], list[str]] = {}
        for column in columns:
            roles = tuple(readers) if column in _ALWAYS else tuple(r for r in readers if column in readers[r])
            alike.setdefault(roles, []).append(column)
        yield f"revoke select ({_listed(columns)}) on {SCHEMA}.{name} from {everybody}"
        for roles, given in alike.items():
            if roles:
                yield f"grant select ({_listed(given)}) on {SCHEMA}.{name} to {', '.join(roles)}"


def _every_view(catalogue: Iterable[Dataset]) -> Iterator[tuple[str, list[str]]]:
    """Each view with its columns."""
    for dataset in catalogue:
        masks = (f"{item.name}{MASKED}" for item in dataset.fields if item.mask is not None)
        yield dataset.name, [*_columns(dataset), *masks]
    for name, columns in LOG_VIEWS.items():
        yield name, list(columns)


def _listed(columns: Collection[str]) -> str:
    return ", ".join(f'"{name}"' for name in columns)


__all__ = ["MASKED", "SCHEMA", "VIEWER", "grants", "masked", "statements", "view_statements"]
