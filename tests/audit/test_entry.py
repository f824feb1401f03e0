"""An entry's bytes: every column counts, and what the database gives back is what was put in."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.audit.entry import COLUMNS, Entry, encode, entry_of, leaf_hash, milliseconds_of, new_entry_id
from hub.storage.roles import DatabaseRole
from tests.support.database import COUNTY, Database

_text = st.text(st.characters(exclude_characters="\x00", codec="utf-8"), max_size=5)
_texts = st.lists(_text, max_size=3).map(tuple)
_count = st.integers(0, 2**31 - 1)
_BY_TYPE: dict[str, st.SearchStrategy[Any]] = {
    "str": _text,
    "str | None": st.none() | _text,
    "int": _count,
    "bytes | None": st.none() | st.binary(max_size=4),
    "tuple[str, ...]": _texts,
    "UUID": st.uuids(),
    "tuple[UUID, ...]": st.lists(st.uuids(), max_size=3).map(tuple),
}
entries = st.builds(Entry, **{item.name: _BY_TYPE[str(item.type)] for item in fields(Entry)})


@given(entries, entries)
def test_entries_that_differ_in_any_column_have_other_bytes(one: Entry, other: Entry) -> None:
    assert (encode(one) == encode(other)) == (one == other)
    for name in COLUMNS:
        changed = replace(one, **{name: getattr(other, name)})
        assert (encode(changed) == encode(one)) == (getattr(one, name) == getattr(other, name))


@given(_texts, _texts)
def test_fields_cannot_be_moved_between_clear_and_masked_unseen(
    clear: tuple[str, ...], masked: tuple[str, ...]
) -> None:
    entry = replace(EXAMPLE, fields=clear, masked=masked)
    assert (encode(entry) == encode(replace(entry, fields=clear + masked, masked=()))) == (masked == ())


EXAMPLE = Entry(
    county=COUNTY,
    disclosed_at=1_800_000_000_123_000,
    entry_id=new_entry_id(1_800_000_000_123),
    door="GRAPHQL",
    request_id="00ff",
    part=0,
    outcome="ANSWERED",
    code=None,
    client="bank-system",
    staff=None,
    role="agency-system",
    agency="BANK",
    region=COUNTY,
    purpose="loan-review",
    agreement=None,
    token_id="t-1",
    operation_name="查询",
    operation_digest=b"\x00" * 32,
    dataset="loan",
    datasets=("loan", "household"),
    fields=("loan.amount", "household.household_id"),
    masked=("loan.account_number",),
    row_count=2,
    key_id="1",
    subjects=(UUID(int=7), UUID(int=2**128 - 1)),
    request_digest=b"\x01" * 32,
    response_digest=b"\x02" * 32,
)


def test_the_first_version_s_bytes_never_change() -> None:
    entry = replace(EXAMPLE, entry_id=UUID("019aaaaa-0000-7000-8000-000000000000"))
    assert leaf_hash(encode(entry)).hex() == "b42afd1bcd7d95de1bb58f251d6fb7f2f5b8c3adecfeb0900ed25db60c383266"


def test_an_entry_read_from_its_row_is_the_same(database: Database) -> None:
    columns = ", ".join(COLUMNS)
    places = ", ".join("to_timestamp(%s / 1000000.0)" if name == "disclosed_at" else "%s" for name in COLUMNS)
    held = [getattr(EXAMPLE, name) for name in COLUMNS]
    values = [list(value) if isinstance(value, tuple) else value for value in held]
    with database.connect(DatabaseRole.LOG) as connection:
        connection.execute(f"insert into audit.disclosure ({columns}) values ({places})", values)
    with database.connect(DatabaseRole.AUDIT) as connection:
        (row,) = connection.execute(f"select {columns} from audit.disclosure").fetchall()
    assert entry_of(row) == EXAMPLE


@pytest.mark.parametrize("milliseconds", [0, 1, 1_800_000_000_123, 2**48 - 1])
def test_an_entry_s_id_holds_its_time(milliseconds: int) -> None:
    made = new_entry_id(milliseconds)
    assert (made.version, made.variant) == (7, "specified in RFC 4122")
    assert milliseconds_of(made) == milliseconds
    assert new_entry_id(milliseconds) != made
