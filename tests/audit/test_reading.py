"""The disclosure log as auditors read it, and as a household may have it read."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import orjson
import psycopg
import pytest

from hub.access.grants import wanted_grants
from hub.access.reach import reach_of
from hub.access.restrict import restrict
from hub.actor import Actor, Consumer, Purpose, Role, reading_role
from hub.catalog.dataset import Agency
from hub.errors import AccessError
from hub.graph.answer import Answerer, Question
from hub.graph.limits import Limits
from hub.graph.operation import Documents
from hub.query.entity import LOG
from hub.query.parameters import Claim
from hub.query.run import DatabaseReader
from hub.query.to_sql import Statement
from hub.storage.roles import DatabaseRole
from tests.audit.written import invented, write
from tests.support.county import FACE, GATE, TOWNSHIPS, County, actor
from tests.support.database import COUNTY
from tests.support.log import PSEUDONYMS, entries, unlogged
from tests.support.sharing import EVERYTHING

AUDITOR = Actor("auditor", Role.AUDITOR, COUNTY, Purpose.AUDIT)
RELIEF = Actor("relief-system", Role.AGENCY_SYSTEM, COUNTY, Purpose.HOUSEHOLD_REQUEST, Agency.RELIEF)
VILLAGE = Actor("village-officer", Role.VILLAGE_STAFF, TOWNSHIPS[0], Purpose.HOUSEHOLD_REQUEST)
HOUSEHOLD = '{ household(householdId: "H003") { headName phone } }'
ABOUT = """query About($household: String!) { disclosuresAbout(household: $household, first: 2) {
  nodes { disclosedAt client staff purpose agreements datasets fields masked }
  pageInfo { hasNextPage } totalCount } }"""


def data(county: County, document: str, who: Actor, **variables: Any) -> Any:
    answer = county.ask(document, variables, who)
    assert "errors" not in answer, answer
    return answer["data"]


def refused(county: County, document: str, who: Actor, **variables: Any) -> str:
    answer = county.ask(document, variables, who)
    return str(answer["errors"][0]["extensions"]["code"])


def test_an_auditor_reads_the_log_like_any_list_and_is_in_it_himself(county: County) -> None:
    county.ask(HOUSEHOLD)
    county.ask("{ loans { nope } }")
    found = data(
        county,
        """{ all: disclosures { totalCount }
             told: disclosures(filter: {outcome: {eq: "ANSWERED"}, datasets: {has: "household"}}, first: 1) {
               nodes { client purpose dataset datasets fields masked agreements rowCount households code } }
             refused: disclosures(filter: {outcome: {eq: "REFUSED"}}) { nodes { code rowCount households } } }""",
        AUDITOR,
    )
    assert found["all"]["totalCount"] == 2
    (told,) = found["told"]["nodes"]
    assert told["client"] == "bank-system"
    assert told["datasets"] == ["household"]
    assert told["fields"] == ["household.head_name"]
    assert told["masked"] == ["household.phone"]
    assert told["agreements"] == ["RELIEF-city-staff"]
    assert (told["rowCount"], told["households"]) == (1, 1)
    assert found["refused"]["nodes"] == [{"code": "QUERY_INVALID", "rowCount": 0, "households": 0}]
    reading = entries(county.database)[-1]
    assert (reading.client, reading.purpose, reading.dataset) == ("auditor", "audit", "disclosure")
    assert not reading.subjects


def test_the_log_is_folded_and_grouped_by_day(county: County) -> None:
    for _ in range(3):
        county.ask(HOUSEHOLD)
    found = data(
        county,
        """{ disclosures { aggregate { count sum { households } countDistinct { client } }
             groups(by: [{disclosedOn: MONTH}, {client: VALUE}]) {
               keys { disclosedOn client } aggregate { count } } } }""",
        AUDITOR,
    )["disclosures"]
    assert found["aggregate"] == {"count": 3, "sum": {"households": 3}, "countDistinct": {"client": 1}}
    (group,) = found["groups"]
    assert group["keys"]["client"] == "bank-system"
    assert group["keys"]["disclosedOn"].endswith("-01")
    assert group["aggregate"]["count"] == 3


def test_nobody_but_an_auditor_reads_the_log(county: County) -> None:
    for role in Role:
        who = Actor("x", role, COUNTY, Purpose.AUDIT, Agency.BANK if role is Role.AGENCY_SYSTEM else None)
        answer = county.ask("{ disclosures { totalCount } }", {}, who)
        assert ("errors" in answer) == (role is not Role.AUDITOR), role


def test_checkpoints_are_read_with_who_cosigned_them_and_objections_by_themselves(county: County) -> None:
    signed = "insert into audit.checkpoint (county, size, note) values (%s, %s, %s)"
    said = "insert into audit.cosignature (county, witness, size, line, cosigned_at) values (%s, %s, %s, 'x', now())"
    objected = "insert into audit.disagreement (county, witness, report, reported_at) values (%s, %s, 'why', now())"
    with county.database.connect() as owner:
        for size in (300, 520):
            owner.execute(signed, (COUNTY, size, f"log\n{size}\nroot of {size}\n\nsigned"))
        for witness, size in (("bank.example/w+aa+bb", 300), ("relief.example/w+cc+dd", 300), ("x+y+z", 7)):
            owner.execute(said, (COUNTY, witness, size))
        owner.execute(objected, (COUNTY, "relief.example/w+cc+dd"))
    found = data(
        county,
        """{ checkpoints { nodes { size root cosignatures { witness size } } }
             cosignatures(filter: {size: {gte: 300}}) { totalCount nodes { witness } }
             disagreements { nodes { witness report } } }""",
        AUDITOR,
    )
    newest, former = found["checkpoints"]["nodes"]
    assert newest == {"size": 520, "root": "root of 520", "cosignatures": []}
    assert [item["witness"] for item in former["cosignatures"]] == ["bank.example/w", "relief.example/w"]
    assert found["cosignatures"]["totalCount"] == 2
    assert found["disagreements"]["nodes"] == [{"witness": "relief.example/w", "report": "why"}]
    operator = Actor("operator", Role.OPERATOR, COUNTY, Purpose.AUDIT)
    assert data(county, "{ cosignatures { totalCount } }", operator)["cosignatures"]["totalCount"] == 3
    bank = Actor("bank-system", Role.AGENCY_SYSTEM, COUNTY, Purpose.LOAN_REVIEW, Agency.BANK)
    for name in ("checkpoints", "cosignatures", "disagreements"):
        assert refused(county, f"{{ {name} {{ totalCount }} }}", bank) == "ACCESS_FIELD_REFUSED"


def test_the_database_gives_the_log_to_an_auditor_s_role_alone_and_pseudonyms_to_nobody(county: County) -> None:
    county.ask(HOUSEHOLD)
    datasets = "," + ",".join(LOG) + ","
    for consumer in Consumer:
        for purpose in (Purpose.AUDIT, Purpose.HOUSEHOLD_REQUEST):
            with county.database.reading(
                reading_role(consumer, purpose, finds=True), hub__datasets=datasets
            ) as connection:
                if consumer is Consumer.AUDITOR:
                    assert connection.execute("select count(client) from shown.disclosure").fetchone() == (1,)
                else:
                    with pytest.raises(psycopg.errors.InsufficientPrivilege):
                        connection.execute("select client from shown.disclosure")
                for text in ("select subjects from audit.posting", "select subjects from audit.disclosure"):
                    with pytest.raises(psycopg.errors.InsufficientPrivilege):
                        connection.execute(text)
    columns = wanted_grants(FACE.entities, EVERYTHING)[reading_role(Consumer.AUDITOR, Purpose.AUDIT, finds=False)]
    assert "subjects" not in columns["disclosure"]


def test_a_household_learns_who_looked_at_it_newest_first_and_page_by_page(county: County) -> None:
    for document in (HOUSEHOLD, "{ loans(first: 30) { nodes { loanId } } }", HOUSEHOLD):
        county.ask(document)
    county.ask('{ household(householdId: "H004") { headName } }')
    found = data(county, ABOUT, RELIEF, household="H003")["disclosuresAbout"]
    assert found["totalCount"] == 3
    assert found["pageInfo"]["hasNextPage"]
    first, second = found["nodes"]
    assert first["disclosedAt"] >= second["disclosedAt"]
    assert (first["client"], first["purpose"]) == ("bank-system", "loan-review")
    assert (first["fields"], first["masked"]) == (["household.head_name"], ["household.phone"])
    assert first["agreements"] == ["RELIEF-city-staff"]
    assert second["datasets"] == ["loan"]


def test_asking_who_looked_at_a_household_is_a_look_at_it(county: County) -> None:
    data(county, ABOUT, RELIEF, household="H003")
    (entry,) = entries(county.database)
    assert [subject.bytes for subject in entry.subjects] == [PSEUDONYMS.of("H003")]
    assert "disclosure_about.fields" in entry.fields
    assert data(county, ABOUT, RELIEF, household="H003")["disclosuresAbout"]["totalCount"] == 1


def test_an_auditor_may_ask_about_any_household_and_others_only_about_theirs(county: County) -> None:
    near, far = "H000", "H003"
    shown = {
        name: data(county, "query One($id: String!) { household(householdId: $id) { householdId } }", VILLAGE, id=name)
        for name in (near, far)
    }
    assert shown[near]["household"]
    assert shown[far]["household"] is None
    assert data(county, ABOUT, AUDITOR, household=far)["disclosuresAbout"] is not None
    assert data(county, ABOUT, AUDITOR, household="nobody")["disclosuresAbout"]["nodes"] == []
    assert data(county, ABOUT, VILLAGE, household=near)["disclosuresAbout"] is not None
    assert data(county, ABOUT, VILLAGE, household=far)["disclosuresAbout"] is None
    assert data(county, ABOUT, VILLAGE, household="nobody")["disclosuresAbout"] is None


def test_who_looked_is_told_for_a_household_s_request_only(county: County) -> None:
    assert refused(county, ABOUT, actor(), household="H003") == "ACCESS_FIELD_REFUSED"
    operator = Actor("operator", Role.OPERATOR, COUNTY, Purpose.AUDIT)
    assert refused(county, ABOUT, operator, household="H003") == "ACCESS_FIELD_REFUSED"


def test_who_may_not_see_households_is_told_nothing_of_who_looked_at_one(county: County) -> None:
    """Also for the right purpose: an agency asks for any, and only an agreement gives it households."""
    bank = Actor("bank-system", Role.AGENCY_SYSTEM, COUNTY, Purpose.HOUSEHOLD_REQUEST, Agency.BANK)
    documents = Documents(FACE, Limits())
    operation = documents.operation(ABOUT, None)
    outline, _ = documents.outline(operation, documents.shaped(operation, {"household": "H003"}))
    for agreements in ((), EVERYTHING):
        reach = reach_of(FACE.entities.values(), agreements, bank, date(2026, 1, 1))
        if agreements:
            assert not restrict(outline.plan, reach).of_anyone
        else:
            with pytest.raises(AccessError) as refusal:
                restrict(outline.plan, reach)
            assert "household (needs" in refusal.value.message


def test_what_people_look_for_in_the_log_is_found_by_an_index(county: County) -> None:
    now = invented().disclosed_at // 1000
    made = [
        invented(
            now + number,
            client=f"client-{number % 5}",
            staff=f"staff-{number}" if number % 50 == 0 else None,
            dataset=f"dataset-{number % 7}",
            purpose=f"purpose-{number % 300}",
            outcome="REFUSED" if number % 200 == 0 else "ANSWERED",
        )
        for number in range(6_000)
    ]
    with county.database.connect(DatabaseRole.LOG) as connection, connection.transaction():
        write(connection, made)
    with county.database.connect() as connection:
        connection.execute("analyze audit.disclosure")
    moment = "2026-09-21T14:13:24.000Z"
    for given in (
        "",
        f'filter: {{disclosedAt: {{lt: "{moment}"}}}}',
        'filter: {client: {eq: "client-3"}}',
        'filter: {staff: {eq: "staff-50"}}',
        'filter: {purpose: {eq: "purpose-7"}}',
        'filter: {dataset: {eq: "dataset-7"}, datasets: {has: "loan"}}',
        'filter: {outcome: {eq: "REFUSED"}}',
        f'filter: {{client: {{eq: "client-3"}}, disclosedAt: {{gte: "{moment}"}}}}',
    ):
        arguments = f"(first: 20, {given})"
        assert scanned(county, f"{{ disclosures{arguments} {{ nodes {{ entryId client }} }} }}") == set(), given


def scanned(county: County, document: str) -> set[str]:
    """The partitions of the log that are read from one end to the other: asked with values, as PostgreSQL would."""
    text, values = asyncio.run(asked(county, document))
    claims = {"hub__datasets": ",disclosure,", "hub__region_from": COUNTY, "hub__region_to": f"{COUNTY}~"}
    role = reading_role(Consumer.AUDITOR, Purpose.AUDIT, finds=False)
    with county.database.reading(role, **claims) as connection:
        result = connection.pgconn.exec_params(b"explain (format json) " + text, values)
        assert result.status == psycopg.pq.ExecStatus.TUPLES_OK, result.error_message
        plan = orjson.loads(result.get_value(0, 0) or b"")
    return {name for name in sequential(plan[0]["Plan"]) if name in large(county)}


async def asked(county: County, document: str) -> tuple[bytes, list[bytes | None]]:
    found: list[tuple[bytes, list[bytes | None]]] = []

    class Noting(DatabaseReader):
        async def read(
            self, statement: Statement, values: list[bytes | None], claims: Mapping[Claim, str]
        ) -> list[bytes | None]:
            found.append((statement.text, values))
            return await super().read(statement, values, claims)

    async with Noting(county.database.conninfo(DatabaseRole.API)) as reader:
        answer = await Answerer(FACE, reader, Limits(), GATE, unlogged()).answer(Question(document), AUDITOR)
        assert not answer.is_refused, answer.body
    (only,) = found
    return only


def sequential(node: Mapping[str, Any]) -> Iterator[str]:
    if node["Node Type"] == "Seq Scan":
        yield node["Relation Name"]
    for below in node.get("Plans", ()):
        yield from sequential(below)


def large(county: County) -> set[str]:
    with county.database.connect() as connection:
        rows = connection.execute("select relname from pg_class where relkind = 'r' and reltuples >= 1000").fetchall()
    return {str(name) for (name,) in rows}
