"""One sync of one agency: the only place that knows the order of the steps."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

import polars as pl
import psycopg
from psycopg.sql import Identifier

from hub.ahead import one_ahead
from hub.catalog.dataset import Dataset
from hub.catalog.indicator import Ledger
from hub.catalog.registry import Catalogue
from hub.clock import CITY_TIME, monotonic_milliseconds, now
from hub.errors import HubError, SyncError
from hub.storage.refused import in_words
from hub.sync import contract, duplicates, journal, lineage, quarantine, reconcile, rollup, stage
from hub.sync.backfill import only_days
from hub.sync.connector import Connector, Dated, Delivery, Incremental, Lacking
from hub.sync.figures import figures_today
from hub.sync.handover import Balance, Batch, Due, Figure, Merged, RunKind, RunReport
from hub.sync.merge import merge
from hub.sync.remembered import Memory, former_rows
from hub.sync.replace import replace
from hub.sync.statements import Connection, Workspace, moved, placed, record, superseded
from hub.sync.tally import DatasetTally, DeliveryTally, PartTally, Tally
from hub.sync.watch import Unwatched, Watch

# Local to the transaction. Hash tables and sorts of a million rows stay in memory; an index is what finds ten thousand
# rows among millions; for the statistics of a staging table a small sample is enough. A statement whose runner was
# killed soon ends, and with it the lock.
_SETTINGS = {
    "work_mem": "128MB",
    "random_page_cost": "1.1",
    "default_statistics_target": "10",
    "client_connection_check_interval": "5s",
}

__all__ = ["RollUp", "Watch", "sync_agency"]


# Checking costs some milliseconds however few the rows are, and an office sends hundreds of small sheets. With three
# times as many a sync of a million loans takes as long and 130 MiB more.
_ROWS_TOGETHER = 16_000


class _MustJudgeAll(Exception):  # noqa: N818  # no error: a way back
    """A row that was passed over as known may be wrong beside what else came."""


class Settle(Protocol):
    """Says what becomes of the quarantine entries a run is about; it may refuse the run."""

    def __call__(self, connection: Connection, run_id: int) -> None:
        """Within the run's transaction, after every merge."""
        ...


class Prepare(Protocol):
    """Moves records before anything is merged; says of which datasets how many."""

    def __call__(self, work: Workspace) -> Mapping[str, int]:
        """Within the run's transaction; what it moved stands in the tables called ``moved``."""
        ...


@dataclass(frozen=True, slots=True)
class Errand:
    """Why a run is made. Only a SYNC withdraws what is missing; ``settle`` takes the place of filing its rejects."""

    kind: RunKind = RunKind.SYNC
    settle: Settle | None = None
    prepare: Prepare | None = None


class RollUp(Protocol):
    """Moves the ledger's running totals by what the run changed."""

    def __call__(
        self, connection: Connection, *, ledger: Ledger, county: str, run_id: int, touched: frozenset[str]
    ) -> None:
        """Within the run's transaction."""
        ...


def sync_agency(  # noqa: PLR0913  # the composition root names each thing it hands over
    connector: Connector,
    *,
    connect: Callable[[], Connection],
    catalogue: Catalogue,
    ledger: Ledger,
    county: str,
    due: Due,
    watch: Watch | None = None,
    dry_run: bool = False,
    accept_empty: bool = False,
    roll_up: RollUp = rollup.update,
    errand: Errand = Errand(),  # frozen
) -> RunReport:
    """Bring what ``due`` names from ``connector`` into the record tables, in one transaction.

    No datasets in ``due`` means all of the agency's. ``dry_run`` does everything and keeps nothing. Raises
    ``HubError``: SOURCE_* and CONTRACT_* from reading, SYNC_ALREADY_RUNNING, SYNC_DATASET_OF_OTHERS,
    SYNC_TOTAL_DISAGREES, SYNC_DELIVERY_EMPTY (unless ``accept_empty``), SYNC_UNBALANCED, SYNC_DATABASE. Then nothing
    was loaded and the run's line says FAILED.
    """
    run = _Run(connector, catalogue, ledger, county, due, watch or Unwatched(), accept_empty, roll_up, errand)
    with _in_our_words(), closing(connect()) as connection:
        connection.autocommit = True
        with journal.only_runner(connection, county, due.agency):
            if dry_run:
                with connection.transaction(force_rollback=True):
                    run_id = journal.begin(connection, county, due.agency, errand.kind)
                    return run.work(connection, run_id, dry_run=True)
            run_id = journal.begin(connection, county, due.agency, errand.kind)
            with _failure_noted(connection, connect, county, run_id), connection.transaction():
                return run.work(connection, run_id, dry_run=False)


