"""How one column is read, compared and shown in SQL, by its type alone."""

from __future__ import annotations

from hub.catalog.field import FieldType

_CASTS = {
    FieldType.MONEY: "bigint",
    FieldType.RATE: "bigint",
    FieldType.INTEGER: "bigint",
    FieldType.BOOLEAN: "boolean",
    FieldType.DATE: "date",
    FieldType.TIMESTAMP: "timestamptz",
}


def cast_of(kind: FieldType) -> str:
    """The PostgreSQL type that a parameter compared with such a column has."""
    return _CASTS.get(kind, "text")


def shown(column: str, kind: FieldType) -> str:
    """The column as it stands in an answer."""
    if kind is FieldType.MONEY:
        return f"({column} * 0.01)::text"
    if kind is FieldType.RATE:
        return f"trim_scale({column} * 0.0001)::text"
    if kind is FieldType.TIMESTAMP:
        return instant(column)
    return column


def instant(column: str) -> str:
    """An instant as ISO 8601 in UTC, to the millisecond, whatever the session's time zone."""
    return f"""to_char({column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')"""
