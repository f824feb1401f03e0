"""The disclosure log as figures: how it stands, and what is not in the tree or in the index by household yet."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from hub.audit.disclosure import Asked, Block, DisclosureLog, Receipt, Told
from hub.audit.entry import Outcome
from hub.audit.gate import DisclosureGate
from hub.audit.subject_index import indexed
from hub.audit.tree import Connection, StoredTree
from hub.errors import HubError
from hub.observe.metrics import Counter, Family, single

_MOST_COUNTED = 100_000
# By the order's own index, and no further than it is worth counting.
_UNSEQUENCED = f"""
select count(*) from (
  select from audit.disclosure d where d.county = %s and d.xid >= %s::text::xid8
    and (d.xid, d.entry_id) > (%s::text::xid8, %s) order by d.xid, d.entry_id limit {_MOST_COUNTED}) counted
"""  # noqa: S608  # a number
_ALARMS = """
select kind, count(*) from audit.log_alarm
where county = %s and hour > clock_timestamp() - interval '1 day' group by 1 order by 1
"""


class LogCounts:
    """What this process has written into the log."""

    def __init__(self) -> None:
        self.answers = Counter("hub_answers_total", "Answers and refusals by door and outcome.", "door", "outcome")
        self.refusals = Counter("hub_refusals_total", "Refusals and failures by code.", "code")
        self.commits = Counter("hub_log_commits_total", "Commits of the log's writer.")
        self.entries = Counter("hub_log_entries_written_total", "Entries committed; several share a commit.")

    def committed(self, entries: int) -> None:
        """One commit of so many entries."""
        self.commits.add()
        self.entries.add(by=entries)

    def families(self) -> Iterator[Family]:
        """As they stand now."""
        yield from (held.family() for held in (self.answers, self.refusals, self.commits, self.entries))


class CountedLog(DisclosureLog):
    """Counts what leaves, and what does not."""

    def __init__(self, counts: LogCounts, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self._counts = counts

    async def answered(self, asked: Asked, actor: Any, told: Told) -> Receipt:
        """As before; counted once it is committed."""
        receipt = await super().answered(asked, actor, told)
        self._counts.answers.add(asked.door.value, Outcome.ANSWERED.value)
        return receipt

    async def refused(self, asked: Asked, actor: Any, error: HubError, operation: Block | None = None) -> None:
        """As before; counted whether it could be logged or not."""
        outcome = Outcome.FAILED if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR else Outcome.REFUSED
        self._counts.answers.add(asked.door.value, outcome.value)
        self._counts.refusals.add(error.code)
        await super().refused(asked, actor, error, operation)


def standing_figures(gate: DisclosureGate) -> Iterator[Family]:
    """What the gate saw at its last look, a second ago or less; nothing is asked for it."""
    yield single("hub_log_disclosing", "Whether anything may be disclosed now.", float(gate.refusal() is None))
    yield single("hub_log_lag_seconds", "How long the oldest unsigned entry has waited.", gate.lag_seconds)
    standing = gate.standing
    if standing is None:
        return
    yield single("hub_log_entries_sequenced", "Entries in the tree.", standing.size)
    yield single("hub_log_entries_signed", "Entries that the last checkpoint covers.", standing.signed_size)
    if standing.signed_at is not None:
        yield single(
            "hub_log_checkpoint_timestamp_seconds",
            "When the last checkpoint was signed.",
            standing.signed_at.timestamp(),
        )
    silence = [((item.name,), item.silence.total_seconds()) for item in standing.witnesses if item.silence is not None]
    objects = [((item.name,), float(item.disagreement is not None)) for item in standing.witnesses]
    about = "Seconds since a witness last cosigned; none for one that never did."
    yield Family("hub_log_witness_silent_seconds", about, silence, ("witness",))
    yield Family("hub_log_witness_disagrees", "Whether a witness objects to the log.", objects, ("witness",))


def alarm_figures(connection: Connection, county: str) -> Iterator[Family]:
    """What was unusual about who was told of whom, within a day."""
    found = [((str(kind),), float(count)) for kind, count in connection.execute(_ALARMS, (county,)).fetchall()]
    yield Family("hub_log_alarms", "Alarms over the disclosure log within a day, by kind.", found, ("kind",))


def backlog_figures(connection: Connection, county: str) -> Iterator[Family]:
    """What waits for the sequencer, counted now; ``connection`` reads the log."""
    head = StoredTree(connection, county).head()
    found = connection.execute(_UNSEQUENCED, (county, head.xid, head.xid, head.entry_id)).fetchone()
    about = f"Entries that are not in the tree yet, counted up to {_MOST_COUNTED}."
    yield single("hub_log_entries_unsequenced", about, found[0] if found else 0)
    yield single(
        "hub_log_entries_unindexed",
        "Entries in the tree that a question about a household reads one by one.",
        head.size - indexed(connection, county),
    )
