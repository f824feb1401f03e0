"""The hub's own SQL for a question, taken where the hub would send it to the database."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from demo import sharing
from hub.access.agreement import read_agreement
from hub.access.gate import Gate
from hub.actor import Actor, Purpose, Role
from hub.audit.disclosure import DisclosureLog
from hub.audit.pseudonyms import Pseudonyms
from hub.graph.answer import Answerer
from hub.graph.answer import Question as Asked
from hub.graph.face import Face
from hub.graph.limits import Limits
from hub.query.parameters import CLAIMED, Claim
from hub.query.to_sql import Statement
from schema import CATALOGUE
from schema.ledger import LEDGER


class Forgetting:
    """Stands where the disclosure log's table would."""

    async def commit(self, row: bytes) -> None:
        """Nothing is kept."""


def forgetting_log(county: str) -> DisclosureLog:
    """A disclosure log that keeps nothing, where only statements are wanted."""
    return DisclosureLog(Forgetting(), Pseudonyms({"1": bytes(32)}, county), county, "bench")


@dataclass(frozen=True, slots=True)
class Compiled:
    """One statement, and for each request the values of its parameters."""

    text: str
    values: tuple[tuple[str | None, ...], ...]
    claims: tuple[str, ...]  # those of the transaction in their order, and the role that reads


@dataclass(slots=True)
class _Overhearing:
    """Stands where the database would, and remembers what it was asked."""

    heard: list[tuple[Statement, list[bytes | None], Mapping[Claim, str]]] = field(default_factory=list)

    async def read(
        self, statement: Statement, values: list[bytes | None], claims: Mapping[Claim, str]
    ) -> list[bytes | None]:
        self.heard.append((statement, values, claims))
        return [*(b"null" for _ in statement.keys), b"0", b"[]"]

    async def confirm(self, claims: Mapping[Claim, str]) -> None:
        """Nothing has changed."""

    async def explain(self, statement: Statement, claims: Mapping[Claim, str]) -> object:
        """No question of the bench asks for its plan."""


def compiled(document: str, variables: Sequence[Mapping[str, Any]], county: str, most_rows: int) -> Compiled:
    """What the hub sends to PostgreSQL for ``document``. ``ValueError`` if it refuses the document."""
    overhearing = _Overhearing()
    face, agreements = (
        Face(CATALOGUE, LEDGER),
        [read_agreement(given, CATALOGUE, county) for given in sharing.described()],
    )
    gate = Gate(face.entities, lambda: agreements)
    answerer = Answerer(face, overhearing, Limits(page_most=most_rows), gate, forgetting_log(county))
    actor = Actor("city-officer", Role.CITY_STAFF, county, Purpose.PROGRAMME_SUPERVISION)
    for given in variables:
        answer = asyncio.run(answerer.answer(Asked(document, None, given), actor))
        if answer.is_refused:
            raise ValueError(answer.body.decode())
    texts = {statement.text for statement, _, _ in overhearing.heard}
    if len(texts) != 1:
        raise ValueError("The question is not one statement for all its variables.")
    claims = overhearing.heard[0][2]
    return Compiled(
        texts.pop().decode(),
        tuple(tuple(None if part is None else part.decode() for part in heard[1]) for heard in overhearing.heard),
        (*(claims[claim] for claim in CLAIMED), overhearing.heard[0][0].reader),
    )
