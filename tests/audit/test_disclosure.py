"""What is in the log of an answer, and what the asker holds in hand of it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from hashlib import sha256
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import orjson
import psycopg
import pytest

from hub.audit.disclosure import Asked, DisclosureLog, Told, operation_block
from hub.audit.entry import Door, Entry, encode, leaf_hash
from hub.audit.pseudonyms import Pseudonyms, add_key, pseudonyms
from hub.audit.shown import NOTHING
from hub.errors import LOG_UNAVAILABLE, DatabaseError, LogError, SettingError
from hub.graph.answer import Answer, Answerer, Question
from hub.graph.export import Exporter, export_request
from hub.graph.limits import Limits
from hub.query.copy_out import CopyReader
from hub.query.run import DatabaseReader
from hub.storage.roles import DatabaseRole
from tests.support.county import FACE, GATE, LOANS, VILLAGES, County, actor
from tests.support.database import COUNTY, Database
from tests.support.log import NAME, PSEUDONYMS, Kept, entries, log_over, recorder

LOAN = """query One($id: String!) { loan(loanId: $id) { amount borrowerIdentityNumber household { headName }
  previousLoan { loanId } } }"""


def names(*households: str) -> set[UUID]:
    return {UUID(bytes=PSEUDONYMS.of(name)) for name in households}


def logged(county: County, document: str, variables: dict[str, Any] | None = None) -> tuple[Answer, Entry]:
    answer = county.answer(document, variables)
    return answer, entries(county.database)[-1]


def test_an_entry_says_who_saw_what_of_whom_and_what_for(county: County) -> None:
    _, entry = logged(county, LOAN, {"id": "L020"})
    assert (entry.door, entry.outcome, entry.county) == ("GRAPHQL", "ANSWERED", COUNTY)
    assert (entry.client, entry.role, entry.purpose, entry.region) == (
        "bank-system",
        "city-staff",
        "loan-review",
        COUNTY,
    )
    assert (entry.operation_name, entry.operation_digest) == ("One", sha256(LOAN.encode()).digest())
    assert (entry.dataset, entry.datasets, entry.row_count) == ("loan", ("loan", "household"), 1)
    assert entry.fields == ("loan.amount", "household.head_name", "loan.loan_id")
    assert entry.masked == ("loan.borrower_identity_number",)
    # L020 is of household 20 % 7, the loan before it of 11 % 7.
    assert set(entry.subjects) == names("H006", "H004")


def test_the_receipt_binds_the_entry_the_question_and_the_answer(county: County) -> None:
    asked = Asked(Door.GRAPHQL, "r-1", sha256(b"the body").digest())

    async def run() -> bytes:
        async with (
            DatabaseReader(county.database.conninfo(DatabaseRole.API)) as reader,
            recorder(county.database) as rows,
        ):
            answerer = Answerer(FACE, reader, Limits(), GATE, log_over(rows))
            return (await answerer.answer(Question(LOAN, None, {"id": "L020"}), actor(), asked)).body

    body = asyncio.run(run())
    receipt = orjson.loads(body)["extensions"]["receipt"]
    (entry,) = entries(county.database)
    assert (receipt["entry"], receipt["log"]) == (str(entry.entry_id), NAME)
    assert receipt["leaf"] == leaf_hash(encode(entry)).hex()
    head = body[: body.rindex(b',"extensions":{"receipt":')]
    assert entry.response_digest == sha256(head).digest() == bytes.fromhex(receipt["response"])
    assert entry.request_digest == sha256(b"the body").digest() == bytes.fromhex(receipt["request"])
    assert entry.request_id == "r-1"


@pytest.mark.parametrize(
    ("document", "about", "fields"),
    [
        ('{ loans(filter: {amount: {gte: "0.00"}}) { aggregate { count sum { amount } } } }', set(), ["count(loan)"]),
        (
            '{ loans(filter: {householdId: {eq: "H003"}}) { aggregate { sum { amount } } } }',
            names("H003"),
            ["sum(loan.amount)"],
        ),
        ('{ loans(filter: {borrowerIdentityNumber: {eq: "522300196201010002"}}) { totalCount } }', names("H002"), []),
        (
            "{ loans { groups(by: [{householdId: VALUE}]) { keys { householdId } aggregate { count } } } }",
            names(*(f"H00{number}" for number in range(7))),
            ["group(loan.household_id)"],
        ),
        ('{ ledger(region: "522301", asOf: "2020-07-08") { disbursed { loans } } }', set(), ["ledger.disbursed_loans"]),
        ("{ me { role } __typename }", set(), []),
    ],
)
def test_sums_name_nobody_unless_they_are_as_good_as_a_record(
    county: County, document: str, about: set[UUID], fields: list[str]
) -> None:
    answer, entry = logged(county, document)
    assert b'"errors"' not in answer.body, answer.body
    assert set(entry.subjects) == about
    assert set(fields) <= set(entry.fields)


def test_a_page_counts_its_own_rows_only(county: County) -> None:
    _, entry = logged(county, "{ loans(first: 3) { pageInfo { hasNextPage } edges { node { loanId } } } }")
    assert entry.row_count == 3
    assert set(entry.subjects) == names("H001", "H002")  # the first loan belongs to no household


def test_refusals_are_logged_with_what_is_known_of_them(county: County) -> None:
    for document, code in (
        ("{ loans { nope } }", "QUERY_INVALID"),
        ("{ loans(", "QUERY_SYNTAX"),
        ("{ loans(first: 100000) { totalCount } }", "QUERY_PAGE_TOO_LARGE"),
    ):
        _, entry = logged(county, document)
        assert (entry.outcome, entry.code, entry.subjects, entry.fields) == ("REFUSED", code, (), ())
        assert entry.operation_digest == sha256(document.encode()).digest()
        assert entry.client == "bank-system"


class Failing:
    """A log on a full disk."""

    async def commit(self, row: bytes) -> None:
        raise DatabaseError(LOG_UNAVAILABLE, "No.", "Later.", status=503)


@pytest.mark.parametrize("options", [{}, {"may_disclose": lambda: DatabaseError("LOG_BEHIND", "No.", "", status=503)}])
def test_what_cannot_be_logged_is_not_told(county: County, options: dict[str, Any]) -> None:
    async def run() -> list[Answer]:
        async with DatabaseReader(county.database.conninfo(DatabaseRole.API)) as reader:
            answerer = Answerer(FACE, reader, Limits(), GATE, log_over(Failing(), **options))
            return [await answerer.answer(Question(text), actor()) for text in (LOAN_1, "{ nope }")]

    told, refused = asyncio.run(run())
    assert orjson.loads(told.body).keys() == {"errors"}
    assert told.status == 503
    assert b"L001" not in told.body
    assert orjson.loads(refused.body)["errors"][0]["extensions"]["code"] == "QUERY_INVALID"


LOAN_1 = '{ loan(loanId: "L001") { loanId } }'


def test_nothing_is_written_for_somebody_who_could_not_be_answered() -> None:
    written: list[object] = []

    async def write(decision: object, _claims: object) -> Any:
        written.append(decision)

    async def confirm(_claims: object) -> None:
        """Nobody's rights have changed."""

    log = log_over(Kept(), may_disclose=lambda: LogError("LOG_BEHIND", "The log lags.", "Wait.", status=503))
    reader: Any = SimpleNamespace(confirm=confirm)
    desk: Any = SimpleNamespace(write=write)
    answerer = Answerer(FACE, reader, Limits(), GATE, log, desk)
    say = 'mutation { commentOnFinding(findingId: "Q10-1", words: "x") { state } }'
    answer = asyncio.run(answerer.answer(Question(say), replace(actor(), staff="wang")))
    assert orjson.loads(answer.body)["errors"][0]["extensions"]["code"] == "LOG_BEHIND"
    assert not written


