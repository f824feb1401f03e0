"""Conditions as SQL. Two-valued: what is missing meets nothing, and ``not`` turns that around."""

from __future__ import annotations

from hub.query.parameters import PrefixEnd
from hub.query.rows import All, Compare, Comparison, Condition, Either, Not, Quantifier, Related, Value
from hub.query.values import cast_of
from hub.query.writer import Writer, column, table

_OPERATORS = {
    Comparison.EQUAL: "=",
    Comparison.LESS: "<",
    Comparison.LESS_OR_EQUAL: "<=",
    Comparison.GREATER: ">",
    Comparison.GREATER_OR_EQUAL: ">=",
}


def condition_sql(writer: Writer, condition: Condition, alias: str) -> str:
    """``condition`` on the row ``alias``; empty if it asks for nothing."""
    match condition:
        case Compare():
            return _compare(writer, condition, alias)
        case All(conditions):
            parts = [text for text in (condition_sql(writer, item, alias) for item in conditions) if text]
            return " and ".join(parts)
        case Either(conditions):
            parts = [condition_sql(writer, item, alias) or "true" for item in conditions]
            return "(" + " or ".join(f"({part})" for part in parts) + ")" if parts else "false"
        case Not(inner):
            return f"({condition_sql(writer, inner, alias) or 'true'}) is not true"
        case Related():
            return _related(writer, condition, alias)


def _related(writer: Writer, condition: Related, alias: str) -> str:
    other = writer.alias()
    inner = condition_sql(writer, condition.condition, other)
    if condition.quantifier is Quantifier.EVERY:
        inner = f"({inner or 'true'}) is not true"
    found = writer.link(condition.relation, condition.entity, alias, other) + (f" and {inner}" if inner else "")
    negation = "" if condition.quantifier is Quantifier.SOME else "not "
    return f"{negation}exists (select from {table(condition.entity, other)} where {found})"


def _compare(writer: Writer, condition: Compare, alias: str) -> str:
    attribute = condition.attribute
    name = column(alias, attribute.column)
    comparison, cast = condition.comparison, cast_of(attribute.type)
    return compared(writer, name, comparison, (condition.value, cast), certain=attribute.required)


def compared(
    writer: Writer, name: str, comparison: Comparison, operand: tuple[Value, str], *, certain: bool = False
) -> str:
    """The expression ``name`` compared with a value of a PostgreSQL type; ``certain``: it is never missing."""
    value, cast = operand
    match comparison:
        case Comparison.IS_NULL:
            return f"{name} is null" if value else f"{name} is not null"
        case Comparison.IN:
            return f"{name} = any({writer.parameter(value, cast + '[]')})"
        case Comparison.HAS:
            return f"{writer.parameter(value, cast)} = any({name})"
        case Comparison.NOT_EQUAL:
            operator = "<>" if certain else "is distinct from"
            return f"{name} {operator} {writer.parameter(value, cast)}"
        case Comparison.STARTS_WITH:
            # As a range, which reaches the index even when the prefix is only known at run time.
            first, end = writer.parameter(value, cast), writer.parameter(PrefixEnd(value), cast)
            return f"{name} >= {first} and {name} < {end}"
        case _:
            return f"{name} {_OPERATORS[comparison]} {writer.parameter(value, cast)}"
