"""The roll-up in SQL against the ledger in plain Python, over drawn facts and drawn changes to them."""

from __future__ import annotations

import copy
from datetime import date, timedelta
from typing import Any

import psycopg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import sql

from hub.storage.roles import DatabaseRole
from hub.sync.rollup import is_stale, update
from schema import CATALOGUE
from schema.ledger import LEDGER
from tests.support.database import COUNTY, Database
from tests.sync.ledger_reference import Facts, days, ledger

FIRST = date(2019, 12, 25)
SPAN = 40
VILLAGES = ("522301001001", "522301001002", "522301002001")
# What a table demands beside the facts the ledger reads.
FILLING: dict[str, dict[str, Any]] = {
    "household": {"region_code": VILLAGES[0], "head_name": "x", "size_declared": 1, "poverty_status": "POOR"},
    "application": {},
    "loan": {
        "contract_number": "c",
        "borrower_name": "x",
        "borrower_identity_number": "i",
        "balance": 0,
        "rate": 0,
        "issue_type": "NEW",
        "status": "OPEN",
    },
    "repayment": {"penalty": 0},
    "extension": {"original_due_on": FIRST},
    "subsidy_payment": {"principal": 0, "rate": 0, "period_from": FIRST, "period_to": FIRST},
    "compensation_case": {"trigger": "DEATH", "applied_on": FIRST, "principal_loss": 0},
    "enterprise_use": {},
    "renewal": {"previous_loan_id": "p"},
    "classification_change": {},
}

day = st.integers(0, SPAN - 1).map(lambda number: FIRST + timedelta(days=number))
later = st.one_of(st.none(), day)
grade = st.sampled_from(["NORMAL", "SPECIAL_MENTION", "SUBSTANDARD", "LOSS"])


@st.composite
def drawn_facts(draw: st.DrawFn) -> Facts:
    facts = Facts()
    for number in range(draw(st.integers(1, 3))):
        region = draw(st.sampled_from(VILLAGES))
        household = f"H{number}"
        facts.household.append(
            {"household_id": household, "region": region, "registered_on": draw(day), "removed_on": draw(later)}
        )
        for count in range(draw(st.integers(0, 2))):
            facts.application.append(
                {
                    "application_id": f"{household}A{count}",
                    "household_id": household,
                    "region": region,
                    "filed_on": draw(later),
                    "rated_on": draw(later),
                    "applied_on": draw(later),
                    "is_eligible": draw(st.sampled_from([True, False, None])),
                    "state": draw(st.sampled_from(["RECOMMENDED", "REFUSED"])),
                }
            )
    places = [(row["household_id"], row["region"]) for row in facts.household] + [(None, COUNTY)]
    for number in range(draw(st.integers(0, 4))):
        draw_loan(draw, facts, f"L{number}", draw(st.sampled_from(places)))
    for number in range(draw(st.integers(0, 2))):
        payee, place = draw(st.sampled_from(places))
        facts.subsidy_payment.append(
            {
                "voucher_number": "V",
                "line": number + 1,
                "household_id": payee,
                "region": place,
                "paid_on": draw(day),
                "amount": draw(st.integers(0, 9)),
            }
        )
    return facts