@contextmanager
def _in_our_words() -> Iterator[None]:
    """What the database or a reader says becomes a refusal, without its cause: their texts can hold a row's values."""
    try:
        yield
    except (psycopg.Error, pl.exceptions.PolarsError) as error:
        raise _refusal(error) from None


@contextmanager
def _failure_noted(
    connection: Connection, connect: Callable[[], Connection], county: str, run_id: int
) -> Iterator[None]:
    """Write FAILED on the run's line, also where the connection itself was lost."""
    try:
        yield
    except BaseException as error:
        refusal = _refusal(error)
        if not connection.broken:
            journal.failed(connection, county, run_id, refusal)
        else:
            with closing(connect()) as another:
                another.autocommit = True
                journal.failed(another, county, run_id, refusal)
        raise


def _refusal(error: BaseException) -> HubError:
    if isinstance(error, HubError):
        return error
    if isinstance(error, psycopg.Error):
        return SyncError("SYNC_DATABASE", *in_words(error))
    if isinstance(error, pl.exceptions.PolarsError):
        return SyncError(
            "SYNC_CONTRACT_CRASHED",
            f"A column could not be read ({type(error).__name__}).",
            "Nothing was kept. This is a fault of the hub: report it with the run's number.",
        )
    return SyncError(
        "SYNC_CRASHED",
        f"The run ended with {type(error).__name__}.",
        "Nothing was kept. If it comes again, it is a fault of the hub: report it with the run's number.",
    )


def _together(noted: Iterable[tuple[PartTally, Batch]]) -> Iterator[list[tuple[PartTally, Batch]]]:
    """Neighbouring batches of one dataset with the same columns, as many as make a good mouthful."""
    group: list[tuple[PartTally, Batch]] = []
    rows = 0
    for part, batch in noted:
        same = group and (batch.part.dataset, batch.part.columns) == (
            group[0][1].part.dataset,
            group[0][1].part.columns,
        )
        if group and (not same or rows + batch.rows.height > _ROWS_TOGETHER):
            yield group
            group, rows = [], 0
        group.append((part, batch))
        rows += batch.rows.height
    if group:
        yield group