@pytest.mark.parametrize("form", ["ndjson", "csv", "xlsx"])
def test_an_export_is_logged_before_its_rows_leave(county: County, form: str) -> None:
    committed_before: list[int] = []

    async def run() -> int:
        reader = CopyReader(county.database.conninfo(DatabaseRole.API), most_connections=1, timeout_seconds=30)
        async with recorder(county.database) as rows:
            exporter = Exporter(FACE, reader, Limits(), GATE, log_over(rows))
            request = export_request(
                "loans", {"format": form, "fields": ["loanId", "accountNumber", "household.headName"]}
            )

            async def sink(data: bytes) -> None:
                committed_before.append(len(entries(county.database)))

            return await exporter.pour(exporter.prepare(request, actor()), sink, Asked(Door.EXPORT, "x"))

    assert asyncio.run(run()) == LOANS
    (entry,) = entries(county.database)
    assert min(committed_before) == 1
    assert (entry.part, entry.row_count, entry.request_id) == (1, LOANS, "x")
    assert set(entry.subjects) == names(*(f"H00{number}" for number in range(7)))
    assert (entry.fields, entry.masked) == (("loan.loan_id", "household.head_name"), ("loan.account_number",))


def test_an_export_without_rows_is_logged_too(county: County) -> None:
    async def run() -> int:
        reader = CopyReader(county.database.conninfo(DatabaseRole.API), most_connections=1, timeout_seconds=30)
        async with recorder(county.database) as rows:
            exporter = Exporter(FACE, reader, Limits(), GATE, log_over(rows))
            request = export_request("loans", {"filter": {"loanId": {"eq": "none"}}})

            async def sink(data: bytes) -> None:
                assert len(entries(county.database)) == 1

            return await exporter.pour(exporter.prepare(request, actor(VILLAGES[0])), sink, Asked(Door.EXPORT, "x"))

    assert asyncio.run(run()) == 0


