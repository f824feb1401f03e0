"""The composition root of what operators are shown by hand: each thing is in the disclosure log before it is seen."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from hashlib import sha256
from secrets import token_hex
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from uuid import UUID

import psycopg

from hub.audit.disclosure import Asked, ByHand, DisclosureLog, Told, operation_block
from hub.audit.entry import Door
from hub.audit.pseudonyms import Pseudonyms, pseudonyms
from hub.audit.recorder import Recorder
from hub.audit.shown import NOTHING, Shown
from hub.audit.trawling import LogAlarm, Thresholds, recent_alarms, watch
from hub.audit.tree import Connection, open_log
from hub.audit.verify import Findings
from hub.clock import now
from hub.errors import HubError
from hub.proving import gate_of, keys_folder
from hub.settings import Settings
from hub.storage import by_hand
from hub.storage.by_hand import Look
from hub.storage.roles import DatabaseRole
from hub.storage.server import DatabaseServer, connect
from hub.sync.whose import household_of

if TYPE_CHECKING:
    from hub.sync.correct import RawRow

_ENTRY = "disclosure"
_WATCH_SECONDS = 300.0
# The orders in which somebody might go through households: by their numbers, and by those of loans.
_ORDERS = (
    "select household_id from record.household where county = %s order by household_id",
    "select household_id from record.loan where county = %s and household_id is not null order by loan_id",
)
# What lists of links and of conflicts show: keys of records, and who decided.
LINKS = Shown("record_link", ("record_link",), ("record_link.record_key", "record_link.entity_key"))
CONFLICTS = Shown("conflict", ("conflict", "claim"), ("conflict.conflict_id", "claim.record_key"))


@dataclass(frozen=True, slots=True)
class Seen:
    """What somebody is about to see: the operation's name, its text, what it shows of whom, and its bytes."""

    name: str
    text: str
    shown: Shown
    response: bytes
    households: Iterable[str] = ()
    rows: int = 0


class Notebook:
    """Notes what one person is shown through ``door``; nothing may be shown that could not be noted.

    ``even_if_behind``: also while the hub discloses nothing, for what shows no record and finds out why.
    """

    def __init__(
        self, settings: Settings, server: DatabaseServer, door: Door, who: ByHand, *, even_if_behind: bool = False
    ) -> None:
        self._door = door
        self._who = who
        self._runner = asyncio.Runner()
        self._recorder = Recorder(server.conninfo(DatabaseRole.LOG), settings.county)
        self._gate = None if even_if_behind else gate_of(settings, server, for_command=True)
        known = pseudonyms(keys_folder(settings), settings.county)
        may = self._gate.refusal if self._gate else _always
        self._log = DisclosureLog(self._recorder, known, settings.county, settings.log_name, may_disclose=may)

    def __enter__(self) -> Self:
        self._runner.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._runner.run(self._recorder.close())
        self._runner.close()
        if self._gate:
            self._gate.stop()

    def note(self, seen: Seen) -> None:
        """Commit the entry of ``seen``; raises ``HubError`` if it cannot be, and then it must not be shown."""
        if self._gate:
            self._gate.look()
        told = Told(operation_block(seen.name, seen.text, seen.shown), tuple(seen.households), seen.rows, seen.response)
        self._runner.run(self._log.answered(self._asked(seen.text), self._who, told))

    def refused(self, name: str, text: str, error: HubError) -> None:
        """Note that nothing was shown, and why; what cannot be noted changes nothing about that."""
        block = operation_block(name, text, NOTHING)
        self._runner.run(self._log.refused(self._asked(text), self._who, error, block))

    def _asked(self, text: str) -> Asked:
        return Asked(self._door, token_hex(8), sha256(text.encode("utf-8", "surrogatepass")).digest())


def _always() -> HubError | None:
    return None


def looked(
    settings: Settings, server: DatabaseServer, who: ByHand, texts: Iterable[str], most: int
) -> Iterator[Look | HubError]:
    """What each statement gives, noted before it is handed out; a refusal is handed out like an answer."""
    with (
        Notebook(settings, server, Door.SHELL, who) as notebook,
        closing(connect(server.conninfo(DatabaseRole.RULES), autocommit=True)) as connection,
    ):
        for text in texts:
            try:
                found = by_hand.look(connection, settings.county, text, most)
            except HubError as error:
                notebook.refused("shell", text, error)
                yield error
                continue
            notebook.note(_of_look(text, found))
            yield found


def _of_look(text: str, found: Look) -> Seen:
    datasets = tuple(dict.fromkeys(name.rpartition(".")[2] for name in found.tables))
    shown = Shown(datasets[0] if datasets else None, datasets, found.fields)
    return Seen("shell", text, shown, _bytes([found.headings, found.rows]), found.households, len(found.rows))