@dataclass(slots=True)
class _Run:
    """The run's arguments, and the steps in their order."""

    connector: Connector
    catalogue: Catalogue
    ledger: Ledger
    county: str
    due: Due
    watch: Watch
    accept_empty: bool
    roll_up: RollUp
    errand: Errand
    tally: Tally = field(default_factory=Tally)
    covered: set[str] = field(default_factory=set[str])
    keys: dict[str, duplicates.KeyWatch] = field(default_factory=dict[str, duplicates.KeyWatch])
    touched: dict[str, list[Identifier]] = field(default_factory=dict[str, list[Identifier]])
    replaced: dict[str, int] = field(default_factory=dict[str, int])
    late: dict[str, datetime] = field(default_factory=dict[str, datetime])
    memories: dict[str, Memory] = field(default_factory=dict[str, Memory])
    repeated: set[str] = field(default_factory=set[str])
    partial: set[str] = field(default_factory=set[str])  # datasets of which a delivery brought only changes
    nameless: dict[str, int] = field(default_factory=dict[str, int])

    def work(self, connection: Connection, run_id: int, *, dry_run: bool) -> RunReport:
        """Due → delivery → batch → checked → staged → merged → balance → lineage."""
        started = monotonic_milliseconds()
        journal.claim(connection, self.county)
        before = figures_today(connection, self.ledger, self.county) if dry_run else {}
        for name, value in _SETTINGS.items():
            connection.execute("select set_config(%s, %s, true)", (name, value))
        with self._step("fetch"):
            self._fetch_what_is_new(connection)
            lacks = self._lacks(connection)
        with self._step("duplicates"):
            self._leave_out_older(connection)
            self._set_duplicates_aside(connection)
        with self._step("totals"):
            reconcile.compare_totals(self.tally.parts)
        with self._step("lineage"):
            part_ids = lineage.record_deliveries(connection, self.county, run_id, self.due.agency, self.tally)
        work = Workspace(connection, self.catalogue, self.county, run_id, part_ids)
        journal.wait_for_merge_turn(connection, self.county)
        balances = self._merge(work)
        with self._step("quarantine"):
            if self.errand.settle is None:
                names = [part.source for part in self.tally.parts]
                quarantine.write(work, self.due.agency, names, whole=self._whole())
            else:
                self.errand.settle(connection, run_id)
        with self._step("remember"):
            self._remember(work, balances)
        with self._step("balance"):
            lineage.record_balances(work, balances, self.tally)
            lineage.note_lengthened(work, balances)
            if self.errand.kind is RunKind.SYNC:
                lineage.note_freshness(work, self.due.agency, balances, self.tally.as_of())
        with self._step("roll-up"):
            self.roll_up(
                connection, ledger=self.ledger, county=self.county, run_id=run_id, touched=frozenset(self.touched)
            )
        journal.done(connection, self.county, run_id)
        milliseconds = monotonic_milliseconds() - started
        after = figures_today(connection, self.ledger, self.county) if dry_run else {}
        return RunReport(
            run_id,
            self.due.agency,
            balances,
            milliseconds,
            self.replaced,
            dry_run,
            rejects=quarantine.count(connection),
            lacks=lacks,
            nameless=self.nameless,
            figures=tuple(Figure(name, before[name], after[name]) for name in before if before[name] != after[name]),
        )

    @contextmanager
    def _step(self, name: str, dataset: str | None = None) -> Iterator[None]:
        self.watch.step_started(name, dataset)
        started = monotonic_milliseconds()
        yield
        self.watch.step_finished(name, dataset, monotonic_milliseconds() - started)

    def _due_datasets(self) -> frozenset[str]:
        own = {dataset.name for dataset in self.catalogue.of_agency(self.due.agency)}
        wanted = set(self.due.datasets) or own
        if not wanted <= own:
            raise SyncError(
                "SYNC_DATASET_OF_OTHERS",
                f"{self.due.agency.value} is not the agency of record for {', '.join(sorted(wanted - own))}.",
                f"Its datasets are {', '.join(sorted(own))}.",
            )
        return frozenset(wanted)

    def _fetch_what_is_new(self, connection: Connection) -> None:
        """Fetch, passing over rows that came before; where that cannot be relied upon, fetch again and judge all."""
        try:
            with connection.transaction():
                self._fetch(connection, remembers=not self.due.is_backfill)
                self._look_back(connection)
        except _MustJudgeAll:
            self.tally = Tally()
            for held in (self.covered, self.keys, self.memories):
                held.clear()
            self._fetch(connection, remembers=False)

    def _look_back(self, connection: Connection) -> None:
        """Raise ``_MustJudgeAll`` if what was judged says something of what was passed over."""
        for name, memory in self.memories.items():
            if memory.skipped and (self.tally.must_be_read_whole(name) or memory.contradicts(connection, self.county)):
                raise _MustJudgeAll

    def _fetch(self, connection: Connection, *, remembers: bool) -> None:
        """Read, check and stage batch by batch; no more than one batch is ever held."""
        wanted = self._due_datasets()
        stage.open_rejects(connection)
        known = lineage.cursors(connection, self.county, self.due.agency)
        due = dataclasses.replace(self.due, cursors=known, moment=now())
        for delivery in self.connector.deliveries(due):
            as_of = delivery.as_of if isinstance(delivery, Dated) else None
            if as_of is not None and not self.due.includes(as_of.astimezone(CITY_TIME).date()):
                continue
            changes = delivery if isinstance(delivery, Incremental) else None
            if changes is not None and changes.is_part:
                self._note_part(wanted.intersection(delivery.datasets))
            for name in wanted.intersection(delivery.datasets) - self.covered:
                self._open(connection, self.catalogue[name], remembers=remembers)
            self.watch.delivery_started(delivery.name, delivery.expected_rows)
            self._read(connection, delivery, wanted, by_row=as_of is None, remembers=remembers)
            cursor = changes.cursor if changes is not None else None
            self.tally.deliveries.append(DeliveryTally(delivery.kind, delivery.name, delivery.digest, as_of, cursor))

    def _lacks(self, connection: Connection) -> Mapping[str, str]:
        """What the source does without. What it has delivered once, it cannot do without any more."""
        if not isinstance(self.connector, Lacking):
            return {}
        lacks = self.connector.lacks
        gone = sorted(set(lacks).intersection(lineage.ever_delivered(connection, self.county)))
        if gone:
            raise SyncError(
                "SYNC_DATASET_GONE",
                f"{self.due.agency.value} has delivered {', '.join(gone)} before, and has no"
                f" {', '.join(dict.fromkeys(lacks[name] for name in gone))} any more.",
                "Ask the agency. Nothing was loaded, so that what it told stays until this is settled.",
            )
        return lacks

    def _note_part(self, names: Iterable[str]) -> None:
        """What brings only changes withdraws nothing; nothing passed over before stands for the whole any more."""
        for name in names:
            self.partial.add(name)
            if name in self.tally.datasets:
                self.tally.datasets[name].is_part = True
            if name in self.memories and self.memories[name].skipped:
                raise _MustJudgeAll

    def _open(self, connection: Connection, dataset: Dataset, *, remembers: bool) -> None:
        stage.open_dataset(connection, dataset)
        self.covered.add(dataset.name)
        self.tally.datasets[dataset.name] = DatasetTally(is_part=dataset.name in self.partial)
        self.keys[dataset.name] = duplicates.KeyWatch()
        can_know = remembers and self._is_whole(dataset)
        former = former_rows(connection, self.county, dataset) if can_know else None
        self.memories[dataset.name] = Memory(dataset, former)

    def _read(
        self, connection: Connection, delivery: Delivery, wanted: frozenset[str], *, by_row: bool, remembers: bool
    ) -> None:
        """The next rows are checked in a second thread while PostgreSQL takes in the last ones.

        ``by_row``: in a backfill the delivery as a whole has no date, so its rows are chosen by theirs.
        """

        def noted() -> Iterator[tuple[PartTally, Batch]]:
            for batch in delivery.batches():
                if batch.part.dataset in wanted:
                    if batch.part.dataset not in self.covered:
                        self._open(connection, self.catalogue[batch.part.dataset], remembers=remembers)
                    part = self.tally.part(delivery, batch.part)
                    fresh = self.memories[batch.part.dataset].without_known(part.ordinal, batch)
                    known = batch.rows.height - fresh.rows.height
                    self.tally.skip(part, known)
                    self.watch.rows_fetched(delivery.name, known)
                    yield part, fresh

        def checked(group: list[tuple[PartTally, Batch]]) -> tuple[list[PartTally], stage.Encoded]:
            dataset = self.catalogue[group[0][1].part.dataset]
            parts = [part for part, _ in group]
            judged = contract.check_together(dataset, [batch for _, batch in group], source=delivery.name)
            if by_row and self.due.is_backfill:
                judged = [only_days(dataset, one, self.due) for one in judged]
            ordinals = [part.ordinal for part in parts]
            return parts, stage.encode(dataset, list(zip(ordinals, judged, strict=True)))

        for parts, encoded in one_ahead(_together(noted()), checked):
            for part, (_, judged) in zip(parts, encoded.batches, strict=True):
                self.tally.add(part, judged)
                self.memories[part.part.dataset].note_judged(judged)
                self.keys[part.part.dataset].note(judged.rows.select(self.catalogue[part.part.dataset].key))
                self.watch.rows_fetched(delivery.name, judged.fetched)
            stage.copy(connection, self.catalogue[parts[0].part.dataset], encoded)

    def _set_duplicates_aside(self, connection: Connection) -> None:
        parts = {part.ordinal: part for part in self.tally.parts}
        for name, keys in self.keys.items():
            if not keys.may_repeat():
                continue
            for ordinal, rejects in duplicates.set_aside(connection, self.catalogue[name], parts):
                self.repeated.add(name)
                stage.copy_rejects(connection, name, rejects, ordinal)
                self.tally.datasets[name].accepted -= len(rejects)
                self.tally.datasets[name].quarantined += len(rejects)

    def _leave_out_older(self, connection: Connection) -> None:
        """Where deliveries of one run tell of different moments, the newest that names a record is believed."""
        for name, keys in self.keys.items():
            ages = self.tally.ages(name)
            if len(set(ages) - {0}) > 1 and keys.may_repeat():
                late = duplicates.leave_out_older(connection, self.catalogue[name], ages)
                self.tally.datasets[name].late += late

    def _remember(self, work: Workspace, balances: Iterable[Balance]) -> None:
        for balance in balances:
            name = balance.staged.dataset
            if not self._is_whole(self.catalogue[name]):
                continue
            if balance.merged.late:
                self.memories[name].stand(work)
            else:
                self.memories[name].keep(
                    work,
                    is_worthless=self.tally.must_be_read_whole(name),
                    has_repeats=name in self.repeated,
                    is_first=balance.merged.first,
                )

    def _whole(self) -> list[str]:
        """Datasets of which this run read every record, as they are by now."""
        return [
            name
            for name in self.covered
            if self._is_whole(self.catalogue[name]) and name not in self.late and not self.tally.shares(name)
        ]

    def _is_whole(self, dataset: Dataset) -> bool:
        return dataset.full and self.errand.kind is RunKind.SYNC and dataset.name not in self.partial

    def _merge(self, work: Workspace) -> tuple[Balance, ...]:
        """Every dataset in the catalogue's order: first its own delivery, then its place after others moved."""
        digests = lineage.former_digests(work.connection, self.county)
        self._find_late(work.connection)
        balances = []
        if self.errand.prepare is not None:
            for name, count in self.errand.prepare(work).items():
                self._note_replaced(name, count)
        for dataset in self.catalogue.delivered():
            first = False
            if dataset.name in self.covered:
                with self._step("merge", dataset.name):
                    balances.append(self._merge_one(work, dataset, digests.get(dataset.name)))
                first = balances[-1].merged.first
            if not first and any(step.dataset in self.touched for step in dataset.placement.through):
                with self._step("replace", dataset.name):
                    self._replace_one(work, dataset)
        return tuple(balances)

    def _find_late(self, connection: Connection) -> None:
        """Datasets whose newest delivery of this run is older than one merged before; in a backfill, all dated ones."""
        newest = lineage.newest_told(connection, self.county)
        for name, moment in self.tally.as_of().items():
            if self.due.is_backfill or (name in newest and moment < newest[name]):
                self.late[name] = moment

    def _merge_one(self, work: Workspace, dataset: Dataset, digest: str | None) -> Balance:
        started = monotonic_milliseconds()
        staged = self.tally.staged(dataset.name)
        former = None if digest is None else reconcile.content_of(digest)
        if staged.quarantined and self._is_whole(dataset):
            quarantine.hold_corrected(work, dataset)
            if nameless := quarantine.nameless(work, dataset):
                self.nameless[dataset.name] = nameless
        whole, as_of = self._is_whole(dataset), self.late.get(dataset.name)
        merged = merge(
            work,
            staged,
            self.memories[dataset.name],
            whole=whole,
            withdraws=dataset.name not in self.nameless,
            former_content=former,
            as_of=as_of,
            shares=self.tally.shares(dataset.name),
        )
        if merged.withdrawn and not self.accept_empty:
            emptied = lineage.withdrawn_with(work, dataset.name, self.tally.silent(dataset.name))
            reconcile.refuse_sudden_emptiness(dataset, staged, merged, emptied)
        self._note_touched(merged)
        return reconcile.balance(staged, merged, monotonic_milliseconds() - started)

    def _note_touched(self, merged: Merged) -> None:
        if merged.touched:
            name = merged.dataset
            self.touched[name] = [record(name)] if merged.first else [placed(name), superseded(name)]

    def _replace_one(self, work: Workspace, dataset: Dataset) -> None:
        self._note_replaced(dataset.name, replace(work, dataset, self.touched))

    def _note_replaced(self, name: str, count: int) -> None:
        if count:
            self.replaced[name] = count
            self.touched.setdefault(name, []).append(moved(name))
