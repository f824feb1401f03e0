"""GET or POST /events: what becomes of findings and syncs, as server-sent events within the actor's region.

An event names a finding and what happened, never a record; who wants the record asks for it at /graphql. Nothing
depends on a notification: the journal is read again every few seconds, under the rights of that moment. A client
that comes back with Last-Event-ID misses nothing; a run's state may be told twice.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from secrets import token_hex
from typing import Any

import orjson
from starlette.types import Receive, Scope, Send

from hub.access.gate import Gate
from hub.access.reach import Reach
from hub.access.restrict import claims_of, reader_of
from hub.actor import Actor
from hub.audit.disclosure import DisclosureLog, Told, operation_block
from hub.audit.entry import Door
from hub.audit.shown import Shown
from hub.errors import LOG_UNAVAILABLE, AccessError, DatabaseError, HubError, QueryError
from hub.identity.tokens import Tokens
from hub.query.changes import Place, Reader, Step, place_of, step
from hub.query.entity import RUN
from hub.web.authorised import Renew, authorised, unchanging
from hub.web.endpoint import place_of as trace_of
from hub.web.problem import Headers, problem, unexpected
from hub.web.request import header_fields
from hub.web.under_way import UnderWay, until_gone

_log = logging.getLogger("hub.web")

# What an event shows; all of it must be shared with the actor.
_JOURNAL = "finding_event"
_SHOWN = ("finding_id", "rule_code", "kind", "severity", "happened_at")
# … and what the disclosure log says of it, or of the state of runs alone.
_OF_EVENTS = operation_block(
    "events", None, Shown(_JOURNAL, (_JOURNAL,), tuple(f"{_JOURNAL}.{name}" for name in (*_SHOWN, "region")))
)
_OF_RUNS = operation_block("events", None, Shown(RUN, (RUN,), (f"{RUN}.state",)))


@dataclass(frozen=True, slots=True)
class Pace:
    """How often the journal is read, how often a silent stream beats, how long one lasts: all in seconds."""

    look: float = 2.0
    beat: float = 15.0
    last: float = 3600.0
    most_streams: int = 100


class EventEndpoint:
    """Streams changes to one client per request."""

    def __init__(
        self,
        reader: Reader,
        tokens: Tokens,
        gate: Gate,
        log: DisclosureLog,
        renew: Renew = unchanging,
        *,
        pace: Pace | None = None,
    ) -> None:
        self._log = log
        self._reader = reader
        self._tokens = tokens
        self._gate = gate
        self._renew = renew
        self._pace = pace or Pace()
        self._streams = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request_id = token_hex(8)
        known = UnderWay(Door.EVENTS, request_id)
        stream = _Stream(send, request_id)
        self._streams += 1
        try:
            await until_gone(receive, self._follow(scope, stream, known))
            await stream.end()
        except HubError as error:
            if error.code != LOG_UNAVAILABLE:
                await self._log.refused(known.asked, known.actor, error)
            await stream.refuse(error)
        except Exception as error:  # noqa: BLE001  # the last door: whatever it is, nothing of it leaves
            _log.error("stream %s failed: %s", request_id, trace_of(error))  # a trace may hold values
            mistake = unexpected(request_id)
            await self._log.refused(known.asked, known.actor, mistake)
            await stream.refuse(mistake)
        finally:
            self._streams -= 1

    async def _follow(self, scope: Scope, stream: _Stream, known: UnderWay) -> None:
        headers = header_fields(scope)
        if scope["method"] not in {"GET", "POST"}:
            raise QueryError("QUERY_METHOD_REFUSED", "Events are only streamed.", "GET or POST /events.", status=405)
        if self._streams > self._pace.most_streams:
            raise DatabaseError("EVENTS_BUSY", "Too many streams are open.", "Come back in a moment.", status=503)
        identified = self._tokens.identify(headers, scope["method"], scope["path"])
        place = place_of(headers["last-event-id"]) if headers.get("last-event-id") else Place()

        async def look(actor: Actor) -> tuple[Actor, Reach, Step]:
            known.actor = actor
            self._check(actor)
            reach = self._gate.reach(actor)
            return actor, reach, await step(self._reader, place, claims_of(actor, reach), reader_of(reach))

        def who() -> Actor:
            return self._tokens.authorise(identified, headers)

        told: set[tuple[object, object]] = set()
        silent = lasted = 0.0
        part = 0
        while lasted < self._pace.last:
            actor, reach, found = await authorised(self._tokens, self._renew, who, look)
            first, place = not stream.is_started, found.place
            data, count = _written(found, told, is_first=first and not headers.get("last-event-id"))
            if data:
                # Before anything is said, so that a client which comes back is told what it was not.
                part += 1
                await self._log.answered(known.asked, actor, _told(found, reach, (count, data, part)))
            await stream.start(place)
            if data:
                await stream.say(data)
            silent = 0.0 if data else silent + self._pace.look
            if silent >= self._pace.beat:
                await stream.say(b": beat\nid: %s\n\n" % place.text().encode())
                silent = 0.0
            await asyncio.sleep(self._pace.look)
            lasted += self._pace.look

    def _check(self, actor: Actor) -> None:
        reach = self._gate.reach(actor)
        sights = reach.datasets.get("finding_event", {})
        if any(name not in sights for name in _SHOWN) or not reach.shows_records("finding_event"):
            raise AccessError(
                "ACCESS_DATASET_REFUSED",
                "What becomes of findings is not shared with you for this purpose.",
                "`me { purposes }` says for which it is.",
                status=403,
            )


def _told(found: Step, reach: Reach, written: tuple[int, bytes, int]) -> Told:
    count, data, part = written
    if not found.events:
        return Told(_OF_RUNS, (), count, data, part)
    return Told(_OF_EVENTS, found.households, count, data, part, reach.agreements.get(_JOURNAL, ()))


def _written(found: Step, told: set[tuple[object, object]], *, is_first: bool) -> tuple[bytes, int]:
    """What is new as events, and how many. A follower's first look at runs only notes them."""
    said = []
    for event in found.events:
        written_in, _, number = str(event.pop("place")).partition(".")
        said.append(_event("finding", Place(int(written_in), number, found.place.run_at), event))
    for run in found.runs:
        if (run["runId"], run["state"]) not in told:
            told.add((run["runId"], run["state"]))
            if not is_first:
                said.append(_event("run", found.place, run))
    return b"".join(said), len(said)