def test_entries_of_requests_at_the_same_time_are_committed_together(database: Database) -> None:
    batches: list[int] = []

    async def run() -> None:
        async with recorder(database, observe=batches.append) as rows:
            log: DisclosureLog = log_over(rows)
            error = SettingError("X", "x", "x", status=400)
            await asyncio.gather(*(log.refused(Asked(Door.PAGE, str(n)), None, error) for n in range(300)))

    asyncio.run(run())
    found = entries(database)
    assert {entry.request_id for entry in found} == {str(number) for number in range(300)}
    assert {(entry.client, entry.purpose, entry.role) for entry in found} == {(None, None, None)}
    assert sum(batches) == 300
    assert len(batches) < 10


def test_another_who_makes_the_next_months_at_the_same_moment_keeps_no_entry_back(database: Database) -> None:
    async def run(other: psycopg.Connection[Any]) -> None:
        async with recorder(database) as rows:
            told = Told(operation_block(None, None, NOTHING))
            entry = asyncio.create_task(log_over(rows).answered(Asked(Door.PAGE, "1"), actor(), told))
            await asyncio.sleep(0.3)  # it waits for what the other has not committed
            assert not entry.done()
            other.commit()
            await entry

    with database.connect(DatabaseRole.LOG) as other:
        other.autocommit = False
        assert other.execute("select audit.make_months(3)").fetchone() != (0,)
        asyncio.run(run(other))
    assert len(entries(database)) == 1


def test_older_entries_are_found_after_the_key_was_changed(tmp_path: Any) -> None:
    before = pseudonyms(tmp_path, COUNTY)
    assert (before.key_id, add_key(tmp_path)) == ("1", "2")
    after = pseudonyms(tmp_path, COUNTY)
    assert after.key_id == "2"
    assert after.of("H1") != before.of("H1")
    assert set(after.under_every_key("H1")) == {UUID(bytes=before.of("H1")), UUID(bytes=after.of("H1"))}
    assert pseudonyms(tmp_path, "522322").of("H1") != after.of("H1")
    assert all(path.stat().st_mode & 0o077 == 0 for path in tmp_path.iterdir())


def test_a_damaged_key_is_not_replaced_silently(tmp_path: Any) -> None:
    pseudonyms(tmp_path, COUNTY)
    (tmp_path / "pseudonym-1.key").write_text("half")
    with pytest.raises(SettingError):
        pseudonyms(tmp_path, COUNTY)


def test_a_pseudonym_is_the_keyed_digest_and_nothing_of_the_number() -> None:
    import hmac

    expected = hmac.new(bytes(range(32)), b"522301\nH001", "sha256").digest()[:16]
    assert Pseudonyms({"1": bytes(range(32))}, COUNTY).of("H001") == expected
