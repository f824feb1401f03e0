"""Facts put straight into the record tables, with a sync run of their own, for drawn examples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from psycopg.sql import SQL, Identifier, Placeholder

from tests.rules.office import Office
from tests.support.database import COUNTY

Row = Mapping[str, Any]
START = date(2018, 1, 1)

# What a table demands beside the facts that are drawn.
_FILLING: dict[str, dict[str, Any]] = {
    "household": {
        "region_code": "522301001001",
        "head_name": "x",
        "size_declared": 1,
        "poverty_status": "LIFTED",
        "registered_on": START,
    },
    "person": {"name": "x", "identity_number": "i"},
    "loan": {
        "contract_number": "c",
        "borrower_name": "x",
        "borrower_identity_number": "i",
        "balance": 1,
        "issue_type": "NEW",
        "classification": "NORMAL",
        "status": "OPEN",
    },
    "repayment": {"penalty": 0, "origin": "HOUSEHOLD"},
    "extension": {"original_due_on": START, "amount": 1},
    "interest_collection": {"interest": 0, "days": 0},
    "subsidy_payment": {"principal": 0, "rate": 0, "paid_on": START, "line": 1},
    "risk_event": {"kind": "DEATH"},
    "compensation_case": {},
    "recovery": {},
    "fund_transaction": {},
    "enterprise_use": {},
    "renewal": {"amount": 1},
    "application": {"state": "RATED"},
    "officer_assignment": {"officer_name": "x", "valid_from": START},
    "visit": {"officer_name": "x", "outcome": "MET"},
}


def bring(office: Office, facts: Mapping[str, Sequence[Row]]) -> int:
    """Add rows to the record tables under a new sync run; its id."""
    with office.database.connect() as connection, connection.transaction():
        run = connection.execute(
            "insert into sync.run (county, agency, state, started_at) values (%s, 'BANK', 'DONE', now())"
            " returning run_id",
            (COUNTY,),
        ).fetchone()
        run_id = int(str(run[0])) if run else 0
        for dataset, rows in facts.items():
            for place, row in enumerate(rows):
                how = {"region": "522301001001", "source_part": 1, "source_row": place, "recorded_in": run_id}
                full = {"county": COUNTY, **how, **_FILLING[dataset], **row}
                connection.execute(
                    SQL("insert into record.{} ({}) values ({})").format(
                        Identifier(dataset),
                        SQL(", ").join(map(Identifier, full)),
                        SQL(", ").join(map(Placeholder, full)),
                    ),
                    full,
                )
    return run_id


def rewrite(office: Office, key: str, facts: Mapping[str, Sequence[Row]], *, by: str = "loan_id") -> None:
    """Replace one loan's (or household's: ``by``) rows of some datasets as a sync would.

    The former go to history, superseded by the new run.
    """
    with office.database.connect() as connection:
        for dataset in facts:
            columns = [
                str(name)
                for (name,) in connection.execute(
                    "select column_name from information_schema.columns where table_schema = 'record'"
                    " and table_name = %s order by ordinal_position",
                    (dataset,),
                )
            ]
            names = SQL(", ").join(map(Identifier, columns))
            connection.execute(
                SQL(
                    "insert into history.{table} ({names}, superseded_in, superseded_by)"
                    " select {names}, (select max(run_id) from sync.run) + 1, 'CHANGED' from record.{table}"
                    " where {by} = %s"
                ).format(table=Identifier(dataset), names=names, by=Identifier(by)),
                (key,),
            )
            connection.execute(
                SQL("delete from record.{} where {} = %s").format(Identifier(dataset), Identifier(by)), (key,)
            )
    bring(office, facts)
