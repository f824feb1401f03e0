"""Jobs in the database, so that any number of workers share them: procrastinate's queue, our schedules.

Each due moment of a schedule becomes one job, whoever notices it first. Jobs of one agency run one after the other. A
worker that was killed leaves its job ``doing`` with its lock held: ``take_back_stalled`` gives it to another. One that
lives and was cut off as its job ended says so again, or its agency would be locked for as long as it lives.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

import psycopg
from procrastinate import App, JobContext, PsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.jobs import Job, Status
from procrastinate.manager import JobManager
from procrastinate.retry import BaseRetryStrategy, RetryDecision
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from hub.catalog.dataset import Agency
from hub.clock import now
from hub.sync.handover import Due
from hub.sync.retry import Retry
from hub.sync.schedule import Schedule

SCHEMA = "procrastinate"
_TASK = "sync"
# A worker says every few seconds that it lives; one silent for so long is dead.
HEARTBEAT_SECONDS = 5.0
SILENT_SECONDS = 30.0
# What became of a job is told again for this long; a worker whose database is away for longer begins anew, as another.
_TOLD_AGAIN_SECONDS = 120.0
# How long finished jobs stay to be looked at; sync.run keeps the runs themselves.
_KEPT_HOURS = 24 * 30

# Errors of a database that is away for a while.
DatabaseAway = (ConnectorException, psycopg.OperationalError)


class _Persistent(JobManager):
    """Tells what became of a job until the database has heard it, or for ``_TOLD_AGAIN_SECONDS``."""

    async def finish_job(self, job: Job, status: Status, delete_job: bool) -> None:  # noqa: FBT001  # as it is called
        """As procrastinate's."""
        tell = super().finish_job
        await self._tell(job, status, lambda: tell(job, status, delete_job))

    async def retry_job(
        self,
        job: Job,
        retry_at: datetime | None = None,
        priority: int | None = None,
        queue: str | None = None,
        lock: str | None = None,
    ) -> None:
        """As procrastinate's."""
        tell = super().retry_job
        await self._tell(job, Status.TODO, lambda: tell(job, retry_at, priority, queue, lock))

    async def _tell(self, job: Job, wanted: Status, tell: Callable[[], Awaitable[None]]) -> None:
        ends = asyncio.get_running_loop().time() + _TOLD_AGAIN_SECONDS
        while True:
            try:
                return await tell()
            except ConnectorException:
                found = None
                with suppress(ConnectorException):
                    found = await self.get_job_status_async(job.id or 0)
                if found == wanted:
                    return None  # It was heard; only the answer was lost.
                if found not in {None, Status.DOING} or asyncio.get_running_loop().time() > ends:
                    raise
            await asyncio.sleep(1)


class _Strategy(BaseRetryStrategy):
    def __init__(self, retry: Retry) -> None:
        self._retry = retry

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        seconds = self._retry.wait_seconds(exception, job.attempts + 1)
        return None if seconds is None else RetryDecision(retry_at=now() + timedelta(seconds=seconds))


@dataclass(slots=True)
class Queue:
    """One county's jobs. ``run`` syncs what is due, in a thread of its own, and raises what went wrong."""

    conninfo: str
    county: str
    run: Callable[[Due], None]
    retry: Retry

    def app(self) -> App:
        """A procrastinate application that knows the one task; open it before use."""
        given = conninfo_to_dict(self.conninfo)
        options = f"{given.get('options', '')} -c search_path={SCHEMA}".strip()
        conninfo = make_conninfo(self.conninfo, options=options)
        app = App(connector=PsycopgConnector(conninfo=conninfo, min_size=1, max_size=4))
        app.job_manager = _Persistent(app.connector)
        app.task(name=_TASK, queue=self.county, pass_context=True, retry=_Strategy(self.retry))(self._work)
        _keep_tracebacks_back()
        return app

    def _work(self, _context: JobContext, *, agency: str, datasets: list[str], timestamp: int) -> None:  # noqa: ARG002
        self.run(Due(Agency(agency), tuple(datasets)))

    async def defer_due(self, app: App, schedules: Iterable[Schedule], instant: datetime) -> list[Schedule]:
        """Queue what is due at ``instant`` and was not queued before; a moment that was missed is made up for once."""
        deferred = []
        for schedule in schedules:
            timestamp = int(schedule.last_due(instant).timestamp())
            name = self._name(schedule)
            due = schedule.due
            job = app.configure_task(
                _TASK,
                queue=self.county,
                lock=f"{self.county}:{due.agency.value}",
                queueing_lock=name,
                task_kwargs={"agency": due.agency.value, "datasets": list(due.datasets), "timestamp": timestamp},
            ).job
            try:
                found = await app.job_manager.defer_periodic_job(job, name, timestamp)
            except AlreadyEnqueued:
                continue  # The one before is still waiting; it will bring everything.
            if found is not None:
                deferred.append(schedule)
        return deferred

    def _name(self, schedule: Schedule) -> str:
        digest = hashlib.sha256(schedule.name.encode()).hexdigest()[:16]
        return f"{self.county}:{schedule.due.agency.value}:{digest}"

    async def take_back_stalled(self, app: App, silent_seconds: float = SILENT_SECONDS) -> int:
        """Queue the jobs of dead workers again; how many. One that killed its workers too often is given up."""
        taken = 0
        jobs = await app.job_manager.get_stalled_jobs(queue=self.county, seconds_since_heartbeat=silent_seconds)
        for job in jobs:
            try:
                if job.attempts >= self.retry.most:
                    await app.job_manager.finish_job(job, Status.FAILED, delete_job=False)
                else:
                    await app.job_manager.retry_job(job, retry_at=now())
                    taken += 1
            except ConnectorException:
                continue  # Another worker was quicker.
        return taken

    async def forget_old(self, app: App) -> None:
        """Delete jobs that ended long ago."""
        await app.job_manager.delete_old_jobs(
            _KEPT_HOURS, queue=self.county, include_failed=True, include_cancelled=True, include_aborted=True
        )

    async def work(self, app: App, *, at_once: int, report: Callable[[str], None], wait: bool = True) -> None:
        """Take jobs until a signal says stop (or, without ``wait``, until there are none); outlives the database."""
        while True:
            try:
                await app.run_worker_async(
                    queues=[self.county],
                    concurrency=at_once,
                    wait=wait,
                    update_heartbeat_interval=HEARTBEAT_SECONDS,
                    stalled_worker_timeout=SILENT_SECONDS,
                )
            except DatabaseAway:
                report("The database is away; trying again.")
                await asyncio.sleep(HEARTBEAT_SECONDS)
            else:
                return


def _keep_tracebacks_back() -> None:
    """The run reports its own error; a chain of causes could hold a row's values.

    By a handler of its own: a logger's filter sees only what is said in its name, and each worker has another.
    """
    handler = logging.StreamHandler()
    handler.setLevel(logging.WARNING)
    handler.addFilter(_without_traceback)
    log = logging.getLogger("procrastinate")
    log.handlers = [handler]
    log.propagate = False


def _without_traceback(entry: logging.LogRecord) -> bool:
    entry.exc_info = None
    return True
