"""The SQL of each example operation is a file: read it like code, the database will."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from hub.graph.answer import Answerer, Question
from hub.graph.limits import Limits
from hub.query.parameters import Claim
from hub.query.to_sql import Statement
from tests.support.county import FACE, GATE, actor
from tests.support.log import unlogged

SNAPSHOTS = Path(__file__).parents[1] / "snapshots"
VARIABLES = {"id": "1", "after": None, "from": "2020-01-01", "status": "OPEN"}


class Listener:
    """Takes the place of the database and keeps what it was asked."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    async def read(
        self, statement: Statement, values: list[bytes | None], claims: dict[Claim, str]
    ) -> list[bytes | None]:
        assert len(values) == len(set(re.findall(r"\$(\d+)", statement.text.decode())))
        self.texts.append(statement.text.decode())
        return [*(b"null" for _ in statement.keys), b"0", b"[]"]


def readable(text: str) -> str:
    """The statement with a line for each clause."""
    return (
        re.sub(r" (?=\(?(?:from|where|left join|order by|limit) )", "\n", text).replace(", (select", ",\n(select")
        + "\n"
    )


@pytest.mark.parametrize("path", sorted(SNAPSHOTS.glob("*.graphql")), ids=lambda path: str(path.stem))
@pytest.mark.parametrize("region", ["522301", "522301101"])
def test_the_statement_is_the_reviewed_one(path: Path, region: str) -> None:
    listener = Listener()
    answerer = Answerer(FACE, listener, Limits(), GATE, unlogged())  # type: ignore[arg-type]  # claims are not looked at
    asyncio.run(answerer.answer(Question(path.read_text("utf-8"), None, VARIABLES), actor(region)))
    assert len(listener.texts) == 1
    reviewed = path.with_suffix(".county.sql" if region == "522301" else ".region.sql")
    if not reviewed.exists():
        reviewed.write_text(readable(listener.texts[0]), "utf-8")
        pytest.fail(f"{reviewed.name} was missing and has been written: review it, then run again")
    assert readable(listener.texts[0]) == reviewed.read_text("utf-8"), f"remove {reviewed.name}, run, and review"
