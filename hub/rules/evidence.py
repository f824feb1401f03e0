"""Keep the rows a finding rests on, in the version they had when it was opened."""

from __future__ import annotations

from psycopg.sql import SQL, Composed, Identifier, Literal

from hub.catalog.dataset import Dataset
from hub.catalog.registry import COUNTY, HOUSEHOLD, columns_of
from hub.rules.work import RuleWork

_ITEMS = """
create temp table evidence_item on commit drop as
select n.finding_id, n.round, e.place::int as place, split_part(e.item, E'\\t', 1) as dataset,
       split_part(e.item, E'\\t', 2) as key_1, split_part(e.item, E'\\t', 3) as key_2,
       split_part(e.item, E'\\t', 4) as key_3
from finding_change n
cross join lateral (
    select i.item, row_number() over (order by min(i.place)) as place
    from unnest(n.evidence) with ordinality i (item, place) where i.item is not null group by i.item
) e
where n.change in ('OPENED', 'REOPENED');
analyze evidence_item
"""


def keep_evidence(work: RuleWork) -> None:
    """Add the evidence of what was opened in this run, from the table ``finding_change``.

    An item names a dataset and the parts of a key; one that meets no record is left out. A version that a later sync
    replaces stays in the history under the same ``recorded_in``.
    """
    work.connection.execute(_ITEMS)
    named = work.connection.execute("select distinct dataset from evidence_item").fetchall()
    for dataset in work.catalogue.delivered():
        if (dataset.name,) in named:
            work.run(_keep(dataset))


def _keep(dataset: Dataset) -> Composed:
    from hub.storage.tables import column_type

    pairs = [
        SQL("{column} = i.{part}::{type}").format(
            column=Identifier("r", name),
            part=Identifier(f"key_{place}"),
            type=SQL(str(column_type(dataset.field(name).type).compile()).partition(" COLLATE")[0]),
        )
        for place, name in enumerate(dataset.key, start=1)
    ]
    key = SQL(" || '/' || ").join(SQL("{}::text").format(Identifier("r", name)) for name in dataset.key)
    return SQL(
        "insert into computed.evidence (county, finding_id, round, place, dataset, record_key, household_id, region,"
        " source_part, source_row, recorded_in, computed_in)"
        " select %(county)s, i.finding_id, i.round, i.place, {name}, {key}, {household}, r.region,"
        " r.source_part, r.source_row, r.recorded_in, %(run)s"
        " from evidence_item i join {record} r on {county} = %(county)s and {pairs} where i.dataset = {name}"
    ).format(
        name=Literal(dataset.name),
        key=key,
        household=Identifier("r", HOUSEHOLD) if HOUSEHOLD in columns_of(dataset) else SQL("null"),
        record=Identifier("record", dataset.name),
        county=Identifier("r", COUNTY),
        pairs=SQL(" and ").join(pairs),
    )
