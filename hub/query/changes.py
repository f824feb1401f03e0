"""What has become of findings and syncs since a place in their order, as an actor may see it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

import orjson

from hub.errors import QueryError
from hub.query.parameters import Claim
from hub.query.to_sql import Statement

# A run's line is stamped some time before it is committed; so long it is looked for again.
_OVERLAP = "2 minutes"
_AT_ONCE = 200

# Events by the transaction that wrote them, and only below the oldest that is still open: what is passed on is whole.
_TEXT = f"""
select pg_snapshot_xmin(pg_current_snapshot())::text,
  (select coalesce(json_agg(json_build_object('place', e.written_in || '.' || e.event_id, 'findingId', e.finding_id,
            'ruleCode', e.rule_code, 'kind', e.kind, 'severity', e.severity, 'region', e.region,
            'householdId', e.household_id,
            'happenedAt', to_char(e.happened_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"'))
            order by e.written_in, e.event_id), '[]')
   from (
     select written_in, event_id, finding_id, rule_code, kind, severity, region, household_id, happened_at
     from shown.finding_event
     where county = current_setting('hub.county') and $1::bigint > 0 and (written_in, event_id) > ($1::bigint, $2)
       and written_in < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
     order by written_in, event_id limit {_AT_ONCE}
   ) e)::text,
  (select coalesce(json_agg(json_build_object('runId', r.run_id, 'agency', r.agency, 'state', r.state,
            'at', to_char(coalesce(r.finished_at, r.started_at), 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
            order by coalesce(r.finished_at, r.started_at), r.run_id), '[]')
   from sync.run r
   where r.county = current_setting('hub.county')
     and coalesce(r.finished_at, r.started_at) > coalesce($3::timestamptz, now()) - interval '{_OVERLAP}')::text
"""  # noqa: S608 -- constants of this file
_PLACE = re.compile(r"(\d{1,18})\.([0-9a-f~-]{0,64})\|(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z)?", re.ASCII)
_STATEMENT = Statement(_TEXT.encode(), (), ("horizon", "events", "runs"))


@dataclass(frozen=True, slots=True)
class Place:
    """Where a follower stands: after the event ``event`` of transaction ``written_in``, after runs up to ``run_at``."""

    written_in: int = 0
    event: str = ""
    run_at: str = ""

    def text(self) -> str:
        """As the id of a server-sent event."""
        return f"{self.written_in}.{self.event}|{self.run_at}"


def place_of(text: str) -> Place:
    """The place that ``text`` was made from. Raises ``QueryError`` QUERY_PLACE_INVALID."""
    found = _PLACE.fullmatch(text)
    if found is None:
        raise QueryError(
            "QUERY_PLACE_INVALID",
            "Last-Event-ID is not one that this stream gave.",
            "Leave it out to follow from now on.",
            status=400,
        )
    return Place(int(found[1]), found[2], found[3] or "")


@dataclass(frozen=True, slots=True)
class Step:
    """What is new, and the place after it. ``households``: whom the events are about, in the order of the events."""

    events: list[dict[str, Any]]
    runs: list[dict[str, Any]]
    place: Place
    households: tuple[str, ...] = ()


class Reader(Protocol):
    """Runs one statement under an actor's claims."""

    async def read(
        self, statement: Statement, values: list[bytes | None], claims: Mapping[Claim, str]
    ) -> list[bytes | None]:
        """The columns of the statement's one row, unparsed."""
        ...


async def step(reader: Reader, place: Place, claims: Mapping[Claim, str], role: str) -> Step:
    """What is new after ``place``; from a place without a number, nothing yet, and where to go on from.

    ``role``: the database's that may read as much as the claims say.
    """
    values = [str(place.written_in).encode(), place.event.encode(), place.run_at.encode() or None]
    horizon, events_read, runs_read = await reader.read(replace(_STATEMENT, reader=role), values, claims)
    events: list[dict[str, Any]] = orjson.loads(events_read or b"[]")
    runs: list[dict[str, Any]] = orjson.loads(runs_read or b"[]")
    run_at = max((str(run["at"]) for run in runs), default=place.run_at)
    if events:
        written_in, _, event = str(events[-1]["place"]).partition(".")
        about = [held.pop("householdId") for held in events]
        households = tuple(str(household) for household in about if household is not None)
        return Step(events, runs, Place(int(written_in), event, run_at), households)
    if not place.written_in:
        return Step([], runs, Place(int(horizon or b"1") - 1, "~", run_at))
    return Step([], runs, Place(place.written_in, place.event, run_at))
