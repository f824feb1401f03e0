"""What a statement is written with: numbered parameters, aliases, and the only door to a table's rows."""

# ruff: noqa: S608 -- identifiers come from the catalogue, values only as numbered parameters

from __future__ import annotations

import re
from collections.abc import Sequence

from hub.catalog.registry import COUNTY, REGION
from hub.query.entity import MASKED, Attribute, Entity, Relation
from hub.query.parameters import Claim, Origin
from hub.query.plan import RestrictedPlan

_IDENTIFIER = re.compile(r"[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)?\Z")
_RESPONSE_KEY = re.compile(r"[_A-Za-z][_0-9A-Za-z]*\Z")
_LONGEST_IDENTIFIER = 63  # bytes; PostgreSQL cuts longer ones silently

EMPTY_LIST = "'[]'::json"
EMPTY_OBJECT = "'{}'::json"

Pair = tuple[str, str]  # response key, SQL expression


class Writer:
    """Collects the parameters of one statement while its text is written."""

    def __init__(self, restricted: RestrictedPlan) -> None:
        self.restricted = restricted
        self._numbers: dict[tuple[Origin, str], int] = {}
        self._aliases = 0

    @property
    def origins(self) -> tuple[Origin, ...]:
        """Where each parameter's value comes from, in order."""
        return tuple(origin for origin, _ in self._numbers)

    def parameter(self, origin: Origin, cast: str) -> str:
        """A placeholder for ``origin``; the same one each time it is asked for."""
        number = self._numbers.setdefault((origin, cast), len(self._numbers) + 1)
        return f"${number}::{cast}"

    def alias(self) -> str:
        """A table alias not used before."""
        self._aliases += 1
        return f"t{self._aliases}"

    def rows_of(self, entity: Entity, alias: str, *, linked: bool) -> str:
        """Which rows of ``entity`` may be read at all: the first wall.

        ``linked`` rows already have the county of the row they are linked to.
        """
        found = [] if linked else [f"{alias}.{COUNTY} = {self.parameter(Claim.COUNTY, 'text')}"]
        if entity.placed and not self.restricted.rows.whole_county:
            found.append(f"{alias}.{REGION} >= {self.parameter(Claim.REGION_FROM, 'text')}")
            found.append(f"{alias}.{REGION} <= {self.parameter(Claim.REGION_TO, 'text')}")
        if entity.of_rule:
            # Rules left out stand among the datasets, each with a dash before it.
            rule = f"split_part({column(alias, entity.of_rule)}, '-', 1)"
            found.append(f"strpos({self.parameter(Claim.DATASETS, 'text')}, ',-' || {rule} || ',') = 0")
        return " and ".join(found)

    def column_of(self, entity: Entity, attribute: Attribute) -> str:
        """The column that shows ``attribute``: the one with the visible part if no more may be seen."""
        if (entity.name, attribute.name) not in self.restricted.masked:
            return attribute.column
        if attribute.mask is None:
            raise ValueError("An attribute is to be masked, but the catalogue does not say how.")
        return attribute.column + MASKED

    def link(self, relation: Relation, entity: Entity, ours: str, theirs: str) -> str:
        """The rows ``theirs`` of ``entity`` that ``relation`` leads to from ``ours``, as far as they may be read."""
        pairs = [f"{theirs}.{COUNTY} = {ours}.{COUNTY}"]
        pairs += [f"{theirs}.{identifier(target)} = {ours}.{identifier(owner)}" for owner, target in relation.pairs]
        allowed = self.rows_of(entity, theirs, linked=True)
        return " and ".join([*pairs, allowed] if allowed else pairs)


def identifier(name: str) -> str:
    """``name`` if it can stand in SQL as it is; names come from the catalogue, so anything else is our mistake."""
    if not _IDENTIFIER.match(name):
        raise ValueError("An identifier of the catalogue is not one of SQL.")
    return name


def table(entity: Entity, alias: str) -> str:
    """The entity's table under ``alias``."""
    return f"{identifier(entity.table)} {alias}"


def column(alias: str, name: str) -> str:
    """A column of ``alias``. Quoted, because a catalogue may use a word that SQL keeps for itself."""
    return f'{alias}."{identifier(name)}"'


def is_unique(relation: Relation, entity: Entity) -> bool:
    """Whether ``relation`` leads to at most one row by the table's own key."""
    return {target for _, target in relation.pairs} == set(entity.key_columns)


def json_object(pairs: Sequence[Pair], source: str = "") -> str:
    """A JSON object of ``pairs`` as one value; of the one row of ``source`` if given, null if it has none."""
    origin = f" from {source}" if source else ""
    if all(len(key) <= _LONGEST_IDENTIFIER for key, _ in pairs) and pairs:
        return f"(select row_to_json(o) from (select {named(pairs)}{origin}) o)"
    return f"(select {_spelled(pairs)}{origin})"


def fits_columns(pairs: Sequence[Pair]) -> bool:
    """Whether the response keys can be column names."""
    return bool(pairs) and all(len(key) <= _LONGEST_IDENTIFIER for key, _ in pairs)


def named(pairs: Sequence[Pair]) -> str:
    """The select list that names each expression by its response key."""
    return ", ".join(f'{expression} as "{_response_key(key)}"' for key, expression in pairs)


def _spelled(pairs: Sequence[Pair]) -> str:
    """An object written out as text, for keys that are too long to be column names, or for no keys at all."""
    if not pairs:
        return EMPTY_OBJECT
    members = [
        f"""'"{_response_key(key)}":' || coalesce(to_json({expression})::text, 'null')""" for key, expression in pairs
    ]
    return "('{' || " + " || ',' || ".join(members) + " || '}')::json"


def _response_key(key: str) -> str:
    if not _RESPONSE_KEY.match(key):
        raise ValueError("A response key is not a GraphQL name.")
    return key
