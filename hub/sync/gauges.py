"""The syncs as figures: how fresh each dataset is, what waits in quarantine, which alarms stand. Counts only."""

from __future__ import annotations

from collections.abc import Iterator

from hub.observe.metrics import Family
from hub.sync.statements import Connection

_FRESH = """
select d.dataset, extract(epoch from max(r.finished_at))::float8
from sync.dataset_run d join sync.run r on r.county = d.county and r.run_id = d.run_id
where d.county = %s and r.state = 'DONE' group by d.dataset order by 1
"""
_QUARANTINE = "select dataset, count(*) from sync.quarantine where county = %s and state = 'OPEN' group by 1 order by 1"
_ALARMS = "select kind, count(*) from sync.alarm where county = %s and cleared_at is null group by 1 order by 1"
_FAILED = """
select agency, (state = 'FAILED')::int from (
  select distinct on (agency) agency, state from sync.run
  where county = %s and state <> 'RUNNING' order by agency, run_id desc) newest order by 1
"""


def sync_figures(connection: Connection, county: str) -> Iterator[Family]:
    """Read in a transaction that may see the runs."""
    for name, about, label, query in (
        ("hub_sync_timestamp_seconds", "When a dataset was last synced well.", "dataset", _FRESH),
        ("hub_sync_last_failed", "Whether an agency's last finished run failed.", "agency", _FAILED),
        ("hub_quarantine_open", "Rows that wait in quarantine.", "dataset", _QUARANTINE),
        ("hub_alarms_open", "Alarms that stand, by kind.", "kind", _ALARMS),
    ):
        rows = connection.execute(query, (county,)).fetchall()
        yield Family(name, about, [((str(value),), float(number)) for value, number in rows], (label,))
