"""Each named indicator as it is served against plain Python: drawn worlds, dates, regions and groupings."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import orjson
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.query import ledgers
from hub.storage.roles import DatabaseRole
from hub.sync import rollup
from schema.ledger import LEDGER
from tests.support.county import County, Session
from tests.support.database import COUNTY, Database
from tests.sync.indicator_reference import RATES, month_ends, values
from tests.sync.ledger_reference import Facts, days, ledger
from tests.sync.test_rollup import ALL, FIRST, VILLAGES, drawn_facts, put

TOWNSHIPS = ("522301001", "522301002")
DOCUMENT = "query Q($region: String!, $day: Date!, $by: LedgerGroup) {{ {roots} }}".format(
    roots=" ".join(
        f"{name}: indicator(name: {name.upper()}, region: $region, asOf: $day, groupBy: $by)"
        " { value groups { asOf region { code } value } }"
        for name in RATES
    )
)


def test_every_named_indicator_has_a_reference() -> None:
    assert {item.name for item in LEDGER.named} == set(RATES)


class World:
    """A database that holds one set of facts at a time, and a reader over it."""

    def __init__(self, database: Database, session: Session) -> None:
        self.database, self.session = database, session

    def hold(self, facts: Facts) -> None:
        with self.database.connect() as owner:
            owner.execute("; ".join(f"delete from record.{name}" for name in [*ALL, "region"]))
            owner.execute("delete from rollup.daily")
        with self.database.connect(DatabaseRole.CONNECTOR) as connection, connection.transaction():
            for dataset, rows in vars(facts).items():
                for row in rows:
                    put(connection, dataset, row, 1)
            _put_regions(connection)
            rollup.recount(connection, ledger=LEDGER, county=COUNTY)

    def differences(self, facts: Facts, region: str, day: date, by: str | None) -> list[object]:
        """Where what is served differs from the reference."""
        answer = self.session.answer(DOCUMENT, {"region": region, "day": str(day), "by": by})
        served = orjson.loads(answer.body).get("data")
        assert served is not None, answer.body
        expected = values(facts, region, day)
        found: list[object] = [
            (name, served[name]["value"], expected[name]) for name in RATES if served[name]["value"] != expected[name]
        ]
        parts = _parts(facts, region, day, by)
        by_part = {part: values(facts, *part) for part in parts}
        for name in RATES:
            groups = [((group["region"]["code"], group["asOf"]), group["value"]) for group in served[name]["groups"]]
            wanted = [((part[0], str(part[1])), by_part[part][name]) for part in parts]
            if groups != wanted:
                found.append((name, groups, wanted))
        return found


def _put_regions(connection: psycopg.Connection[Any]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into record.region (county, code, name, level, region, source_part, source_row, recorded_in)"
            " values (%s, %s, 'x', %s, %s, 1, 1, 1)",
            [
                (COUNTY, code, {6: "COUNTY", 9: "TOWNSHIP", 12: "VILLAGE"}[len(code)], code)
                for code in (COUNTY, *TOWNSHIPS, *VILLAGES)
            ],
        )


def _parts(facts: Facts, region: str, day: date, by: str | None) -> list[tuple[str, date]]:
    if by is None:
        return []
    if by == "MONTH":
        began = (at for at in days(FIRST, (day - FIRST).days + 1) if any(ledger(facts, region, at).values()))
        first = next(began, None)
        return [] if first is None else [(region, end) for end in month_ends(first, day)]
    level = TOWNSHIPS if by == "TOWNSHIP" else VILLAGES
    return [(code, day) for code in level if code.startswith(region) and code != region]


@pytest.fixture(scope="session")
def is_read() -> bool:
    return True


@pytest.fixture(scope="module")
def world(module_database: Database) -> Iterator[World]:
    with Session(County(module_database)) as session:
        yield World(module_database, session)


@settings(max_examples=9, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(
    facts=drawn_facts(),
    region=st.sampled_from([COUNTY, COUNTY, *TOWNSHIPS, VILLAGES[0]]),
    day=st.integers(-1, 110).map(lambda number: FIRST + timedelta(days=number)),
    by=st.sampled_from([None, "TOWNSHIP", "VILLAGE", "MONTH"]),
)
def test_what_is_served_equals_the_plain_reference(
    world: World, facts: Facts, region: str, day: date, by: str | None
) -> None:
    world.hold(facts)
    assert world.differences(facts, region, day, by) == []


def _loan(number: int, start: date, term: int, amount: int, household: str = "H1") -> dict[str, Any]:
    place = {"household_id": household, "region": VILLAGES[int(household[1]) - 1]}
    due = start + timedelta(days=term)
    terms = {"amount": amount, "disbursed_on": start, "due_on": due, "classification": "NORMAL"}
    return {**place, **terms, "loan_id": f"L{number}"}


def _about(loan: dict[str, Any], after: int, on: str, **more: object) -> dict[str, Any]:
    common = {name: loan[name] for name in ("loan_id", "household_id", "region")}
    return {**common, on: loan["disbursed_on"] + timedelta(days=after), **more}


def _rich() -> Facts:
    """Every kind of loan that a definition tells apart."""
    plain, extended, late = _loan(1, FIRST, 10, 10), _loan(2, FIRST, 12, 30), _loan(3, FIRST, 5, 7, "H2")
    repaid, again = _loan(4, FIRST, 20, 9, "H3"), _loan(5, FIRST + timedelta(days=3), 11, 4)
    on_the_first = _loan(6, FIRST + timedelta(days=20), 18, 5, "H3")  # due on 2020-02-01
    extensions = [
        _about(extended, 9, "signed_on", extension_id="X2", amount=30),
        _about(late, 8, "signed_on", extension_id="X3", amount=7),
    ]
    for row, due in zip(extensions, (42, 15), strict=True):
        row["extended_due_on"] = FIRST + timedelta(days=due)
    homes = [{"household_id": f"H{number}", "region": VILLAGES[number - 1]} for number in (1, 2, 3)]
    return Facts(
        household=[{**home, "registered_on": FIRST, "removed_on": None} for home in homes],
        application=[
            {
                **home,
                "application_id": f"A{number}",
                "filed_on": FIRST,
                "rated_on": None,
                "applied_on": FIRST - timedelta(days=number),
                "is_eligible": True,
                "state": "REFUSED" if number == 2 else "RECOMMENDED",
            }
            for number, home in enumerate(homes)
        ],
        loan=[plain, extended, late, repaid, again, on_the_first],
        repayment=[
            _about(plain, 30, "paid_on", repayment_id="R1", principal=4, origin="HOUSEHOLD"),
            _about(repaid, 20, "paid_on", repayment_id="R4", principal=9, origin="HOUSEHOLD"),
            _about(plain, 35, "paid_on", repayment_id="R5", principal=3, origin="RECOVERY"),
        ],
        extension=extensions,
        classification_change=[
            _about(plain, 14, "changed_on", change_id="G1", former_grade="NORMAL", new_grade="SUBSTANDARD"),
            _about(plain, 40, "changed_on", change_id="G2", former_grade="SUBSTANDARD", new_grade="NORMAL"),
            _about(again, 50, "changed_on", change_id="G3", former_grade="LOSS", new_grade="NORMAL"),
        ],
        renewal=[_about(again, 0, "renewed_on", amount=4)],
        compensation_case=[_about(late, 50, "paid_on", case_id="C3", amount=7, state="PAID")],
    )


_ASKED = [
    (COUNTY, FIRST + timedelta(days=number), by) for number, by in ((14, "VILLAGE"), (44, "TOWNSHIP"), (90, "MONTH"))
]
_MUTANTS = [
    ("course", "('late30', 31)", "('late30', 30)"),
    ("course", "where r.origin <> 'RECOVERY'", "where true"),
    ("course", "x.extended_due_on, x.signed_on", "x.extended_due_on, c.disbursed_on"),
    ("course", "'-infinity', former_grade", "'-infinity', 'NORMAL'"),
    ("overdue", "null, -1, -amount from arrears", "null, -1, 0 from arrears"),
    ("overdue", "(o.ends, o.before_end)", "(o.ends, 0)"),
    ("overdue", "(o.starts, -o.before_start)", "(o.starts, 0)"),
    ("overdue", "(open_after > 0)::int - (open_after - change > 0)::int", "change"),
    ("maturity", "coalesce(in_force_until, 'infinity')", "date 'infinity'"),
    ("maturity", "settled_on >= due_on", "settled_on > due_on"),
    ("lending", "where loans = 1 and settled_on", "where settled_on"),
    ("waiting", "min(l.disbursed_on) as", "max(l.disbursed_on) as"),
]


def test_the_rich_world_agrees_as_the_sql_is(world: World) -> None:
    world.hold(_rich())
    assert [world.differences(_rich(), *asked) for asked in _ASKED] == [[], [], []]


@pytest.mark.parametrize(("section", "written", "changed"), _MUTANTS)
def test_a_changed_constant_is_found(
    world: World, monkeypatch: pytest.MonkeyPatch, section: str, written: str, changed: str
) -> None:
    real = rollup._Section.text.fget  # type: ignore[attr-defined]

    def mutated(self: Any) -> bytes:
        text = real(self).decode()
        if self.name == section:
            assert written in text, "this mutant's text is gone"
            text = text.replace(written, changed)
        return bytes(text, "utf-8")

    monkeypatch.setattr(rollup._Section, "text", property(mutated))
    world.hold(_rich())
    assert any(world.differences(_rich(), *asked) for asked in _ASKED)


def test_a_month_that_began_on_another_day_is_found(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledgers, "_EVE", "date_trunc('month', {day}::timestamp)::date")
    world.hold(_rich())
    with Session(County(world.database)) as session:
        assert any(World(world.database, session).differences(_rich(), *asked) for asked in _ASKED)
