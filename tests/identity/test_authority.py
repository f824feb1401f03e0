"""Revocation holds from the next request on, in every process; a new right too."""

from __future__ import annotations

import asyncio
from pathlib import Path

import psycopg
import pytest

from hub.identity.typed import client_of
from hub.storage.authority import Authority
from hub.storage.roles import DatabaseRole
from tests.support.county import County
from tests.support.database import COUNTY, Database, database_waits
from tests.support.hub import Hub, ask

LOAN = '{ loan(loanId: "L001") { amount } }'
ME = "{ me { client } }"
INTROSPECTION = "{ __schema { queryType { name } } }"


@pytest.fixture
def hub(county: County, tmp_path: Path) -> Hub:
    return Hub(county.database, tmp_path)


@pytest.mark.parametrize("query", [LOAN, ME, INTROSPECTION])
def test_a_revoked_client_is_refused_on_its_next_request_in_every_process(hub: Hub, query: str) -> None:
    async def run() -> None:
        async with hub.process() as one, hub.process() as two:
            headers, others = hub.headers("bank-system"), hub.headers("finance-system")
            for process in (one, two):
                assert (await ask(process, headers, query))[0] == 200
            hub.books.revoke_client("bank-system")
            for process in (one, two, one):
                assert (await ask(process, headers, query))[:2] == (401, "TOKEN_REVOKED")
                assert (await ask(process, others, query))[0] == 200

    asyncio.run(run())


def test_an_export_is_refused_as_well(hub: Hub) -> None:
    async def run() -> None:
        async with hub.process() as process:
            headers = hub.headers("bank-system")
            assert (await process.post("/export/loans", json={}, headers=headers)).status_code == 200
            hub.books.revoke_client("bank-system")
            refused = await process.post("/export/loans", json={}, headers=headers)
            assert (refused.status_code, refused.json()["errors"][0]["extensions"]["code"]) == (401, "TOKEN_REVOKED")

    asyncio.run(run())


def test_a_client_added_while_a_process_serves_is_known_at_once(hub: Hub) -> None:
    async def run() -> None:
        async with hub.process() as process:
            given = {"name": "second-bank", "role": "agency-system", "region": COUNTY, "agency": "BANK"}
            hub.books.add_client(client_of(given, None, ["loan-review"]))
            hub.settings = hub.settings.model_copy(update={"bearer_clients": "second-bank"})
            refused = await ask(process, hub.headers("second-bank"), LOAN)
            assert refused[:2] == (401, "TOKEN_UNBOUND"), "known, but this process has no setting for it"

    asyncio.run(run())


def test_a_right_that_changes_between_the_check_and_the_answer_is_noticed(hub: Hub) -> None:
    """The register is changed while the request waits for the database: nothing of it is answered."""

    async def run() -> None:
        async with hub.process() as process:
            headers = hub.headers("bank-system")
            assert (await ask(process, headers, LOAN))[0] == 200
            with psycopg.connect(hub.server.owner) as holding:
                holding.execute("lock table record.loan in access exclusive mode")
                waiting = asyncio.create_task(ask(process, headers, LOAN))
                await database_waits(hub.server.owner)
                await asyncio.to_thread(hub.books.revoke_client, "bank-system")
            assert (await waiting)[0] == 200, "it had been let in before the revocation"
            assert (await ask(process, headers, LOAN))[:2] == (401, "TOKEN_REVOKED")

    asyncio.run(run())


def test_every_change_counts_whoever_makes_it(database: Database) -> None:
    authority = Authority(database.conninfo(DatabaseRole.IDENTITY), COUNTY)
    authority.read()
    assert authority.version == 0
    with database.connect(DatabaseRole.IDENTITY) as connection:
        columns = "county, name, role, region, purposes, scopes, generation, added_at"
        standing = f"'{COUNTY}', 'x', 'auditor', '{COUNTY}', '{{}}', '{{}}', 1, now()"
        for statement in (
            f"insert into identity.client ({columns}, keys, redirects) values ({standing}, '{{}}', '{{}}')",
            "update identity.client set region = region",
            "delete from identity.client",
            f"insert into identity.staff ({columns}, person) values ({standing}, 'x')",
            "update identity.staff set generation = 2",
            "delete from identity.staff",
            f"insert into identity.revoked_token (county, token_id, expires_at) values ('{COUNTY}', 't', now())",
        ):
            before = authority.version
            connection.execute(statement)
            authority.read()
            assert authority.version == before + 1, statement
    authority.close()


@pytest.mark.parametrize(
    "statement",
    [
        "select name from identity.client",
        "select name from identity.staff",
        "update identity.authority set version = 0",
        "insert into identity.authority (county, version) values ('522301', 0)",
        "select token_id from identity.revoked_token",
    ],
)
def test_the_reader_of_records_sees_nothing_of_identity_but_the_count(database: Database, statement: str) -> None:
    with database.connect(DatabaseRole.API) as connection:
        connection.execute("select version from identity.authority")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(statement)


@pytest.mark.parametrize("statement", ["select code from record.region", "delete from identity.authority"])
def test_identity_reads_no_record_and_cannot_take_back_the_count(database: Database, statement: str) -> None:
    with (
        database.connect(DatabaseRole.IDENTITY) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(statement)
