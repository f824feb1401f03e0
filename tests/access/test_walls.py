"""The hub refuses to serve past a wall that is open, or through a login that could climb it."""

from __future__ import annotations

import psycopg
import pytest

from hub.errors import DatabaseError
from hub.storage.roles import DatabaseRole
from hub.storage.server import named_server
from hub.storage.walls import require_walls
from tests.support.county import County
from tests.support.database import READER, Database

_NO_POLICY = "; ".join(f"drop policy {name} on record.loan" for name in ("hub_viewer", "hub_connector", "hub_rules"))


def refusal(conninfo: str) -> tuple[str, str]:
    with pytest.raises(DatabaseError) as refused:
        require_walls(conninfo)
    return refused.value.code, refused.value.message


def test_a_migrated_database_may_be_served(database: Database) -> None:
    require_walls(database.conninfo(DatabaseRole.API))


def test_the_owner_s_login_is_refused_though_it_takes_the_api_s_role(database: Database) -> None:
    conninfo = named_server(database.owner, {}).conninfo(DatabaseRole.API)
    assert refusal(conninfo)[0] == "DATABASE_LOGIN_TOO_STRONG"


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        ("alter table record.loan no force row level security", "DATABASE_WALL_OPEN", "record.loan"),
        ("alter table rollup.daily disable row level security", "DATABASE_WALL_OPEN", "rollup.daily"),
        (_NO_POLICY, "DATABASE_WALL_OPEN", "record.loan"),
        ("create table record.extra (county text)", "DATABASE_WALL_OPEN", "record.extra"),
        ("create view shown.extra as select 1", "DATABASE_WALL_OPEN", "shown.extra"),
        ("create materialized view record.extra as select 1", "DATABASE_WALL_OPEN", "record.extra"),
        ("grant select (amount) on record.loan to hub_api", "DATABASE_WALL_OPEN", "record.loan"),
        (f"grant select on record.loan to {READER}", "DATABASE_WALL_OPEN", "record.loan"),
        ("grant select on shown.person to hub_readers", "DATABASE_WALL_OPEN", "shown.person"),
        ("grant select on record.person to public", "DATABASE_WALL_OPEN", "record.person"),
        ("alter table record.loan owner to hub_readers", "DATABASE_LOGIN_TOO_STRONG", "record.loan"),
    ],
)
def test_a_wall_that_somebody_opened_is_named(database: Database, change: str, code: str, words: str) -> None:
    with psycopg.connect(database.owner, autocommit=True) as connection:
        connection.execute(change.encode())
    found = refusal(database.conninfo(DatabaseRole.API))
    assert found[0] == code
    assert words in found[1]


def test_what_is_shown_in_part_and_nothing_is_found_by_is_not_counted(county: County) -> None:
    answer = county.ask("{ households { aggregate { countDistinct { phone } } } }")
    assert answer["errors"][0]["extensions"]["code"] == "ACCESS_FIELD_REFUSED"
    assert "household.phone (is shown in part" in answer["errors"][0]["message"]