def draw_loan(draw: st.DrawFn, facts: Facts, loan_id: str, place: tuple[object, object]) -> None:
    common = {"loan_id": loan_id, "household_id": place[0], "region": place[1]}
    start = draw(day)
    amount = draw(st.integers(1, 10))
    due = start + timedelta(days=draw(st.integers(1, 15)))
    terms = {"amount": amount, "disbursed_on": start, "due_on": due, "classification": draw(grade)}
    facts.loan.append({**common, **terms})
    for count in range(draw(st.integers(0, 2))):
        change = {"change_id": f"{loan_id}G{count}", "changed_on": start + timedelta(days=draw(st.integers(-2, 20)))}
        facts.classification_change.append({**common, **change, "former_grade": draw(grade), "new_grade": draw(grade)})
    rest = amount
    for count in range(draw(st.integers(0, 3))):
        principal = draw(st.integers(0, rest))
        origin = draw(st.sampled_from(["HOUSEHOLD", "COMPENSATION", "RECOVERY"]))
        rest -= 0 if origin == "RECOVERY" else principal
        facts.repayment.append(
            {
                **common,
                "repayment_id": f"{loan_id}R{count}",
                "paid_on": start + timedelta(days=draw(st.integers(0, 25))),
                "principal": principal,
                "origin": origin,
            }
        )
    for count, after in enumerate(draw(st.lists(st.integers(0, 20), max_size=2, unique=True))):
        facts.extension.append(
            {
                **common,
                "extension_id": f"{loan_id}E{count}",
                "signed_on": start + timedelta(days=after),
                "extended_due_on": start + timedelta(days=draw(st.integers(5, 30))),
                "amount": amount,
            }
        )
    if draw(st.booleans()):
        facts.renewal.append({**common, "renewed_on": draw(day), "amount": amount})
    if draw(st.booleans()):
        facts.compensation_case.append(
            {
                **common,
                "case_id": f"{loan_id}C",
                "paid_on": draw(later),
                "amount": amount,
                "state": draw(st.sampled_from(["PAID", "CLOSED", "APPLIED"])),
            }
        )
    if draw(st.booleans()):
        agreed = draw(day)
        facts.enterprise_use.append(
            {
                **common,
                "household_id": place[0] or "H-elsewhere",
                "agreement_number": f"{loan_id}U",
                "credit_code": draw(st.sampled_from(["E1", "E2"])),
                "agreed_on": agreed,
                "exited_on": draw(st.one_of(st.none(), st.just(agreed + timedelta(days=draw(st.integers(0, 20)))))),
                "amount": amount,
            }
        )


def put(connection: psycopg.Connection[tuple[object, ...]], dataset: str, row: dict[str, Any], run: int) -> None:
    values = {
        **FILLING[dataset],
        **row,
        "county": COUNTY,
        "source_part": 1,
        "source_row": 1,
        "recorded_in": run,
    }
    connection.execute(
        sql.SQL("insert into {} ({}) values ({})").format(
            sql.Identifier("record", dataset),
            sql.SQL(", ").join(map(sql.Identifier, values)),
            sql.SQL(", ").join(sql.Placeholder() * len(values)),
        ),
        list(values.values()),
    )


def supersede(connection: psycopg.Connection[tuple[object, ...]], dataset: str, row: dict[str, Any], run: int) -> None:
    """Move one row of ``record`` to ``history``, as the merge does."""
    key = CATALOGUE[dataset].key
    where = sql.SQL(" and ").join(
        sql.SQL("{} = {}").format(sql.Identifier(name), sql.Literal(row[name])) for name in key
    )
    connection.execute(
        sql.SQL(
            "with gone as (delete from {record} where {where} returning *)"
            " insert into {history} select gone.*, {run}, 'CHANGED' from gone where recorded_in <> {run}"
        ).format(
            record=sql.Identifier("record", dataset),
            history=sql.Identifier("history", dataset),
            where=where,
            run=sql.Literal(run),
        )
    )


def kept(connection: psycopg.Connection[tuple[object, ...]]) -> dict[tuple[object, object], dict[str, int]]:
    names = [measure.name for measure in LEDGER.measures]
    rows = connection.execute(
        sql.SQL("select region, day, {} from rollup.daily order by region, day").format(
            sql.SQL(", ").join(map(sql.Identifier, names))
        )
    )
    return {(region, at): dict(zip(names, values, strict=True)) for region, at, *values in rows}  # type: ignore[arg-type]