def _event(kind: str, place: Place, held: dict[str, Any]) -> bytes:
    return b"id: %s\nevent: %s\ndata: %s\n\n" % (place.text().encode(), kind.encode(), orjson.dumps(held))


class _Stream:
    """The answer under way; until its first byte a failure can still be a refusal."""

    def __init__(self, send: Send, request_id: str) -> None:
        self._send = send
        self._request_id = request_id
        self.is_started = False

    async def start(self, place: Place) -> None:
        """Say that a stream follows, once, and where it begins."""
        if self.is_started:
            return
        self.is_started = True
        headers = [(b"content-type", b"text/event-stream; charset=utf-8"), (b"x-accel-buffering", b"no")]
        await self._begin(200, headers)
        await self.say(b"retry: 3000\nid: %s\n\n" % place.text().encode())

    async def _begin(self, status: int, headers: Headers) -> None:
        extra = [(b"cache-control", b"no-store"), (b"x-request-id", self._request_id.encode())]
        await self._send({"type": "http.response.start", "status": status, "headers": [*headers, *extra]})

    async def say(self, data: bytes) -> None:
        """Some bytes of the stream."""
        await self._send({"type": "http.response.body", "body": data, "more_body": True})

    async def end(self) -> None:
        """No more for now; a client comes back by itself."""
        if self.is_started:
            await self._send({"type": "http.response.body", "body": b""})

    async def refuse(self, error: HubError) -> None:
        """Say why there is no stream; one that has begun is broken off."""
        if self.is_started:
            _log.error("stream %s broke off: %s", self._request_id, error.code)
            await self.end()
            return
        status, body, extra = problem(error)
        await self._begin(status, [(b"content-type", b"application/json; charset=utf-8"), *extra])
        await self._send({"type": "http.response.body", "body": body})
