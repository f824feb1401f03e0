"""Where a page begins: order, cursor values and the predicate for the rows beyond a cursor."""

from __future__ import annotations

from dataclasses import dataclass

from hub.query.cursor import CursorShape
from hub.query.parameters import CursorPart
from hub.query.plan import Rows, SortKey, Value
from hub.query.values import cast_of
from hub.query.writer import Writer, column, table


@dataclass(frozen=True, slots=True)
class SortedColumn:
    """One key of an order as SQL."""

    expression: str
    key: SortKey


def sorted_columns(writer: Writer, rows: Rows, alias: str) -> tuple[list[SortedColumn], str]:
    """The keys of the order of ``rows``, read from ``alias``, and the joins that the order's relations need."""
    found: list[SortedColumn] = []
    joins = ""
    for key in rows.order:
        owner = alias
        for relation, entity in key.path:
            other = writer.alias()
            joins += f" left join {table(entity, other)} on {writer.link(relation, entity, owner, other)}"
            owner = other
        found.append(SortedColumn(column(owner, key.attribute.column), key))
    return found, joins


def order_by(columns: list[SortedColumn], *, backward: bool) -> str:
    """The order of the scan: reversed when the page is counted from the end."""
    return ", ".join(f"{item.expression} {'desc' if item.key.descending != backward else 'asc'}" for item in columns)


def cursor_keys(columns: list[SortedColumn]) -> str:
    """The values a cursor holds, as a JSON array."""
    return "json_build_array(" + ", ".join(item.expression for item in columns) + ")"


def cursor_text(keys: str, digest: str) -> str:
    """A cursor from its values: JSON in base64url without padding."""
    held = f"""'["{digest}",' || substr({keys}::text, 2)"""
    return rf"translate(encode(convert_to({held}, 'UTF8'), 'base64'), E'+/=\n', '-_')"


def beyond(writer: Writer, columns: list[SortedColumn], cursor: Value, shape: CursorShape, *, backward: bool) -> str:
    """The rows that come after the cursor in scan order (before it, if ``backward``)."""
    values = [
        writer.parameter(CursorPart(cursor, shape, index), cast_of(item.key.attribute.type))
        for index, item in enumerate(columns)
    ]
    falling = [item.key.descending != backward for item in columns]
    if not any(item.key.nullable for item in columns) and len(set(falling)) == 1:
        left = ", ".join(item.expression for item in columns)
        return f"({left}) {'<' if falling[0] else '>'} ({', '.join(values)})"
    found = _past(columns[-1], values[-1], falling=falling[-1])
    for item, value, falls in reversed(list(zip(columns[:-1], values[:-1], falling[:-1], strict=True))):
        found = f"({_past(item, value, falling=falls)} or ({_same(item, value)} and {found}))"
    # The leading bound is implied by the rest, but only it can reach an index.
    return f"{_bound(columns[0], values[0], falling=falling[0])} and {found}"


def _past(item: SortedColumn, value: str, *, falling: bool) -> str:
    name = item.expression
    plain = f"{name} {'<' if falling else '>'} {value}"
    if not item.key.nullable:
        return plain
    if falling:
        return f"({plain} or ({value} is null and {name} is not null))"
    return f"({plain} or ({name} is null and {value} is not null))"


def _same(item: SortedColumn, value: str) -> str:
    return f"{item.expression} {'is not distinct from' if item.key.nullable else '='} {value}"


def _bound(item: SortedColumn, value: str, *, falling: bool) -> str:
    plain = f"{item.expression} {'<=' if falling else '>='} {value}"
    if not item.key.nullable:
        return plain
    return f"({plain} or {value} is null)" if falling else f"({plain} or {item.expression} is null)"
