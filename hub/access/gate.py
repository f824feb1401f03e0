"""Keeps what was worked out: one reach for each kind of asking, until an agreement changes or the day does."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date

from hub.access.agreement import Agreement
from hub.access.reach import Reach, live, purposes_of, reach_of
from hub.actor import Actor, Purpose
from hub.clock import today
from hub.query.entity import Entity

_MOST_KEPT = 10_000


class Gate:
    """Resolves actors to reaches. ``agreements`` gives the approved ones, a new sequence whenever one has changed."""

    def __init__(
        self,
        entities: Mapping[str, Entity],
        agreements: Callable[[], Sequence[Agreement]],
        clock: Callable[[], date] = today,
    ) -> None:
        self._entities = tuple(entities.values())
        self._agreements = agreements
        self._today = clock
        self._seen: tuple[Sequence[Agreement], date] | None = None
        self._reaches: dict[tuple[object, ...], Reach] = {}
        self._same: dict[tuple[object, ...], Reach] = {}

    def reach(self, actor: Actor) -> Reach:
        """What ``actor`` may see; the same object for actors who see the same."""
        agreements, day = self._agreements(), self._today()
        if self._seen is None or self._seen[0] is not agreements or self._seen[1] != day:
            self._seen = (agreements, day)
            self._reaches.clear()
        key = (actor.consumer, actor.region, actor.purpose, actor.scopes)
        found = self._reaches.get(key)
        if found is None:
            made = reach_of(self._entities, agreements, actor, day)
            if len(self._same) >= _MOST_KEPT or len(self._reaches) >= _MOST_KEPT:
                self._same.clear()
                self._reaches.clear()
            found = self._same.setdefault(made.content, made)
            self._reaches[key] = found
        return found

    def live(self, actor: Actor) -> tuple[Agreement, ...]:
        """The agreements that ``actor`` may ask under today, for whatever purpose."""
        return live(self._agreements(), actor, self._today())

    def purposes(self, actor: Actor) -> tuple[Purpose, ...]:
        """What ``actor`` may ask for today."""
        allowed = purposes_of(self.live(actor), actor.consumer)
        return tuple(purpose for purpose in Purpose if purpose in allowed)
