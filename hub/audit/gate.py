"""Whether the hub may still disclose: not while the log lags, cannot be seen, or a witness objects.

Asked before every answer, so it reads nothing: a thread looks at the log each second and keeps what it saw. Waiting is
counted by a clock that only goes forward; what an entry says of its own time counts only once it has waited a while,
so that a wrong clock stops nothing by itself, and a restart forgets nothing for long.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

import psycopg

from hub.audit.note import PublicKey
from hub.audit.standing import Standing, log_standing
from hub.audit.tree import Connection
from hub.clock import monotonic_milliseconds
from hub.errors import HubError, LogError

_EVERY_SECONDS = 1.0
BELIEVE_AFTER_SECONDS = 30.0

_log = logging.getLogger("hub.audit")


@dataclass(frozen=True, slots=True)
class Limits:
    """When to stop: seconds of lag, seconds of a witness's silence (0: never), and whether at an objection."""

    lag_seconds: float
    silence_seconds: float = 0
    at_disagreement: bool = True


@dataclass(slots=True)
class _Seen:
    """What the last looks showed, on a clock that only goes forward."""

    known_at: float
    standing: Standing | None = None
    waiting: UUID | None = None
    waiting_since: float = 0
    started_at: float = 0
    problem: HubError | None = field(default=None)


class DisclosureGate:
    """Shut while the log is not in order.

    ``believe_after``: how many seconds an entry must have waited before its own time counts; 0 for a command, which
    does not live long enough to see it wait.
    """

    def __init__(
        self,
        connect: Callable[[], Connection],
        county: str,
        witnesses: tuple[PublicKey, ...],
        limits: Limits,
        clock: Callable[[], float] = lambda: monotonic_milliseconds() / 1000,
        *,
        believe_after: float = BELIEVE_AFTER_SECONDS,
    ) -> None:
        self._believe_after = believe_after
        self._connect = connect
        self._county = county
        self._witnesses = witnesses
        self._limits = limits
        self._clock = clock
        self._connection: Connection | None = None
        self._seen = _Seen(known_at=clock(), started_at=clock())
        self._refusal: LogError | None = None
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def standing(self) -> Standing | None:
        """How the log stood when it was last seen."""
        return self._seen.standing

    @property
    def lag_seconds(self) -> float:
        """How long the oldest unsigned entry has waited."""
        seen = self._seen
        if seen.waiting is None or seen.standing is None:
            return 0
        observed = self._clock() - seen.waiting_since
        return max(observed, seen.standing.lag.total_seconds()) if observed >= self._believe_after else observed

    def refusal(self) -> LogError | None:
        """Why nothing may be disclosed now, to be raised; None while all is in order.

        LOG_BEHIND, LOG_UNSEEN, LOG_WITNESS_DISAGREES, LOG_WITNESS_SILENT, or what ``log_standing`` raised.
        """
        shut = self._refusal
        return None if shut is None else LogError(shut.code, shut.message, shut.hint, status=shut.status)

    def look(self) -> None:
        """See how the log stands; never raises for the database's sake."""
        seen = self._seen
        try:
            if self._connection is None or self._connection.closed:
                self._connection = self._connect()
            standing = log_standing(self._connection, self._county, self._witnesses)
        except (HubError, psycopg.Error, OSError) as error:
            seen.problem = error if isinstance(error, HubError) else None
            self._let_go()
        else:
            now = self._clock()
            waiting = standing.waiting.entry_id if standing.waiting else None
            if waiting != seen.waiting:
                seen.waiting, seen.waiting_since = waiting, now
            seen.standing, seen.known_at, seen.problem = standing, now, None
        refusal = self._judge()
        if refusal is not None and self._refusal is None:
            _log.error("nothing is disclosed: %s", refusal)
        self._refusal = refusal

    def _let_go(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _judge(self) -> LogError | None:
        seen, limits = self._seen, self._limits
        if isinstance(seen.problem, LogError):
            return seen.problem
        unseen = self._clock() - seen.known_at
        if unseen > limits.lag_seconds:
            return _shut("LOG_UNSEEN", f"The disclosure log has not been seen for {unseen:.0f} s.", "the database")
        if self.lag_seconds > limits.lag_seconds:
            return _shut(
                "LOG_BEHIND", f"The disclosure log is {self.lag_seconds:.0f} s behind.", "that `hub work` runs"
            )
        return self._judge_witnesses(unseen)

    def _judge_witnesses(self, unseen: float) -> LogError | None:
        seen, limits = self._seen, self._limits
        for witness in seen.standing.witnesses if seen.standing else ():
            if witness.disagreement is not None and limits.at_disagreement:
                entry = f" at entry {witness.disagreement.index}" if witness.disagreement.index is not None else ""
                message = f"The witness {witness.name} disagrees with the disclosure log{entry}."
                return _shut("LOG_WITNESS_DISAGREES", message, "`hub status` and `hub audit verify`")
            # One that never spoke is given as long from the start of this process.
            since_start = self._clock() - seen.started_at
            silence = witness.silence.total_seconds() + unseen if witness.silence is not None else since_start
            if 0 < limits.silence_seconds < silence:
                message = f"The witness {witness.name} has been silent for {silence:.0f} s."
                return _shut("LOG_WITNESS_SILENT", message, "that the agency's `hub audit witness` runs")
        return None

    def start(self) -> None:
        """Look now, and each second from now on."""
        self.look()
        self._thread = threading.Thread(target=self._watch, name="disclosure gate", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        self._let_go()

    def _watch(self) -> None:
        while not self._stop.wait(_EVERY_SECONDS):
            self.look()


def _shut(code: str, message: str, look_at: str) -> LogError:
    return LogError(code, message, f"Nothing is disclosed until it is mended; check {look_at}.", status=503)
