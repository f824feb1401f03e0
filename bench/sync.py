"""The sync of a large delivery beside bare COPY and other loaders: first load, 1 % changed, nothing changed.

``python -m bench.sync HOME FOLDER AGENCY`` is one sync in a process of its own, so that its memory is its own.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import psycopg
from psycopg import sql

from bench.deliveries import (
    HOUSEHOLDS,
    LOANS,
    NEW_OFFICER,
    PERSONS,
    REPAYMENTS,
    SEPARATOR,
    base_repayments,
    base_rows,
    write,
    write_registry,
    write_repayments,
)
from bench.loaders import Loader, check, load
from bench.places import CLONE, RESULTS
from bench.processes import MemoryWatch
from bench.table import figure, heading, markdown
from connectors.bank import mapping
from connectors.mapping import Mapping, take
from connectors.transport.folder import FileForm, FolderConnector
from hub.catalog.dataset import Agency
from hub.observe.progress import StepTimes
from hub.settings import Settings
from hub.storage.migrate import migrate
from hub.storage.roles import DatabaseRole
from hub.storage.server import DatabaseServer, connect
from hub.sync.handover import Due
from hub.sync.run import sync_agency
from hub.worker import open_server
from schema import CATALOGUE
from schema.ledger import LEDGER

_MARK = "bench-sync "
_COPIES = 3
_BLOCK = 1 << 20
_CHANGED_EVERY = 100

_HOUSEHOLD = Mapping(
    "household",
    (
        take("household_id", "户编号"),
        take("region_code", "行政村代码"),
        take("head_name", "姓名"),
        take("size_declared", "人数"),
        take("poverty_status", "属性"),
        take("registered_on", "日期"),
    ),
)
_PERSON = Mapping(
    "person",
    (
        take("person_id", "人员编号"),
        take("household_id", "户编号"),
        take("identity_number", "证件号码"),
        take("name", "姓名"),
    ),
)
_FORMS = {
    Agency.RELIEF: ((HOUSEHOLDS, _HOUSEHOLD), (PERSONS, _PERSON)),
    Agency.BANK: ((LOANS, mapping.LOAN), (REPAYMENTS, mapping.REPAYMENT)),
}


@dataclass(frozen=True, slots=True)
class Synced:
    """One sync, or one bare COPY: seconds, memory of the process, and the counts it reported."""

    name: str
    seconds: float
    mebibytes: float | None = None
    counts: dict[str, int] = field(default_factory=dict)
    steps: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Findings:
    """The syncs in their order, COPY of the same rows, and the same loads by each of the others."""

    rows: int  # of all that the bank delivers
    loans: int
    file_mebibytes: float
    copied: Synced
    synced: list[Synced]
    others: dict[str, list[Synced]]


def measure(rows: int, loaders: Sequence[Loader] = (), *, repayments: bool = False) -> Findings:
    """Everything, in a fresh data folder; each delivery is loaded by the hub and then by each of the others.

    ``repayments``: the bank delivers those of the ``rows`` loans too, and COPY writes them; the others load loans only.
    """
    home = RESULTS / "sync"
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    base = base_rows(home / "demo")
    drop = home / "drop"
    settings = Settings(home=home)
    synced: list[Synced] = []
    others: dict[str, list[Synced]] = {loader.name: [] for loader in loaders}
    with open_server(settings) as server:
        migrate(server.owner)
        print(f"writing {rows:,} rows, and their borrowers to be synced first …", flush=True)
        write_registry(drop, rows)
        _synced("borrowers (not part of the bench)", home, drop, Agency.RELIEF)
        size = write(drop, base, rows).stat().st_size
        delivered = rows
        if repayments:
            delivered += write_repayments(drop, base, base_repayments(home / "demo", base), rows)
            size += (drop / REPAYMENTS).stat().st_size
        for name, changed in (("first load", 0), (f"{100 / _CHANGED_EVERY:.0f} % changed", 1), ("unchanged", 1)):
            if name != "unchanged":
                write(drop, base, rows, changed_every=_CHANGED_EVERY * changed)
            _settle(server)
            synced.append(_synced(name, home, drop))
            for loader in loaders:
                _settle(server)
                found = load(loader, drop / LOANS, server.owner, home)
                check(loader, server.owner, rows, -(-rows // _CHANGED_EVERY) * changed, NEW_OFFICER)
                others[loader.name].append(Synced(name, found.seconds, found.mebibytes))
                print(f"{name}, {loader.name}: {found.seconds:.1f} s, {found.mebibytes:.0f} MiB", flush=True)
        copied = _copied(server, home / "rows.copy", ("loan", "repayment") if repayments else ("loan",))
    return Findings(delivered, rows, size / 2**20, copied, synced, others)


def _settle(server: DatabaseServer) -> None:
    """What one loader left to be written does not fall on the next."""
    with psycopg.connect(server.owner, autocommit=True) as connection:
        connection.execute("checkpoint")


def _synced(name: str, home: Path, drop: Path, agency: Agency = Agency.BANK) -> Synced:
    command = [sys.executable, "-m", "bench.sync", str(home), str(drop), agency]
    with (
        subprocess.Popen(command, cwd=CLONE, stdout=subprocess.PIPE, text=True) as process,
        MemoryWatch(process.pid) as watch,
    ):
        told = [line for line in process.stdout or () if line.startswith(_MARK)]
        process.wait()
    if process.returncode != 0 or not told:
        raise RuntimeError(f"The sync called {name!r} failed with code {process.returncode}.")
    held = json.loads(told[0].removeprefix(_MARK))
    peak = max((sample.ours for sample in watch.samples), default=0)
    print(f"{name}: {held['seconds']:.1f} s, {peak:.0f} MiB", flush=True)
    return Synced(name, held["seconds"], peak, held["counts"], held["steps"])


def sync_once(home: Path, drop: Path, agency: Agency) -> None:
    """One sync of an agency's files in ``drop``; what came of it as a line of JSON."""
    files = [(name, held) for name, held in _FORMS[agency] if (drop / name).exists()]
    forms = tuple(FileForm(name, (held,), separator=SEPARATOR, quoted=False) for name, held in files)
    settings, times = Settings(home=home), StepTimes()
    with open_server(settings) as server:
        conninfo = server.conninfo(DatabaseRole.CONNECTOR)
        start = time.perf_counter()
        report = sync_agency(
            # The file is whole: the wait for one that may still grow is no work.
            FolderConnector(agency, drop, forms, settle_seconds=0.0),
            connect=lambda: connect(conninfo),
            catalogue=CATALOGUE,
            ledger=LEDGER,
            county=settings.county,
            due=Due(agency, tuple(held.dataset for _, held in files)),
            watch=times,
        )
        seconds = time.perf_counter() - start
    names = ("inserted", "changed", "unchanged", "withdrawn")
    counts = {name: sum(getattr(balance.merged, name) for balance in report.balances) for name in names}
    counts["quarantined"] = sum(balance.staged.quarantined for balance in report.balances)
    print(_MARK + json.dumps({"seconds": seconds, "counts": counts, "steps": times.milliseconds}), flush=True)


