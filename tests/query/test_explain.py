"""Every example question reaches its rows through an index, at any reach, under row security."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson
import psycopg
import pytest

from hub.actor import Actor
from hub.graph.answer import Answerer, Question
from hub.graph.limits import Limits
from hub.query.parameters import Claim
from hub.query.run import DatabaseReader
from hub.query.to_sql import Statement
from hub.storage.roles import DatabaseRole
from tests.support.county import FACE, GATE, actor
from tests.support.database import COUNTY, READER, Database
from tests.support.log import unlogged
from tests.support.many import many

QUESTIONS = sorted((Path(__file__).parents[2] / "examples" / "questions").glob("*.graphql"))
REACHES = {"county": COUNTY, "township": f"{COUNTY}103", "village": f"{COUNTY}103005"}
LARGE = 1000  # rows


class Recorder(DatabaseReader):
    """Keeps what was asked, with its values."""

    def __init__(self, conninfo: str) -> None:
        super().__init__(conninfo)
        self.asked: list[tuple[bytes, list[bytes | None], Mapping[Claim, str]]] = []

    async def read(
        self, statement: Statement, values: list[bytes | None], claims: Mapping[Claim, str]
    ) -> list[bytes | None]:
        self.asked.append((statement.text, values, claims))
        return await super().read(statement, values, claims)


def asked(database: Database, text: str, who: Actor) -> tuple[bytes, list[bytes | None], Mapping[Claim, str]]:
    async def run() -> tuple[bytes, list[bytes | None], Mapping[Claim, str]]:
        async with Recorder(database.conninfo(DatabaseRole.API)) as reader:
            answer = await Answerer(FACE, reader, Limits(), GATE, unlogged()).answer(Question(text), who)
            assert "errors" not in orjson.loads(answer.body), answer.body
            (only,) = reader.asked
            return only

    return asyncio.run(run())


def scanned(database: Database, text: bytes, values: list[bytes | None], claims: Mapping[Claim, str]) -> set[str]:
    """The datasets that are read from one end to the other."""
    named = {f"hub.{claim.value}": value for claim, value in claims.items()}
    with psycopg.connect(database.conninfo(DatabaseRole.API), autocommit=True) as connection:
        for name, value in named.items():
            connection.execute("select set_config(%s, %s, false)", (name, value))
        connection.execute(f"set role {READER}".encode())
        result = connection.pgconn.exec_params(b"explain (format json) " + text, values)
        assert result.status == psycopg.pq.ExecStatus.TUPLES_OK, result.error_message
        plan = orjson.loads(result.get_value(0, 0) or b"")
    return set(sequential(plan[0]["Plan"]))


def sequential(node: Mapping[str, Any]) -> Iterator[str]:
    if node["Node Type"] == "Seq Scan":
        yield node["Relation Name"]
    for below in node.get("Plans", ()):
        yield from sequential(below)


def large(database: Database) -> set[str]:
    with database.connect() as connection:
        rows = connection.execute(
            "select relname from pg_class where relnamespace in ('record'::regnamespace, 'history'::regnamespace) "
            "and relkind = 'r' and reltuples >= %s",
            (LARGE,),
        )
        return {str(name) for (name,) in rows}


def allowed(text: str) -> set[str]:
    """What the question's head says it reads as a whole."""
    found = re.search(r"^# Reads every: (.+)$", text, re.MULTILINE)
    return set(found[1].split(", ")) if found else set()


def test_no_question_reads_a_large_table_from_end_to_end(database: Database) -> None:
    many(database)
    tables = large(database)
    assert {"loan", "household", "repayment", "subsidy_payment", "person", "officer_assignment"} <= tables
    wrong: list[str] = []
    for path in QUESTIONS:
        text = path.read_text("utf-8")
        statements: dict[str, bytes] = {}
        for reach, region in REACHES.items():
            statement, values, claims = asked(database, text, actor(region))
            statements[reach] = statement
            found = scanned(database, statement, values, claims) & tables
            # Below the county even what adds everything up reads no more than its own region.
            if found != (allowed(text) if reach == "county" else set()):
                wrong.append(f"{path.stem} at {reach}: {', '.join(sorted(found))}")
        assert statements["township"] == statements["village"] != statements["county"]
    assert not wrong


@pytest.mark.parametrize("path", QUESTIONS, ids=lambda path: str(path.stem))
def test_a_question_says_what_it_is_for_in_both_languages(path: Path) -> None:
    english, chinese, *_ = path.read_text("utf-8").splitlines()
    assert re.match(r"# [A-Z].+[?.]\Z", english)
    assert re.match(r"# .*[\u4e00-\u9fff].*[?。]\Z", chinese)
