"""A finding's way: opened with its evidence, kept up to date, closed by the records, opened again; never by hand."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import orjson
import psycopg
import pytest

from hub.actor import Actor, Purpose, Role
from hub.catalog.dataset import Agency
from hub.catalog.rule import RuleBook, Standing
from hub.graph.answer import Answerer, Question
from hub.graph.limits import Limits
from hub.query.run import DatabaseReader
from hub.rules.decisions import DecisionDesk
from hub.rules.findings import Findings
from hub.storage.roles import DatabaseRole
from schema.rules import FACTS, RULES
from tests.rules.office import Office, entry
from tests.support.county import FACE
from tests.support.database import COUNTY, Database
from tests.support.log import unlogged
from tests.support.pristine import Databases
from tests.support.sharing import open_gate
from tests.sync.invented import InventedDelivery, Row, household, loan, person

AS_OF = date(2020, 1, 5)
LONG = {"disbursed_on": "2019-01-05", "due_on": "2023-01-05"}  # 48 months
TWO_AT_ONCE = """mutation {
  a: commentOnFinding(findingId: "F", words: "x") { state }
  b: commentOnFinding(findingId: "F", words: "y") { state }
}"""
VILLAGES = ("522301001001", "522301002001")


def registry(office: Office, *events: Row, **others: str | None) -> None:
    office.sync(
        Agency.RELIEF,
        [
            InventedDelivery("household", [household(1, VILLAGES[0], **others), household(2, VILLAGES[1])]),
            InventedDelivery("person", [person(1, 1), person(2, 2)]),
            InventedDelivery("risk_event", list(events)),
        ],
    )


def lend(office: Office, *loans: Row, renewals: Sequence[Row] = ()) -> None:
    office.sync(
        Agency.BANK,
        [
            InventedDelivery("loan", list(loans)),
            InventedDelivery("extension", []),
            InventedDelivery("renewal", list(renewals)),
        ],
    )


def run(office: Office, rules: RuleBook = RULES, **more: Any) -> Findings:
    findings = Findings(rules, FACTS, **more)
    office.compute([findings], as_of=AS_OF)
    return findings


def standing(office: Office, code: str) -> list[tuple[Any, ...]]:
    with office.database.connect() as connection:
        return connection.execute(
            "select subject_key, state, times_opened, severity, household_id from computed.finding"
            " where rule_code = %s order by subject_key",
            (code,),
        ).fetchall()


def journal(office: Office) -> list[str]:
    with office.database.connect() as connection:
        rows = connection.execute(
            "select kind from computed.finding_event where rule_code = 'Q10' order by written_in"
        ).fetchall()
    return [str(kind) for (kind,) in rows]


def test_a_finding_opens_with_evidence_closes_by_the_records_and_opens_again(office: Office) -> None:
    registry(office)
    lend(office, loan(1, 1, **LONG), loan(2, 2))
    run(office)
    assert standing(office, "Q10") == [("L0001", "OPEN", 1, "MEDIUM", "H0001")]
    lend(office, loan(1, 1), loan(2, 2))
    run(office)
    assert standing(office, "Q10") == [("L0001", "CLOSED", 1, "MEDIUM", "H0001")]
    lend(office, loan(1, 1, **LONG), loan(2, 2))
    run(office)
    assert standing(office, "Q10") == [("L0001", "OPEN", 2, "MEDIUM", "H0001")]
    assert journal(office) == ["OPENED", "CLOSED", "REOPENED"]
    with office.database.connect() as connection:
        evidence = connection.execute(
            "select e.round, e.dataset, e.record_key, p.dataset from computed.finding f"
            " join computed.evidence e on e.county = f.county and e.finding_id = f.finding_id"
            " join sync.source_part p on p.county = e.county and p.part_id = e.source_part"
            " where f.rule_code = 'Q10' order by e.round"
        ).fetchall()
        versions = connection.execute(
            "select count(distinct recorded_in) from computed.evidence where dataset = 'loan' and record_key = 'L0001'"
        ).fetchone()
    assert evidence == [(1, "loan", "L0001", "loan"), (2, "loan", "L0001", "loan")]
    assert versions is not None
    assert int(str(versions[0])) >= 2  # each round keeps the version it rested on


def test_a_run_looks_only_at_the_households_that_changed(office: Office) -> None:
    registry(office)
    lend(office, loan(1, 1, **LONG), loan(2, 2))
    run(office)
    lend(office, loan(1, 1, **LONG), loan(2, 2, **LONG))
    again = run(office)
    assert [item[0] for item in standing(office, "Q10")] == ["L0001", "L0002"]
    assert next(judged.found for judged in again.judged if judged.rule.code == "Q10") == 1


def test_on_a_new_day_only_the_daily_rules_are_asked(office: Office) -> None:
    registry(office)
    lend(office, loan(1, 1, **LONG))
    run(office)
    later = Findings(RULES, FACTS)
    office.compute([later], as_of=AS_OF + timedelta(days=1))
    asked = {judged.rule.code for judged in later.judged if judged.has_run}
    assert asked == {rule.code for rule in RULES if rule.is_daily} & asked
    assert "W02" in asked
    assert [item[1] for item in standing(office, "Q10")] == ["OPEN"]


def test_nothing_delivered_is_waiting_and_not_an_empty_success(office: Office) -> None:
    registry(office)
    lend(office, loan(1, 1))
    judged = {item.rule.code: item for item in run(office).judged}
    assert judged["Q03"].standing is Standing.WAITS
    assert "subsidy_payment" in judged["Q03"].lacks
    assert judged["Q37"].standing is Standing.WAITS
    assert judged["W07"].standing is Standing.NOT_CONFIGURED
    assert judged["W07"].lacks == "bad_loan_target"
    assert not judged["W07"].has_run


def test_a_circle_of_renewals_ends_and_is_a_finding(office: Office) -> None:
    registry(office)
    circle = [
        {"loan_id": "L0001", "previous_loan_id": "L0002", "renewed_on": "2019-06-01", "amount": "50000"},
        {"loan_id": "L0002", "previous_loan_id": "L0001", "renewed_on": "2019-06-01", "amount": "50000"},
    ]
    lend(office, loan(1, 1), loan(2, 1), renewals=circle)
    run(office)
    assert [item[0] for item in standing(office, "Q25")] == ["L0001", "L0002"]


def test_a_condition_that_is_empty_finds_nothing(office: Office) -> None:
    registry(office)
    lend(office, loan(1, 1, **LONG))
    empty = RuleBook([replace(RULES["Q10"], sql=RULES["Q10"].sql.replace("'term_months'", "'bad_loan_target'"))])
    run(office, empty)
    assert standing(office, "Q10") == []


def test_a_rule_that_breaks_keeps_its_findings_and_lets_the_others_run(office: Office) -> None:
    registry(office)
    lend(office, loan(1, 1, **LONG))
    run(office)
    broken = replace(RULES["Q10"], sql=RULES["Q10"].sql.replace("l.amount,", "l.amount / 0 as amount,"))
    office.sync(Agency.BANK, [InventedDelivery("loan", [loan(1, 1, purpose="养殖", **LONG)])])
    judged = {item.rule.code: item for item in run(office, RuleBook([broken, RULES["Q25"]])).judged}
    assert (judged["Q10"].standing, judged["Q10"].lacks) == (Standing.FAILED, "SQLSTATE 22012")
    assert judged["Q25"].has_run
    assert [item[1] for item in standing(office, "Q10")] == ["OPEN"]


def test_a_rule_that_is_off_opens_nothing(office: Office) -> None:
    registry(office)
    lend(office, loan(1, 1, **LONG))
    judged = {item.rule.code: item.standing for item in run(office, off=frozenset({"Q10"})).judged}
    assert judged["Q10"] is Standing.OFF
    assert standing(office, "Q10") == []


def test_the_limit_that_held_on_the_day_of_signing_decides(office: Office) -> None:
    office.decide(entry("term_months", "60", "number", since="2019-06-01"))
    registry(office)
    lend(office, loan(1, 1, **LONG), loan(2, 2, disbursed_on="2019-07-05", due_on="2023-07-05"))
    run(office)
    assert [item[0] for item in standing(office, "Q10")] == ["L0001"]


# ---------------------------------------------------------------- what a person says


def officer(region: str = COUNTY, **others: Any) -> Actor:
    staff = {"staff": "王五", **others}
    return Actor("city-officer", Role.CITY_STAFF, region, Purpose.PROGRAMME_SUPERVISION, **staff)


def say(office: Office, document: str, who: Actor) -> dict[str, Any]:
    async def asked() -> bytes:
        async with DatabaseReader(office.database.conninfo(DatabaseRole.API)) as reader:
            desk = DecisionDesk(office.database.conninfo(DatabaseRole.DECISION))
            return (
                await Answerer(FACE, reader, Limits(), open_gate(FACE), unlogged(), desk).answer(
                    Question(document), who
                )
            ).body

    found: dict[str, Any] = orjson.loads(asyncio.run(asked()))
    return found


def code_of(answer: dict[str, Any]) -> str:
    return str(answer["errors"][0]["extensions"]["code"])


def open_one(database: Database) -> None:
    office = Office(database)
    registry(office)
    lend(office, loan(1, 1, **LONG))
    run(office)


@pytest.fixture
def opened(databases: Databases) -> Iterator[tuple[Office, str]]:
    with databases.lend("one open finding", open_one, is_read=True) as database:
        office = Office(database)
        found = say(office, '{ findings(filter: {ruleCode: {eq: "Q10"}}) { nodes { findingId } } }', officer())
        yield office, str(found["data"]["findings"]["nodes"][0]["findingId"])


def test_a_named_person_decides_and_the_finding_and_its_journal_say_so(opened: tuple[Office, str]) -> None:
    office, finding = opened
    answer = say(
        office,
        f'mutation {{ done: decideFinding(findingId: "{finding}", disposal: NEGOTIATE, words: "约定分期") '
        "{ findingId state eventId happenedAt } }",
        officer(),
    )
    assert answer["data"]["done"]["state"] == "DECIDED"
    found = say(
        office,
        f'{{ finding(findingId: "{finding}") {{ state decidedDisposal firstContact rule {{ titleZh }} '
        "loan { loanId } household { householdId findings { totalCount } } "
        "evidence { nodes { dataset source { delivery row } } } "
        "events(orderBy: [{happenedAt: ASC}]) { nodes { kind staff words } } } }",
        officer(),
    )["data"]["finding"]
    assert (found["state"], found["decidedDisposal"], found["firstContact"]) == ("DECIDED", "NEGOTIATE", "王五")
    assert found["rule"] == {"titleZh": "贷款期限超3年"}
    assert found["loan"] == {"loanId": "L0001"}
    assert found["household"]["householdId"] == "H0001"
    assert found["evidence"]["nodes"] == [{"dataset": "loan", "source": {"delivery": "loan", "row": 1}}]
    assert [(item["kind"], item["staff"], item["words"]) for item in found["events"]["nodes"]] == [
        ("OPENED", None, None),
        ("DECIDED", "王五", "约定分期"),
    ]


@pytest.mark.parametrize(
    ("who", "code"),
    [
        (officer(staff=None), "ACCESS_PERSON_REQUIRED"),
        (officer(region="522301002"), "FINDING_UNKNOWN"),
        (officer(scopes=frozenset({"finding:read"})), "ACCESS_SCOPE_MISSING"),
    ],
)
def test_nobody_else_can_say_anything(opened: tuple[Office, str], who: Actor, code: str) -> None:
    office, finding = opened
    document = f'mutation {{ commentOnFinding(findingId: "{finding}", words: "看过") {{ state }} }}'
    assert code_of(say(office, document, who)) == code
    assert journal(office) == ["OPENED"]


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ('mutation { commentOnFinding(findingId: "Q10-0", words: "看过") { state } }', "FINDING_UNKNOWN"),
        ('mutation { commentOnFinding(findingId: "F", words: " ") { state } }', "FINDING_WORDS_UNUSABLE"),
        (TWO_AT_ONCE, "QUERY_ONE_DECISION"),
        ('mutation { commentOnFinding(findingId: "F") { state } }', "QUERY_INVALID"),
    ],
)
def test_what_is_said_must_be_one_thing_about_one_finding(opened: tuple[Office, str], document: str, code: str) -> None:
    assert code_of(say(opened[0], document.replace('"F"', f'"{opened[1]}"'), officer())) == code


def test_a_closed_finding_is_only_commented_on_and_a_new_run_keeps_what_was_said(opened: tuple[Office, str]) -> None:
    office, finding = opened
    say(office, f'mutation {{ assignFinding(findingId: "{finding}", assignee: "赵六") {{ state }} }}', officer())
    lend(office, loan(1, 1))
    run(office)
    explain = f'mutation {{ explainFinding(findingId: "{finding}", words: "已更正") {{ state }} }}'
    assert code_of(say(office, explain, officer())) == "FINDING_CLOSED"
    comment = f'mutation {{ commentOnFinding(findingId: "{finding}", words: "已更正") {{ state }} }}'
    assert say(office, comment, officer())["data"]["commentOnFinding"] == {"state": "CLOSED"}
    assert journal(office) == ["OPENED", "ASSIGNED", "CLOSED", "COMMENTED"]


@pytest.mark.parametrize(
    "statement",
    [
        "update computed.finding set state = 'CLOSED'",
        "delete from computed.finding_event",
        "update computed.finding_event set words = 'x'",
        "select words from computed.finding_event",
        "select loan_id from computed.finding",
        "select 1 from record.loan",
        "delete from computed.finding",
    ],
)
def test_the_login_of_decisions_can_only_add(office: Office, statement: str) -> None:
    with (
        office.database.connect(DatabaseRole.DECISION) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(statement)


def test_the_rules_cannot_rewrite_the_journal(office: Office) -> None:
    with (
        office.database.connect(DatabaseRole.RULES) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute("delete from computed.finding_event")
