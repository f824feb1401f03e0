"""Write down what a named person says about a finding: one row of the journal, by a login that can do nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import uuid4

import psycopg

from hub.clock import now
from hub.errors import AccessError, DatabaseError, QueryError

_MOST_WORDS = 4000
_MOST_NAME = 100


class Word(StrEnum):
    """What a person may say."""

    COMMENTED = "COMMENTED"
    ASSIGNED = "ASSIGNED"
    EXPLAINED = "EXPLAINED"
    DECIDED = "DECIDED"


@dataclass(frozen=True, slots=True)
class Decision:
    """One thing said about one finding, and who said it through which client."""

    finding: str
    word: Word
    staff: str
    client: str
    words: str | None = None
    assignee: str | None = None
    disposal: str | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """The journal's row, and the state the finding has now."""

    event: str
    finding: str
    state: str
    at: datetime


_INSERT = """
insert into computed.finding_event (
    county, event_id, finding_id, rule_code, kind, happened_at, severity, client, staff, words, assignee, disposal,
    household_id, region, computed_in)
select f.county, %(event)s, f.finding_id, f.rule_code, %(kind)s, %(at)s, f.severity, %(client)s, %(staff)s, %(words)s,
       %(assignee)s, %(disposal)s, f.household_id, f.region, 0
from computed.finding f
where f.county = %(county)s and f.finding_id = %(finding)s and (f.state <> 'CLOSED' or %(kind)s::text = 'COMMENTED')
"""
_STATE = "select f.state from computed.finding f where f.county = %(county)s and f.finding_id = %(finding)s"


class DecisionDesk:
    """Takes decisions, as hub_decision. They are rare, so each has a connection of its own."""

    def __init__(self, conninfo: str) -> None:
        self._conninfo = conninfo

    async def write(self, decision: Decision, claims: Mapping[str, str]) -> Written:
        """Add ``decision`` under the actor's ``claims`` (county, region_from, region_to, datasets), in one transaction.

        Raises ``QueryError`` FINDING_UNKNOWN (also where region or agreement leave the finding out), FINDING_CLOSED,
        FINDING_WORDS_UNUSABLE; ``DatabaseError`` DATABASE_UNREACHABLE.
        """
        _check(decision)
        event, at = str(uuid4()), now()
        values = {
            "county": claims["county"],
            "finding": decision.finding,
            "event": event,
            "kind": decision.word.value,
            "at": at,
            "client": decision.client,
            "staff": decision.staff,
            "words": decision.words,
            "assignee": decision.assignee,
            "disposal": decision.disposal,
        }
        try:
            async with await psycopg.AsyncConnection.connect(self._conninfo, connect_timeout=10) as connection:
                for name in ("county", "region_from", "region_to", "datasets"):
                    await connection.execute("select set_config(%s, %s, true)", (f"hub.{name}", claims[name]))
                added = (await connection.execute(_INSERT, values)).rowcount
                row = await (await connection.execute(_STATE, values)).fetchone()
        except psycopg.Error:
            raise DatabaseError(
                "DATABASE_UNREACHABLE",
                "The decision could not be written down.",
                "Nothing was kept. Try again in a moment.",
                status=503,
            ) from None
        if row is None:
            raise QueryError(
                "FINDING_UNKNOWN",
                "There is no such finding, or it is not within your region, or not shared with you.",
                "Ask for `findings { nodes { findingId } }`.",
                status=404,
            )
        if not added:
            raise QueryError(
                "FINDING_CLOSED",
                "The finding is closed: the records no longer say so.",
                "A closed finding can be commented on.",
                status=409,
            )
        return Written(event, decision.finding, str(row[0]), at)


def _check(decision: Decision) -> None:
    needs = decision.words if decision.word in {Word.COMMENTED, Word.EXPLAINED, Word.DECIDED} else decision.assignee
    texts = (decision.words or "", decision.assignee or "", decision.finding)
    if (
        not (needs or "").strip()
        or len(texts[0]) > _MOST_WORDS
        or len(texts[1]) > _MOST_NAME
        or "\x00" in "".join(texts)
    ):
        raise QueryError(
            "FINDING_WORDS_UNUSABLE",
            "What is said is empty, too long, or holds a character that cannot be kept.",
            f"Write at most {_MOST_WORDS} characters, a name of at most {_MOST_NAME}.",
            status=400,
        )


def no_person() -> AccessError:
    """The refusal of a decision that nobody answers for."""
    return AccessError(
        "ACCESS_PERSON_REQUIRED",
        "Only a named person can say something about a finding.",
        "Sign in as staff: a client's own token names nobody.",
        status=403,
    )
