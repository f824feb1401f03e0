"""How the syncs stand: the last run of each agency, what each dataset took in, what waits in quarantine."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg.rows import class_row

from hub.catalog.dataset import Agency


@dataclass(frozen=True, slots=True)
class LastRun:
    """The newest run of one agency."""

    agency: str
    run_id: int
    state: str  # RUNNING, DONE, FAILED
    started_at: datetime
    finished_at: datetime | None
    error_code: str | None
    error_message: str | None
    error_hint: str | None

    @property
    def refusal(self) -> str | None:
        """Why it failed and what to do about it, in one line."""
        said = (self.error_message, self.error_hint)
        return f"{self.error_code}: {' '.join(text for text in said if text)}" if self.error_code else None


@dataclass(frozen=True, slots=True)
class DatasetStanding:
    """One dataset as its newest run left it, and the rows that wait in quarantine now."""

    dataset: str
    run_id: int
    fetched: int
    accepted: int
    inserted: int
    changed: int
    withdrawn: int
    in_quarantine: int
    delivered_at: datetime | None
    milliseconds: int
    changed_at: datetime | None  # when it last brought something new
    as_of: datetime | None  # the newest moment a delivery told of, where one says so


@dataclass(frozen=True, slots=True)
class Standing:
    """The last runs, and the datasets as they left them."""

    runs: tuple[LastRun, ...]
    datasets: tuple[DatasetStanding, ...]


_RUNS = """
select distinct on (agency) agency, run_id, state, started_at, finished_at, error_code, error_message, error_hint
from sync.run where county = %s order by agency, run_id desc
"""

_DATASETS = """
select distinct on (d.dataset) d.dataset, d.run_id, d.fetched, d.accepted, d.inserted, d.changed, d.withdrawn,
       coalesce(q.waiting, 0) as in_quarantine, r.finished_at as delivered_at, d.milliseconds, f.changed_at, f.as_of
from sync.dataset_run d
join sync.run r on r.county = d.county and r.run_id = d.run_id
left join sync.freshness f on f.county = d.county and f.dataset = d.dataset
left join (
    select county, dataset, count(*) as waiting from sync.quarantine where state = 'OPEN' group by county, dataset
) q on q.county = d.county and q.dataset = d.dataset
where d.county = %s and r.kind = 'SYNC'
order by d.dataset, d.run_id desc
"""


def standing(connection: psycopg.Connection[tuple[object, ...]], county: str) -> Standing:
    """Read as hub_connector, for one county."""
    with connection.transaction():
        connection.execute("select set_config('hub.county', %s, true)", (county,))
        with connection.cursor(row_factory=class_row(LastRun)) as cursor:
            runs = tuple(cursor.execute(_RUNS, (county,)))
        with connection.cursor(row_factory=class_row(DatasetStanding)) as cursor:
            datasets = tuple(cursor.execute(_DATASETS, (county,)))
    return Standing(runs, datasets)


def finished(connection: psycopg.Connection[tuple[object, ...]], county: str) -> set[Agency]:
    """Agencies of which at least one run has been done."""
    with connection.transaction():
        connection.execute("select set_config('hub.county', %s, true)", (county,))
        rows = connection.execute(
            "select distinct agency from sync.run where county = %s and state = 'DONE'", (county,)
        ).fetchall()
    return {Agency(str(agency)) for (agency,) in rows}
