"""From what was worked out for a part to the computed tables: only what is other than it was is written."""

# ruff: noqa: S608 -- tables and columns are named here, values come only as parameters

from __future__ import annotations

from dataclasses import dataclass

import psycopg


@dataclass(frozen=True, slots=True)
class Outcome:
    """One computed table, and the table of a part that holds what it is to be; ``day`` tells which rows are of a part.

    ``named``: columns that are called otherwise in ``source``, or come from ``part``.
    """

    table: str
    source: str
    key: tuple[str, ...]
    columns: tuple[str, ...]
    day: str
    named: tuple[tuple[str, str], ...] = ()
    is_by_loan: bool = True

    def of(self, column: str) -> str:
        """The column as ``source`` (f) or ``part`` (p) has it."""
        return dict(self.named).get(column, f"f.{column}")


_OF_PART = (("loan_id", "p.loan_id"), ("household_id", "p.household_id"), ("region", "p.region"))

OUTCOMES = (
    Outcome(
        "entitlement",
        "judged",
        ("loan_id", "settled_on"),
        (
            *("period_from", "period_to", "days", "uncollected_days", "overdue_days", "interest", "amount", "paid"),
            *("unpaid", "overpaid", "verdict", "missing_parameter", "household_id", "region"),
        ),
        "settled_on",
        (*_OF_PART, ("missing_parameter", "f.missing")),
    ),
    Outcome(
        "entitlement_step",
        "counted",
        ("loan_id", "settled_on", "step"),
        (
            *("day_from", "day_to", "days", "interest_days", "balance", "taken", "base", "rate", "share", "interest"),
            *("amount", "outcome", "missing_parameter", "collection_id", "household_id", "region"),
        ),
        "settled_on",
        (*_OF_PART, ("step", "f.number"), ("missing_parameter", "f.missing")),
    ),
    Outcome(
        "payment_fault",
        "faulty",
        ("voucher_number", "line", "kind"),
        (
            *("loan_id", "day_from", "day_to", "amount", "rightful_rate", "rightful_principal"),
            *("other_voucher_number", "other_line", "event_id", "household_id", "region"),
        ),
        "day_from",
        is_by_loan=False,
    ),
)


def bring(cursor: psycopg.ClientCursor[tuple[object, ...]], values: dict[str, object], *, is_first: bool) -> int:
    """Bring the rows of the part to what was worked out; how many periods were written.

    Households of which any row changed are noted in ``recounted_household``, unless everything is looked at anyway.
    """
    written = {}
    for outcome in OUTCOMES:
        if is_first:
            written[outcome.table] = _change(cursor, _addition(outcome), values)
            continue
        cursor.execute(_difference(outcome), values)
        cursor.execute("analyze difference")
        keys = " and ".join(f"t.{name} = d.{name}" for name in outcome.key)
        removal = f"delete from computed.{outcome.table} t using difference d where t.county = %(county)s and {keys}"
        _change(cursor, removal, values)
        keys = " and ".join(f"{outcome.of(name)} = d.{name}" for name in outcome.key)
        written[outcome.table] = _change(
            cursor, f"{_addition(outcome)} join difference d on d.is_there and {keys}", values
        )
        cursor.execute("drop table difference")
    return written["entitlement"]


def _change(cursor: psycopg.ClientCursor[tuple[object, ...]], statement: str, values: dict[str, object]) -> int:
    if values["whole"]:
        return cursor.execute(statement.encode(), values).rowcount
    noting = (
        f"with changed as ({statement} returning t.household_id), noted as (insert into recounted_household"
        " select distinct household_id from changed where household_id is not null on conflict do nothing)"
        " select count(*) from changed"
    )
    row = cursor.execute(noting.encode(), values).fetchone()
    return int(str(row[0])) if row else 0


def _difference(outcome: Outcome) -> bytes:
    """The keys of what is other than it was, or was not, or is no more; of payments also as another loan's."""
    both = [", ".join(f"{side}.{name}" for name in outcome.columns) for side in ("was", "now")]
    keys = ", ".join(f"coalesce(now.{name}, was.{name}) as {name}" for name in outcome.key)
    ties = " and ".join(f"now.{name} = was.{name}" for name in outcome.key)
    columns = ", ".join(f"{outcome.of(name)} as {name}" for name in (*outcome.key, *outcome.columns))
    held = ", ".join(f"t.{name}" for name in (*outcome.key, *outcome.columns))
    former = (
        f"select {held} from part p join computed.{outcome.table} t"
        f" on t.county = %(county)s and t.loan_id = p.loan_id and t.{outcome.day} >= p.since"
    )
    if not outcome.is_by_loan:
        same = " and ".join(f"t.{name} = f.{name}" for name in outcome.key)
        former += (
            f" union select {held} from {outcome.source} f join computed.{outcome.table} t"
            f" on t.county = %(county)s and {same}"
        )
    return (
        f"create temp table difference on commit drop as"
        f" select {keys}, now.{outcome.key[0]} is not null as is_there"
        f" from ({former}) was full join (select {columns} from {_source(outcome)}) now on {ties}"
        f" where row({both[0]}) is distinct from row({both[1]})"
    ).encode()


def _source(outcome: Outcome) -> str:
    return f"{outcome.source} f{' join part p using (n)' if outcome.is_by_loan else ''}"


def _addition(outcome: Outcome) -> str:
    columns = (*outcome.key, *outcome.columns)
    return (
        f"insert into computed.{outcome.table} as t (county, {', '.join(columns)}, computed_in)"
        f" select %(county)s, {', '.join(outcome.of(name) for name in columns)}, %(run)s from {_source(outcome)}"
    )