def check(connection: psycopg.Connection[tuple[object, ...]], facts: Facts) -> None:
    totals = kept(connection)
    for region in (COUNTY, "522301001", *VILLAGES):
        figures = dict.fromkeys((measure.name for measure in LEDGER.measures), 0)
        for at in days(FIRST - timedelta(days=1), SPAN + 40):
            figures = totals.get((region, at), figures)
            expected = ledger(facts, region, at)
            differing = {name: (figures[name], expected[name]) for name in figures if figures[name] != expected[name]}
            assert not differing, (region, at)


ALL = frozenset(vars(Facts()))


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(facts=drawn_facts(), data=st.data())
def test_totals_equal_the_plain_reference_before_and_after_any_change(
    database: Database, facts: Facts, data: st.DataObject
) -> None:
    with database.connect() as owner:
        for dataset in ALL:
            owner.execute(f"delete from record.{dataset}")
            owner.execute(f"delete from history.{dataset}")
        owner.execute("delete from rollup.daily")
    with database.connect(DatabaseRole.CONNECTOR) as connection:
        with connection.transaction():
            for dataset, rows in vars(facts).items():
                for row in rows:
                    put(connection, dataset, row, 1)
            update(connection, ledger=LEDGER, county=COUNTY, run_id=1, touched=ALL)
        check(connection, facts)
        changed = copy.deepcopy(facts)
        touched = set()
        with connection.transaction():
            for dataset, rows in vars(changed).items():
                for row in list(rows):
                    what = data.draw(st.sampled_from(["leave", "leave", "withdraw", "move"]), label=f"{dataset} change")
                    if what == "leave":
                        continue
                    touched.add(dataset)
                    supersede(connection, dataset, row, 2)
                    rows.remove(row)
                    if what == "move":
                        move(row, data)
                        rows.append(row)
                        put(connection, dataset, row, 2)
            drop_orphans(connection, changed, touched)
            update(connection, ledger=LEDGER, county=COUNTY, run_id=2, touched=frozenset(touched))
        check(connection, changed)


def test_totals_that_another_release_counted_are_counted_anew_by_the_next_run(database: Database) -> None:
    loan = {"loan_id": "L1", "household_id": "H1", "region": VILLAGES[0], "amount": 7, "disbursed_on": FIRST}
    facts = Facts(loan=[{**loan, "due_on": FIRST + timedelta(days=9), "classification": "NORMAL"}])
    with database.connect(DatabaseRole.CONNECTOR) as connection:
        with connection.transaction():
            put(connection, "loan", facts.loan[0], 1)
            update(connection, ledger=LEDGER, county=COUNTY, run_id=1, touched=frozenset({"loan"}))
        assert not is_stale(connection, LEDGER, COUNTY)
        connection.execute("update rollup.counted set digest = 'of another release'")
        connection.execute("update rollup.daily set matured_loans = 5")
        assert is_stale(connection, LEDGER, COUNTY)
        with connection.transaction():
            update(connection, ledger=LEDGER, county=COUNTY, run_id=2, touched=frozenset())
        assert not is_stale(connection, LEDGER, COUNTY)
        check(connection, facts)


def move(row: dict[str, Any], data: st.DataObject) -> None:
    """Change one figure or one date of a row."""
    if "amount" in row:
        row["amount"] = data.draw(st.integers(1, 12), label="new amount")
    for name in ("disbursed_on", "paid_on", "signed_on", "registered_on", "applied_on", "renewed_on", "changed_on"):
        if name in row:
            row[name] = data.draw(day, label=name)


def drop_orphans(connection: psycopg.Connection[tuple[object, ...]], facts: Facts, touched: set[str]) -> None:
    """What hangs on a withdrawn loan is withdrawn with it, as a merge would place it anew."""
    loans = {row["loan_id"] for row in facts.loan}
    for dataset in ("repayment", "extension", "compensation_case", "renewal", "classification_change"):
        rows = getattr(facts, dataset)
        for row in [row for row in rows if row["loan_id"] not in loans]:
            touched.add(dataset)
            supersede(connection, dataset, row, 2)
            rows.remove(row)