def _copied(server: DatabaseServer, path: Path, tables: Sequence[str]) -> Synced:
    """COPY of the same rows as PostgreSQL writes them, into tables with the same columns and primary keys."""
    times = [0.0] * _COPIES
    with psycopg.connect(server.owner, autocommit=True) as connection:
        for table in tables:
            for turn, seconds in enumerate(_copied_table(connection, path, table)):
                times[turn] += seconds
    path.unlink()
    print(f"bare COPY: {median(times):.1f} s", flush=True)
    return Synced("bare COPY", median(times))


def _copied_table(connection: psycopg.Connection[tuple[object, ...]], path: Path, table: str) -> Iterator[float]:
    source, copy_of = sql.Identifier("record", table), sql.Identifier("public", f"bench_{table}")
    out = sql.SQL("copy {} to stdout").format(source)
    with path.open("wb") as file, connection.cursor().copy(out) as copy:
        for block in copy:
            file.write(block)
    key = sql.SQL(", ").join(map(sql.Identifier, ("county", *CATALOGUE[table].key)))
    for _ in range(_COPIES):
        connection.execute(sql.SQL("drop table if exists {}").format(copy_of))
        connection.execute(sql.SQL("create table {} (like {})").format(copy_of, source))
        connection.execute(sql.SQL("alter table {} add primary key ({})").format(copy_of, key))
        connection.execute("checkpoint")
        start = time.perf_counter()
        back = sql.SQL("copy {} from stdin").format(copy_of)
        with path.open("rb") as file, connection.cursor().copy(back) as copy:
            while block := file.read(_BLOCK):
                copy.write(block)
        yield time.perf_counter() - start
    connection.execute(sql.SQL("drop table {}").format(copy_of))


