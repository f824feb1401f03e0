"""The composition root of /metrics: what this process counts, how the log stands, what the database tells of syncs."""

from __future__ import annotations

import asyncio
import resource
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import psycopg
from psycopg.conninfo import make_conninfo

from hub.audit.figures import LogCounts, alarm_figures, backlog_figures, standing_figures
from hub.audit.gate import DisclosureGate
from hub.audit.tree import Connection, open_log
from hub.clock import monotonic_milliseconds
from hub.errors import HubError
from hub.graph.answer import Answerer
from hub.observe.metrics import Family, single
from hub.query.run import DatabaseReader
from hub.settings import Settings
from hub.storage.roles import DatabaseRole
from hub.storage.server import DatabaseServer
from hub.sync.gauges import sync_figures

_KEPT_MILLISECONDS = 5_000  # so often at most is the database asked, whoever scrapes
_OPTIONS = "-c statement_timeout=3000 -c default_transaction_read_only=on -c jit=off"
_SEES = "select set_config('hub.datasets', ',sync_run,', false)"


@dataclass(frozen=True, slots=True)
class Measured:
    """What of this process is looked at."""

    log: LogCounts
    gate: DisclosureGate
    reader: DatabaseReader
    answerer: Answerer


class Measuring:
    """Everything that /metrics shows of one serving process."""

    def __init__(self, settings: Settings, server: DatabaseServer, measured: Measured) -> None:
        self._settings = settings
        self._conninfo = make_conninfo(server.conninfo(DatabaseRole.API), options=_OPTIONS)
        self._measured = measured
        self._connection: Connection | None = None
        self._asking = threading.Lock()
        self._told: tuple[int, list[Family]] = (-_KEPT_MILLISECONDS, [])

    async def families(self) -> Iterable[Family]:
        """All but the doors' counts."""
        of_database = await asyncio.to_thread(self._asked)
        return [*self._of_process(), *standing_figures(self._measured.gate), *of_database]

    def close(self) -> None:
        """Hang up."""
        with self._asking:
            self._let_go()

    def _of_process(self) -> Iterator[Family]:
        measured = self._measured
        yield from measured.log.families()
        connections = [((name,), float(count)) for name, count in measured.reader.connections.items()]
        yield Family("hub_database_connections", "Connections that answer questions.", connections, ("state",))
        kept = [((name,), float(count)) for name, count in measured.answerer.kept.items()]
        yield Family("hub_plans_kept", "Documents and plans held.", kept, ("what",))
        made = [((), float(measured.answerer.plans_made))]
        yield Family("hub_plans_made_total", "Plans that were not held when they were asked for.", made, (), "counter")
        used = resource.getrusage(resource.RUSAGE_SELF)
        spent = [((), used.ru_utime + used.ru_stime)]
        yield Family("process_cpu_seconds_total", "Processor seconds of this process.", spent, (), "counter")
        yield single("process_peak_memory_bytes", "The most resident memory it has had.", used.ru_maxrss * 1024)

    def _asked(self) -> list[Family]:
        """What the database tells, at most some seconds old."""
        with self._asking:
            moment, told = self._told
            if monotonic_milliseconds() - moment >= _KEPT_MILLISECONDS:
                told = self._ask()
                self._told = (monotonic_milliseconds(), told)
            return told

    def _ask(self) -> list[Family]:
        county = self._settings.county
        try:
            if self._connection is None or self._connection.closed:
                self._connection = open_log(self._conninfo, county, serving=True)
                self._connection.execute(_SEES)
            found = [
                *backlog_figures(self._connection, county),
                *alarm_figures(self._connection, county),
                *sync_figures(self._connection, county),
            ]
        except (psycopg.Error, HubError, OSError):
            self._let_go()
            return [single("hub_database_up", "Whether the database could be asked.", 0)]
        return [single("hub_database_up", "Whether the database could be asked.", 1), *found]

    def _let_go(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
