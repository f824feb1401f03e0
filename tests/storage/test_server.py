from __future__ import annotations

import pytest

from hub.errors import DatabaseError, SettingError
from hub.storage import server as server_room
from hub.storage.roles import DatabaseRole
from hub.storage.server import DatabaseServer, named_server
from tests.support.database import Database


def test_a_server_that_is_too_old_is_refused_with_both_versions(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_room, "OLDEST_VERSION", 990000)  # no server can be made older, but the need can grow
    with pytest.raises(DatabaseError) as refusal:
        named_server(database.owner, {})
    assert refusal.value.code == "DATABASE_TOO_OLD"
    assert "PostgreSQL" in refusal.value.message


def test_without_a_url_of_its_own_a_role_is_taken_on_after_login(database: Database) -> None:
    named = named_server(database.owner, {})
    with server_room.connect(named.conninfo(DatabaseRole.API)) as connection:
        row = connection.execute("select current_user").fetchone()
    assert row == ("hub_api",)


def test_a_process_that_was_not_given_the_owner_s_login_cannot_migrate(database: Database) -> None:
    named = named_server(None, {DatabaseRole.API: database.conninfo(DatabaseRole.API)})
    with pytest.raises(SettingError, match="HUB_DATABASE_URL"):
        _ = named.owner
    with pytest.raises(SettingError, match="HUB_CONNECTOR_DATABASE_URL"):
        named.conninfo(DatabaseRole.CONNECTOR)


def test_a_database_is_made_once(server: DatabaseServer) -> None:
    server.ensure_database("hub_twice")
    server.ensure_database("hub_twice")
    with server_room.connect(server.other_database("hub_twice")) as connection:
        assert connection.info.dbname == "hub_twice"