def written(findings: Findings) -> str:
    """The report."""
    headings = ("work", "seconds", "rows/s", "of bare COPY's speed", "of the first load's time", "peak MiB", "counts")
    about = (
        f"{findings.loans:,} loans{_repaid(findings)} as the bank delivers them: {findings.file_mebibytes:.0f} MiB of "
        "GB18030, one column "
        "for each field, each placed in one of 200 villages through its borrower; contract, quarantine, history, "
        "roll-up and lineage included, indexes as migrated. "
        f"COPY: median of {_COPIES}, rows as PostgreSQL writes them, primary key only.\n\n"
    )
    return (
        heading("Sync beside COPY")
        + about
        + markdown(headings, _rows(findings))
        + "\n"
        + _beside(findings)
        + _steps(findings)
    )


def _repaid(findings: Findings) -> str:
    repayments = findings.rows - findings.loans
    return f" with {repayments:,} repayments" if repayments else ", none of them repaid,"


def _rows(findings: Findings) -> Iterator[tuple[str, ...]]:
    for work in (findings.copied, *findings.synced):
        yield (
            work.name,
            figure(work.seconds, 1),
            figure(findings.rows / work.seconds),
            f"{findings.copied.seconds / work.seconds:.0%}",
            f"{work.seconds / findings.synced[0].seconds:.0%}",
            figure(work.mebibytes),
            ", ".join(f"{count:,} {name}" for name, count in work.counts.items() if count) or "–",
        )


def _beside(findings: Findings) -> str:
    """The other loaders' tables, if there were any."""
    if not findings.others:
        return ""
    about = (
        "The same files into the same database, in turn. The others load every column as text and judge nothing: no "
        "contract, quarantine, history, roll-up or lineage; rows that left the delivery stay. dlt: upsert with "
        "skip_unchanged_rows, Arrow tables as Parquet through ADBC, or Python dicts; no index on the loan's number. "
        "pandas: chunks of 50,000 by to_sql, then one INSERT … ON CONFLICT. "
        "Rows and changed rows were counted after each.\n\n"
    )
    headings = ("delivery", "loader", "seconds", "rows/s", "of the hub's time", "peak MiB")
    return about + markdown(headings, _beside_rows(findings)) + "\n"


def _beside_rows(findings: Findings) -> Iterator[tuple[str, ...]]:
    for place, hub in enumerate(findings.synced):
        for name, work in (("the hub", hub), *((name, works[place]) for name, works in findings.others.items())):
            yield (
                work.name,
                name,
                figure(work.seconds, 1),
                figure((findings.rows if name == "the hub" else findings.loans) / work.seconds),
                f"{work.seconds / hub.seconds:.1f} ×",
                figure(work.mebibytes),
            )


def _steps(findings: Findings) -> str:
    names = dict.fromkeys(step for work in findings.synced for step in work.steps)
    rows = [(name, *(figure(work.steps.get(name, 0) / 1000, 2) for work in findings.synced)) for name in names]
    rows = [row for row in rows if any(cell != "0.00" for cell in row[1:])]
    return markdown(("seconds by step", *(work.name for work in findings.synced)), rows)


if __name__ == "__main__":
    sync_once(Path(sys.argv[1]), Path(sys.argv[2]), Agency(sys.argv[3]))
