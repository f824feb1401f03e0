"""A pooled connection never carries one actor's claims to the next.

HUB_ALTERNATING_REQUESTS=10000 asks as often as issue 4 wants; the suite asks less.
"""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import orjson

from hub.identity.typed import client_of
from tests.support.county import TOWNSHIPS, County
from tests.support.hub import Hub

REQUESTS = int(os.environ.get("HUB_ALTERNATING_REQUESTS", "640"))
CONNECTIONS = 64
POOLED = 5  # of the database; odd, so that turns of two do not fall into step with it
EVERY = 40  # so many requests, one is given up by its client before it is answered
QUESTION = orjson.dumps({"query": "{ me { region } loans(first: 50) { nodes { loanId } } households { totalCount } }"})


def request(host: str, headers: dict[str, str]) -> bytes:
    lines = [f"{name}: {value}" for name, value in headers.items()]
    head = ["POST /graphql HTTP/1.1", f"Host: {host}", "Content-Type: application/json", *lines]
    return "\r\n".join([*head, f"Content-Length: {len(QUESTION)}", "", ""]).encode() + QUESTION


async def answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().lower().split("\r\n")
    length = next(int(line.partition(":")[2]) for line in head if line.startswith("content-length:"))
    return int(head[0].split()[1]), await reader.readexactly(length)


def seen(body: bytes) -> tuple[str, frozenset[str], int]:
    data = orjson.loads(body)["data"]
    found = frozenset(node["loanId"] for node in data["loans"]["nodes"])
    return data["me"]["region"], found, data["households"]["totalCount"]


def expected(county: County, region: str) -> tuple[str, frozenset[str], int]:
    with county.database.connect() as connection:
        loans = connection.execute("select loan_id from record.loan where starts_with(region, %s)", (region,))
        households = connection.execute(
            "select count(*) from record.household where starts_with(region, %s)", (region,)
        ).fetchone()
        assert households is not None
        return region, frozenset(str(row[0]) for row in loans), int(str(households[0]))


def test_two_actors_in_turns_over_64_connections_never_see_each_other_s_rows(county: County, tmp_path: Path) -> None:
    hub = Hub(county.database, tmp_path, api_connections=POOLED)
    names = [f"township-{township}" for township in TOWNSHIPS]
    for name, township in zip(names, TOWNSHIPS, strict=True):
        hub.books.add_client(client_of({"name": name, "role": "township-staff", "region": township}, None, ["audit"]))
    hub.settings = hub.settings.model_copy(update={"bearer_clients": ",".join(names)})
    wanted = [expected(county, township) for township in TOWNSHIPS]
    assert all(loans and count for _, loans, count in wanted)
    assert not wanted[0][1] & wanted[1][1], "a row of the other would not be noticed"
    found: Counter[str] = Counter()

    async def run(address: str) -> None:
        place = urlsplit(address)
        sent = [request(place.netloc, hub.headers(name, "audit")) for name in names]

        async def ask(which: int, turns: int) -> None:
            reader, writer = await asyncio.open_connection(place.hostname, place.port)
            for turn in range(turns):
                actor = (which + turn) % 2
                writer.write(sent[actor])
                if (which * turns + turn) % EVERY == EVERY - 1:
                    await writer.drain()
                    writer.close()
                    found["given up"] += 1
                    reader, writer = await asyncio.open_connection(place.hostname, place.port)
                    continue
                status, body = await answer(reader)
                found["right" if status == 200 and seen(body) == wanted[actor] else "wrong"] += 1
            writer.close()

        await asyncio.gather(*(ask(which, REQUESTS // CONNECTIONS) for which in range(CONNECTIONS)))

    with hub.served() as http:
        asyncio.run(run(str(http.base_url)))
        with county.database.connect() as connection:
            row = connection.execute(
                "select count(*) from pg_stat_activity where datname = current_database() and usename = 'hub_api'"
            ).fetchone()
    print(dict(found), "pooled connections:", row)
    asked = REQUESTS // CONNECTIONS * CONNECTIONS
    assert found["wrong"] == 0
    assert found["right"] + found["given up"] == asked
    assert row is not None
    assert 1 < int(str(row[0])) <= POOLED + 1