def note_raw_row(settings: Settings, server: DatabaseServer, row: RawRow, who: str, purpose: str) -> None:
    """Note that somebody is about to see a row in quarantine, whole as its source wrote it."""
    dataset = row.part.dataset
    named = {column.heading: column.field for column in row.part.columns}
    fields = tuple(dict.fromkeys(f"{dataset}.{named.get(heading, 'untaken')}" for heading in row.raw))
    with closing(connect(server.conninfo(DatabaseRole.CONNECTOR), autocommit=True)) as connection:
        household = household_of(connection, settings.county, row)
    seen = Seen(
        "quarantine show",
        f"quarantine show {row.entry_id}",
        Shown(dataset, (dataset, "quarantine_entry"), fields),
        _bytes(dict(row.raw)),
        () if household is None else (household,),
        1,
    )
    with Notebook(settings, server, Door.COMMAND, ByHand(who, purpose)) as notebook:
        notebook.note(seen)


def watch_once(settings: Settings, server: DatabaseServer, instant: datetime | None = None) -> list[LogAlarm]:
    """Look at the log for what is unusual, once; what was raised. Raises ``HubError``."""
    known = pseudonyms(keys_folder(settings), settings.county)
    opens, _, closes = settings.office_hours.partition("-")
    limits = Thresholds(
        settings.alarm_households,
        settings.alarm_habit_factor,
        settings.alarm_in_sequence,
        settings.alarm_off_hours,
        time.fromisoformat(opens),
        time.fromisoformat(closes),
        settings.time_zone,
    )

    def numbered(wanted: set[UUID]) -> Iterator[Iterator[tuple[int, UUID]]]:
        with closing(connect(server.conninfo(DatabaseRole.RULES), autocommit=True)) as records:
            for text in _ORDERS:
                yield _order(records, settings.county, text, (known, wanted))

    with closing(open_log(server.conninfo(DatabaseRole.AUDIT), settings.county)) as log:
        return watch(log, settings.county, instant or now(), limits, numbered)


def _order(
    records: Connection, county: str, text: str, names: tuple[Pseudonyms, set[UUID]]
) -> Iterator[tuple[int, UUID]]:
    known, wanted = names
    with records.transaction():
        records.execute("select set_config('hub.county', %s, true)", (county,))
        with psycopg.ServerCursor(records, "numbered") as cursor:
            for place, (household,) in enumerate(cursor.execute(text.encode(), (county,))):
                for name in known.under_known_keys(household):
                    if name in wanted:
                        yield place, name


def recent_log_alarms(settings: Settings, server: DatabaseServer) -> list[LogAlarm]:
    """What was unusual within a day."""
    with closing(open_log(server.conninfo(DatabaseRole.AUDIT), settings.county)) as log:
        return recent_alarms(log, settings.county, now() - timedelta(days=1))


async def watch_always(settings: Settings, server: DatabaseServer, report: Callable[[str], None]) -> None:
    """Look every few minutes, as long as the hub works."""
    while True:
        look = asyncio.create_task(asyncio.to_thread(watch_once, settings, server))
        try:
            await asyncio.shield(look)
            for alarm in look.result():
                report(f"ALARM {alarm.kind}: {alarm.message}")
        except asyncio.CancelledError:
            await asyncio.wait([look])  # a thread cannot be cancelled, and the server outlives it
            raise
        except (HubError, psycopg.Error) as error:
            report(f"The log was not watched ({type(error).__name__}).")
        await asyncio.sleep(_WATCH_SECONDS)


def note_proof(settings: Settings, server: DatabaseServer, who: ByHand, bundle: Mapping[str, Any]) -> None:
    """Note that somebody is about to see an entry of the log and what proves it."""
    fields = tuple(f"{_ENTRY}.{name}" for name in bundle["entry"])
    text = f"audit prove {bundle['entry']['entry_id']}"
    with Notebook(settings, server, Door.COMMAND, who) as notebook:
        notebook.note(Seen("audit prove", text, Shown(_ENTRY, (_ENTRY,), fields), _bytes(bundle), rows=1))


def note_verification(settings: Settings, server: DatabaseServer, who: ByHand, findings: Findings) -> HubError | None:
    """Note that somebody verified the log. Counts and faults are no record: they are shown even if this fails."""
    shown = Shown(_ENTRY, (_ENTRY,), (f"count({_ENTRY})",))
    told = [findings.entries, findings.size, findings.root.hex(), sorted(findings.counts.items())]
    try:
        with Notebook(settings, server, Door.COMMAND, who, even_if_behind=True) as notebook:
            notebook.note(Seen("audit verify", "audit verify", shown, _bytes(told)))
    except HubError as error:
        return error
    return None


def note_rows(
    settings: Settings, server: DatabaseServer, who: ByHand, command: str, shown: Shown, rows: Sequence[Sequence[Any]]
) -> None:
    """Note the rows that a command is about to list; those of records name their keys alone, and no household."""
    with Notebook(settings, server, Door.COMMAND, who) as notebook:
        notebook.note(Seen(command, command, shown, _bytes(rows), rows=len(rows)))


def _bytes(whole: object) -> bytes:
    return json.dumps(whole, ensure_ascii=False, default=str).encode("utf-8", "surrogatepass")
