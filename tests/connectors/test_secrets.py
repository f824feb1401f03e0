"""A secret comes from a file or the environment and goes to its source alone: no message, log or table holds it."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from connectors.registry import SOURCES, connect
from connectors.transport.folder import FileForm
from connectors.transport.sftp import SftpConnector
from hub.catalog.dataset import Agency
from hub.errors import HubError
from hub.settings import Settings, read_settings
from hub.storage.roles import DatabaseRole
from hub.storage.server import connect as open_connection
from hub.sync.connector import Connector
from hub.sync.handover import Due
from hub.sync.run import sync_agency
from schema import CATALOGUE
from schema.ledger import LEDGER
from tests.connectors.paged_api import PagedApi, serving
from tests.connectors.sftp_server import serving as sftp_serving
from tests.connectors.test_delimited import RENEWAL
from tests.support.database import COUNTY, Database

SECRET = "Geh3im-nicht-weitersagen"


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    with caplog.at_level(logging.DEBUG):
        yield caplog
    records = caplog.get_records("call")
    assert records, "nothing was logged, so nothing was shown to be free of secrets"
    for record in records:
        assert SECRET not in record.getMessage()
        assert SECRET not in str(record.exc_info)
        assert not re.search(r"Bearer \S|token-\d", record.getMessage())


def held_by(database: Database) -> str:
    """Every row of every table, as text."""
    with database.connect() as connection:
        names = connection.execute(
            "select format('%I.%I', schemaname, tablename) from pg_tables"
            " where schemaname not in ('pg_catalog', 'information_schema')"
        ).fetchall()
        rows = [connection.execute(f"select t::text from {name} t".encode()).fetchall() for (name,) in names]
    return repr(rows)


def sync(database: Database, connector: Connector, due: Due) -> HubError | None:
    try:
        sync_agency(
            connector,
            connect=lambda: open_connection(database.conninfo(DatabaseRole.CONNECTOR)),
            catalogue=CATALOGUE,
            ledger=LEDGER,
            county=COUNTY,
            due=due,
        )
    except HubError as refusal:
        return refusal
    return None


def test_a_client_secret_stays_between_the_hub_and_the_api(
    database: Database, logged: pytest.LogCaptureFixture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [{"区划代码": "522301", "区划名称": "兴义市", "区划级别": "县级", "上级区划代码": None}]
    (tmp_path / "secret").write_text(f"{SECRET}\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HUB_HOME", str(tmp_path))
    monkeypatch.setenv("HUB_RELIEF_CLIENT_ID", "hub")
    monkeypatch.setenv("HUB_RELIEF_CLIENT_SECRET_FILE", str(tmp_path / "secret"))
    due = Due(Agency.RELIEF, ("region",))
    with serving(PagedApi({"regions": rows}, secret=SECRET)) as api:
        monkeypatch.setenv("HUB_RELIEF_URL", api.url)
        settings = read_settings()
        assert SECRET not in repr(settings)
        assert sync(database, connect(Agency.RELIEF, settings.source("RELIEF")), due) is None
        api.secret = "another"
        refusal = sync(database, connect(Agency.RELIEF, settings.source("RELIEF")), due)
    assert refusal is not None
    assert refusal.code == "SOURCE_LOGIN_REFUSED"
    assert SECRET not in str(refusal)
    held = held_by(database)
    assert "兴义市" in held
    assert "SOURCE_LOGIN_REFUSED" in held
    assert SECRET not in held


def test_a_database_s_password_stays_out_of_messages_and_tables(
    database: Database, logged: pytest.LogCaptureFixture
) -> None:
    settings = Settings(bank_url=f"postgresql://hub:{SECRET}@127.0.0.1:1/bank")  # type: ignore[arg-type]
    connector = connect(Agency.BANK, settings.source("BANK"))
    refusal = sync(database, connector, Due(Agency.BANK, ("loan",)))
    logging.getLogger(__name__).info("%r %s", connector, refusal)
    assert refusal is not None
    assert SECRET not in held_by(database) + repr(settings) + repr(connector)


def test_an_sftp_password_stays_out_of_messages(tmp_path: Path, logged: pytest.LogCaptureFixture) -> None:
    with sftp_serving(tmp_path) as box:
        server = box.server(password=SECRET)
        connector = SftpConnector(Agency.BANK, server, (FileForm("*", (RENEWAL,)),))
        with suppress(HubError):
            list(connector.deliveries(Due(Agency.BANK, ("renewal",))))
        assert box.logins == 1
    assert SECRET not in repr(server) + repr(connector)


def test_what_a_connector_calls_secret_is_kept_as_one() -> None:
    for agency, source in SOURCES.items():
        for setting in source.settings:
            field = Settings.model_fields[f"{agency.lower()}_{setting.name}"]
            assert ("SecretStr" in str(field.annotation)) == setting.secret, (agency, setting.name)
