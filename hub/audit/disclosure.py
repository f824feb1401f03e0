"""The one way out: an answer's entry is written and committed here, and only then does its receipt exist.

An entry is made of blocks that stay the same for one actor or one operation, so that a request only fills in the rest.
Each block is kept in both of its forms: the row that is inserted, and the bytes that are proved.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import sha256
from http import HTTPStatus
from time import time_ns
from typing import Any, NamedTuple, Protocol
from uuid import UUID

import orjson

from hub.actor import Actor, Role
from hub.audit.entry import ID_HEAD, VERSION, Door, Outcome, encoded, encoded_ids, leaf_hash, new_entry_id_bytes
from hub.audit.pseudonyms import Pseudonyms
from hub.audit.row import EPOCH_2000, ROW_HEAD, column, head
from hub.audit.shown import NOTHING, Shown
from hub.errors import HubError

_log = logging.getLogger("hub.audit")
_MOST_REMEMBERED = 2_000
_REFUSAL_SECONDS = 2


# Made for each request, and as named tuples in a third of the time.
class Asked(NamedTuple):
    """A request as the log names it: its door, its id, and the SHA-256 of the bytes that came in."""

    door: Door
    request_id: str
    digest: bytes | None = None


@dataclass(frozen=True, slots=True)
class ByHand:
    """Who works on the hub itself, by the name that person gives, and what for, in a word or a sentence."""

    person: str
    purpose: str


Asker = Actor | ByHand


@dataclass(frozen=True, slots=True)
class Block:
    """Some neighbouring columns: as the database takes them, and as they are proved."""

    row: bytes
    proof: bytes


class Receipt(NamedTuple):
    """What the asker is given beside the answer, so that the log can be held to it."""

    entry: str
    log: str
    request: bytes | None
    response: bytes | None
    leaf: bytes

    def written(self) -> bytes:
        """The receipt as JSON; digests are SHA-256 in hexadecimal."""
        return b'{"entry":"%b","log":%b,"request":%b,"response":%b,"leaf":"%b"}' % (
            self.entry.encode(),
            orjson.dumps(self.log),
            _hex(self.request),
            _hex(self.response),
            self.leaf.hex().encode(),
        )


class Told(NamedTuple):
    """What an answer tells: what of the operation stands in the log, whom it is about, its rows, its first bytes.

    ``part`` numbers the pieces, from 1, of an answer that leaves piece by piece. ``agreements``: what allows it.
    """

    operation: Block
    households: Iterable[str] = ()
    row_count: int = 0
    response: bytes | None = None
    part: int = 0
    agreements: tuple[str, ...] = ()


class Rows(Protocol):
    """Where entries are committed."""

    async def commit(self, row: bytes) -> None:
        """Returns once ``row``, of ``hub.audit.row``, is durably committed."""
        ...


def flat(held: list[Any]) -> list[str]:
    """The households in nested lists, as a statement tells them."""
    found: list[str] = []
    _gather(held, found)
    return found


def _gather(held: list[Any], found: list[str]) -> None:
    for item in held:
        if item.__class__ is str:
            found.append(item)
        elif item is not None:
            _gather(item, found)


def operation_block(name: str | None, document: str | None, shown: Shown) -> Block:
    """What of an entry depends on the operation alone. ``document``: the text whose digest stands in the log."""
    digest = None if document is None else sha256(document.encode("utf-8", "surrogatepass")).digest()
    return block(
        operation_name=name,
        operation_digest=digest,
        dataset=shown.dataset,
        datasets=shown.datasets,
        fields=shown.fields,
        masked=shown.masked,
    )


def block(**columns: Any) -> Block:
    """Neighbouring columns, in the order of the entry."""
    row = [column(name, value) for name, value in columns.items()]
    return Block(b"".join(row), b"".join([encoded(value) for value in columns.values()]))


class DisclosureLog:
    """Writes entries of one county into the log called ``name``."""

    def __init__(
        self,
        rows: Rows,
        pseudonyms: Pseudonyms,
        county: str,
        name: str,
        *,
        may_disclose: Callable[[], HubError | None] = lambda: None,
        clock: Callable[[], int] = time_ns,
    ) -> None:
        self._rows = rows
        self._pseudonyms = pseudonyms
        self._name = name
        self._county = block(county=county)
        self._key = block(key_id=pseudonyms.key_id)
        self._may_disclose = may_disclose
        self._clock = clock
        self._outcomes: dict[tuple[str, str | None], Block] = {}
        self._actors: dict[Asker | None, tuple[Block, Block]] = {}
        self._agreements: dict[tuple[str, ...], Block] = {}
        self._doors = {door: block(door=door.value) for door in Door}

    async def answered(self, asked: Asked, actor: Asker, told: Told) -> Receipt:
        """Commit the entry of an answer; raises ``HubError`` if it cannot be, and then nothing may leave."""
        self.require_open()
        return await self._commit(asked, actor, self._outcome(Outcome.ANSWERED, None), told)

    def require_open(self) -> None:
        """Raise ``HubError`` while nothing may be disclosed: also asked before anything is written for an answer."""
        refusal = self._may_disclose()
        if refusal is not None:
            raise refusal

    def names_of(self, household: str) -> list[UUID]:
        """Every name that entries may have for ``household``."""
        return self._pseudonyms.under_every_key(household)

    async def refused(self, asked: Asked, actor: Asker | None, error: HubError, operation: Block | None = None) -> None:
        """Note a refusal, or a failure if it was not the asker's; a log that cannot be written does not change it."""
        kind = Outcome.FAILED if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR else Outcome.REFUSED
        try:
            async with asyncio.timeout(_REFUSAL_SECONDS):
                await self._commit(asked, actor, self._outcome(kind, error.code), Told(operation or _NO_OPERATION))
        except (HubError, TimeoutError):
            _log.warning("the refusal of request %s, %s, is not in the log", asked.request_id, error.code)

    async def _commit(self, asked: Asked, actor: Asker | None, outcome: Block, told: Told) -> Receipt:
        digest = None if told.response is None else sha256(told.response).digest()
        milliseconds = self._clock() // 1_000_000
        entry_id = new_entry_id_bytes(milliseconds)
        moment = milliseconds * 1000
        subjects = self._pseudonyms.all_of(told.households)
        door, (who, token) = self._doors[asked.door], self._actor(actor)
        part, agreement = self._part(told.part), self._agreement(told.agreements)
        request_id = asked.request_id.encode()
        row = (
            *(ROW_HEAD, self._county.row, _MOMENT, (moment - EPOCH_2000).to_bytes(8, signed=True), _ENTRY_ID, entry_id),
            *(door.row, head("request_id", len(request_id)), request_id, part.row, outcome.row, who.row, agreement.row),
            *(token.row, told.operation.row, _ROW_COUNT, told.row_count.to_bytes(8, signed=True), self._key.row),
            *(column("subjects", subjects), column("request_digest", asked.digest), column("response_digest", digest)),
        )
        proof = (
            *(VERSION, self._county.proof, b"i", moment.to_bytes(8, signed=True), ID_HEAD, entry_id, door.proof),
            *(b"b", len(request_id).to_bytes(4), request_id, part.proof, outcome.proof, who.proof, agreement.proof),
            *(token.proof, told.operation.proof, b"i", told.row_count.to_bytes(8, signed=True), self._key.proof),
            *(encoded_ids(subjects), encoded(asked.digest), encoded(digest)),
        )
        await self._rows.commit(b"".join(row))
        return Receipt(_shown(entry_id), self._name, asked.digest, digest, leaf_hash(b"".join(proof)))

    def _part(self, number: int) -> Block:
        return _WHOLE if number == 0 else block(part=number)

    def _outcome(self, outcome: Outcome, code: str | None) -> Block:
        found = self._outcomes.get((outcome, code))
        if found is None:
            found = self._outcomes[outcome, code] = block(outcome=outcome.value, code=code)
        return found

    def _agreement(self, names: tuple[str, ...]) -> Block:
        found = self._agreements.get(names)
        if found is None:
            found = self._agreements[names] = block(agreement=" ".join(names) or None)
        return found

    def _actor(self, actor: Asker | None) -> tuple[Block, Block]:
        found = self._actors.get(actor)
        if found is None:
            if len(self._actors) >= _MOST_REMEMBERED:
                self._actors.clear()
            found = self._actors[actor] = _actor_blocks(actor)
        return found


def _actor_blocks(actor: Asker | None) -> tuple[Block, Block]:
    if actor is None:
        names = ("client", "staff", "role", "agency", "region", "purpose")
        return block(**dict.fromkeys(names)), block(token_id=None)
    if isinstance(actor, ByHand):
        role = Role.OPERATOR.value
        who = block(client=None, staff=actor.person, role=role, agency=None, region=None, purpose=actor.purpose)
        return who, block(token_id=None)
    who = block(
        client=actor.client,
        staff=actor.staff,
        role=actor.role.value,
        agency=None if actor.agency is None else actor.agency.value,
        region=actor.region,
        purpose=actor.purpose.value,
    )
    return who, block(token_id=actor.token_id)


def _hex(value: bytes | None) -> bytes:
    return b"null" if value is None else b'"%b"' % value.hex().encode()


def _shown(entry_id: bytes) -> str:
    text = entry_id.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


_NO_OPERATION = operation_block(None, None, NOTHING)
_WHOLE = block(part=0)
_MOMENT, _ENTRY_ID, _ROW_COUNT = head("disclosed_at", 8), head("entry_id", 16), head("row_count", 8)
