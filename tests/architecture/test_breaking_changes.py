"""Clients keep working: what the schema promised when it was last released, it still holds, or says why not.

``schema/released.graphql`` is the schema of the last release. When releasing, copy ``schema/schema.graphql`` over it
and empty ``schema/breaking.toml``. Until then each breaking change needs an entry there.
"""

import tomllib

from graphql import build_schema
from graphql.utilities import find_breaking_changes

from tests.architecture import house

RELEASED = house.ROOT / "schema/released.graphql"
TODAY = house.ROOT / "schema/schema.graphql"
REASONS = house.ROOT / "schema/breaking.toml"


def breaking(old: str, new: str) -> set[str]:
    return {change.description for change in find_breaking_changes(build_schema(old), build_schema(new))}


def test_every_breaking_change_has_a_reason() -> None:
    found = breaking(RELEASED.read_text("utf-8"), TODAY.read_text("utf-8"))
    entries = tomllib.loads(REASONS.read_text("utf-8")).get("change", [])
    reasoned = [entry["what"] for entry in entries if entry.get("reason", "").strip()]
    excused = {what for given in reasoned for what in ([given] if isinstance(given, str) else given)}
    unexplained, stale = sorted(found - excused), sorted(excused - found)
    assert not unexplained, f"clients would break; undo it, or give the reason in schema/breaking.toml: {unexplained}"
    assert not stale, f"schema/breaking.toml excuses what is not so: {stale}"


def test_what_would_break_a_client_is_found() -> None:
    old = 'type Query { "a" a(first: Int): String! b: String }'
    assert breaking(old, "type Query { a(first: Int): String! b: String c: Int }") == set()
    assert breaking(old, old.replace('"a"', '"another word"')) == set()
    assert breaking(old, "type Query { a(first: Int): String! }")
    assert breaking(old, "type Query { a(first: Int): String b: String }")
    assert breaking(old, "type Query { a(first: Int, more: Int!): String! b: String }")
