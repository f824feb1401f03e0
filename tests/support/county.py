"""A small invented county: written straight into the tables, asked through the hub's own reader."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any, Self

import orjson
import psycopg

from hub.access.gate import Gate
from hub.actor import Actor, Purpose, Role
from hub.app import face_of
from hub.graph.answer import Answer, Answerer, Question
from hub.graph.limits import Limits
from hub.query.run import DatabaseReader
from hub.storage.roles import DatabaseRole
from schema.ledger import LEDGER
from tests.support.database import COUNTY, Database
from tests.support.log import Kept, log_over, recorder, without_receipt
from tests.support.sharing import open_gate

FACE = face_of(federated=False)
GATE = open_gate(FACE)

TOWNSHIPS = (f"{COUNTY}101", f"{COUNTY}102")
VILLAGES = tuple(f"{township}{number:03}" for township in TOWNSHIPS for number in (1, 2))
HOUSEHOLDS = 8
LOANS = 23
_STATES = ("OPEN", "OVERDUE", "SETTLED")


def actor(region: str = COUNTY, role: Role = Role.CITY_STAFF) -> Actor:
    return Actor("bank-system", role, region, Purpose.LOAN_REVIEW)


@dataclass
class County:
    """Asks questions of a filled database; keeps the text of every data statement.

    Unless it ``logs`` into the database, its log is in memory, so that asking writes nothing.
    """

    database: Database
    statements: list[bytes] = field(default_factory=list)
    logs: bool = False

    def ask(self, document: str, variables: Mapping[str, Any] | None = None, who: Actor | None = None) -> Any:
        return without_receipt(orjson.loads(self.answer(document, variables, who).body))

    def answer(self, document: str, variables: Mapping[str, Any] | None = None, who: Actor | None = None) -> Answer:
        return self.answers([(document, variables or {})], who)[0]

    def answers(self, asked: list[tuple[str, Mapping[str, Any]]], who: Actor | None = None) -> list[Answer]:
        async def run() -> list[Answer]:
            async with (
                DatabaseReader(self.database.conninfo(DatabaseRole.API), observe=self.statements.append) as reader,
                recorder(self.database) if self.logs else nullcontext(Kept()) as rows,
            ):
                answerer = Answerer(FACE, reader, Limits(), GATE, log_over(rows))
                return [
                    await answerer.answer(Question(document, None, variables), who or actor())
                    for document, variables in asked
                ]

        return asyncio.run(run())


class Session:
    """One open reader for many questions."""

    def __init__(self, county: County, gate: Gate = GATE) -> None:
        self.county = county
        self._gate = gate
        self._runner = asyncio.Runner()

    def __enter__(self) -> Self:
        self._runner.__enter__()
        self._runner.run(self._open())
        return self

    def __exit__(self, *_: object) -> None:
        self._reader.close()
        self._runner.close()

    async def _open(self) -> None:
        conninfo = self.county.database.conninfo(DatabaseRole.API)
        # How long a statement takes says nothing on a busy machine.
        self._reader = DatabaseReader(conninfo, timeout_milliseconds=100_000, observe=self.county.statements.append)
        # Drawn operations may be large by the rules for real ones.
        wide = Limits(cost=10**9, filter_relations=1000, fields=10_000, aliases=1000, root_fields=100)
        self.log = Kept()
        self._answerer = Answerer(FACE, self._reader, wide, self._gate, log_over(self.log))

    def answer(self, document: str, variables: Mapping[str, Any], who: Actor | None = None) -> Answer:
        return self._runner.run(self._answerer.answer(Question(document, None, variables), who or actor()))


def filled(database: Database) -> County:
    with database.connect() as connection:
        _regions(connection)
        _households(connection)
        _loans(connection)
        _sync(connection)
        _rollup(connection)
    return County(database)


def _insert(connection: psycopg.Connection[Any], table: str, rows: list[dict[str, object]]) -> None:
    names = list(rows[0])
    sql = psycopg.sql
    statement = sql.SQL("insert into {} ({}) overriding system value values ({})").format(
        sql.Identifier(*table.split(".")),
        sql.SQL(", ").join(map(sql.Identifier, names)),
        sql.SQL(", ").join(map(sql.Placeholder, names)),
    )
    with connection.cursor() as cursor:
        cursor.executemany(statement, rows)


def _placed(region: str, row: int) -> dict[str, object]:
    return {"county": COUNTY, "region": region, "source_part": 1, "source_row": row, "recorded_in": 1}


def _regions(connection: psycopg.Connection[Any]) -> None:
    known: list[tuple[str, str, str, str | None]] = [(COUNTY, "兴义市", "COUNTY", None)]
    known += [(code, f"乡镇{code[-1]}", "TOWNSHIP", COUNTY) for code in TOWNSHIPS]
    known += [(code, f"村{code[-1]}", "VILLAGE", code[:9]) for code in VILLAGES]
    _insert(
        connection,
        "record.region",
        [
            {"code": code, "name": name, "level": level, "parent_code": parent, **_placed(code, row)}
            for row, (code, name, level, parent) in enumerate(known, start=2)
        ],
    )


def identity(number: int) -> str:
    return f"52230019{60 + number:02}0101{number:04}"


def _households(connection: psycopg.Connection[Any]) -> None:
    households: list[dict[str, object]] = []
    persons: list[dict[str, object]] = []
    for number in range(HOUSEHOLDS):
        village = VILLAGES[number % len(VILLAGES)]
        households.append(
            {
                "household_id": f"H{number:03}",
                "region_code": village,
                "head_name": f"户主{number}",
                "size_declared": 1 + number % 4,
                "poverty_status": ("POOR", "LIFTED")[number % 2],
                "registered_on": f"2014-0{1 + number % 3}-01",
                "removed_on": "2018-05-01" if number == 3 else None,
                "income_per_head": 300_000 + number if number % 3 else None,
                "phone": "13800001234" if number % 2 else None,
                **_placed(village, number + 2),
            }
        )
        persons.append(
            {
                "person_id": f"P{number:03}",
                "household_id": f"H{number:03}",
                "name": f"户主{number}",
                "identity_number": identity(number),
                "birth_date": f"19{60 + number:02}-01-01",
                "is_main_labour": number % 2 == 0,
                **_placed(village, number + 2),
            }
        )
    _insert(connection, "record.household", households)
    _insert(connection, "record.person", persons)


def _loans(connection: psycopg.Connection[Any]) -> None:
    loans: list[dict[str, object]] = []
    repayments: list[dict[str, object]] = []
    for number in range(LOANS):
        household = number % (HOUSEHOLDS - 1)  # the last household has none
        village = VILLAGES[household % len(VILLAGES)]
        state = _STATES[number % 3]
        loan_id = f"L{number:03}"
        loans.append(
            {
                "loan_id": loan_id,
                "contract_number": f"C{number:03}",
                "account_number": "6217000012345678" if number % 2 else None,
                "borrower_name": f"户主{household}",
                "borrower_identity_number": identity(household),
                "amount": 1_000_000 * (1 + number % 4),
                "balance": 0 if state == "SETTLED" else 500_000,
                "rate": 47_500 if number % 2 else 43_500,
                "disbursed_on": f"2017-0{1 + number % 5}-10",
                "due_on": f"2020-0{1 + number % 5}-10",
                "settled_on": f"2020-0{1 + number % 4}-01" if state == "SETTLED" else None,
                "issue_type": "NEW",
                "previous_loan_id": f"L{number - 9:03}" if number > 18 else None,
                "classification": "NORMAL",
                "status": state,
                "is_subsidised": None if number % 4 == 0 else number % 2 == 0,
                "household_id": f"H{household:03}" if number else None,
                **_placed(village if number else COUNTY, number + 2),
            }
        )
        repayments += [
            {
                "repayment_id": f"R{number:03}{turn}",
                "loan_id": loan_id,
                "paid_on": f"2019-0{1 + turn}-01",
                "principal": 100_000 + turn,
                "penalty": 0,
                "origin": "HOUSEHOLD",
                "household_id": f"H{household:03}",
                **_placed(village, number * 4 + turn + 2),
            }
            for turn in range(number % 4)
        ]
    _insert(connection, "record.loan", loans)
    _insert(connection, "record.repayment", repayments)


def _sync(connection: psycopg.Connection[Any]) -> None:
    when = "2020-07-08T01:30:00Z"
    run = {"county": COUNTY, "agency": "BANK", "state": "DONE", "started_at": when, "finished_at": when}
    _insert(connection, "sync.run", [{"run_id": number, **run} for number in (1, 2, 3)])
    counts = dict.fromkeys(("fetched", "accepted", "inserted"), LOANS)
    counts |= dict.fromkeys(("quarantined", "changed", "unchanged", "withdrawn"), 0)
    _insert(
        connection,
        "sync.dataset_run",
        [
            {"county": COUNTY, "run_id": 1, "dataset": name, **counts, "content_digest": "00", "milliseconds": 5}
            for name in ("loan", "repayment")
        ],
    )
    delivery = {"delivery_id": 1, "run_id": 1, "agency": "BANK", "kind": "TABLE", "name": "loan_note"}
    _insert(connection, "sync.delivery", [{"county": COUNTY, **delivery, "digest": "00", "received_at": when}])
    part = {"part_id": 1, "delivery_id": 1, "dataset": "loan", "sheet": None, "rows": LOANS}
    empty: dict[str, object] = {name: [] for name in ("fields", "headings", "cells", "control_totals")}
    _insert(connection, "sync.source_part", [{"county": COUNTY, **part, **empty}])


def _rollup(connection: psycopg.Connection[Any]) -> None:
    rows: list[dict[str, object]] = []
    for region in (COUNTY, *TOWNSHIPS, *VILLAGES):
        for day, factor in (("2020-05-20", 1), ("2020-06-15", 2), ("2020-07-08", 4)):
            figures: dict[str, object] = {measure.name: 0 for measure in LEDGER.measures}
            scale = factor * (4 if region == COUNTY else 2 if len(region) == 9 else 1)
            figures |= {
                "disbursed_loans": scale,
                "disbursed_amount": 100_000_00 * scale,
                "outstanding_amount": 50_000_00 * scale,
                "overdue_amount": 250_00 * scale,
                "listed_households": scale,
                "filed_households": scale,
            }
            rows.append({"county": COUNTY, "region": region, "day": day, **figures})
    _insert(connection, "rollup.daily", rows)
