"""What operators are shown by hand is in the log before they see it, or they do not see it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest

from hub import disclosing
from hub.actor import Actor, Purpose, Role
from hub.audit.disclosure import ByHand, DisclosureLog
from hub.audit.pseudonyms import add_key, pseudonyms
from hub.audit.sequencer import sequence_once
from hub.audit.shown import Shown
from hub.audit.subject_index import index_once
from hub.catalog.dataset import Agency
from hub.errors import LOG_UNAVAILABLE, HubError
from hub.graph.answer import Answerer, Question
from hub.graph.limits import Limits
from hub.proving import keys_folder, proof_of, sequence_now, verify
from hub.query.run import DatabaseReader
from hub.settings import Settings
from hub.storage.by_hand import Look
from hub.storage.roles import DatabaseRole
from hub.storage.server import DatabaseServer
from hub.sync.correct import RawRow
from hub.sync.handover import Column, Part
from hub.sync.watch import Unwatched
from tests.audit.written import reading, write_all
from tests.support.county import FACE, GATE, County, actor, filled
from tests.support.database import COUNTY, Database
from tests.support.log import NAME, entries, recorder

WHO = ByHand("张三", "看一户为何未贴息")
LOANS = "select household_id, loan_id, amount from record.loan where household_id = 'H003' order by 2"


class Desk:
    """An operator's host: a data folder and the database, or one whose log cannot be written."""

    def __init__(self, database: Database, home: Path, *, logs: bool = True) -> None:
        self.database = database
        self.settings = Settings(home=home, county=COUNTY)
        roles = dict(database.roles)
        if not logs:
            roles[DatabaseRole.LOG] = "host=/nowhere dbname=none"
        self.server = DatabaseServer(database.owner, roles)

    def ask(self, *texts: str, most: int = 100) -> list[Look | HubError]:
        return list(disclosing.looked(self.settings, self.server, WHO, texts, most))

    def name_of(self, household: str) -> UUID:
        return UUID(bytes=pseudonyms(keys_folder(self.settings), COUNTY).of(household))


@pytest.fixture
def desk(database: Database, tmp_path: Path) -> Desk:
    """A county into which nobody but the operator looks."""
    filled(database)
    return Desk(database, tmp_path)


def test_a_statement_is_logged_with_its_tables_fields_rows_and_households(desk: Desk) -> None:
    (found,) = desk.ask(LOANS)
    assert isinstance(found, Look)
    assert found.headings == ("household_id", "loan_id", "amount")
    assert {row[0] for row in found.rows} == {"H003"}
    (entry,) = entries(desk.database)
    assert (entry.door, entry.outcome, entry.staff, entry.purpose) == ("SHELL", "ANSWERED", WHO.person, WHO.purpose)
    assert (entry.role, entry.client, entry.operation_name) == ("operator", None, "shell")
    assert entry.operation_digest == entry.request_digest == sha256(LOANS.encode()).digest()
    assert entry.datasets == ("loan",)
    assert entry.fields == ("loan.household_id", "loan.loan_id", "loan.amount")
    assert entry.row_count == len(found.rows)
    assert entry.subjects == (desk.name_of("H003"),)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("delete from record.loan", "SHELL_STATEMENT_FAILED"),
        ("with gone as (delete from record.loan returning household_id) table gone", "SHELL_STATEMENT_FAILED"),
        ("select 1; delete from record.loan", "SHELL_STATEMENT_FAILED"),
        ("set role hub_owner", "SHELL_STATEMENT_FAILED"),
        ("select subjects from audit.disclosure", "SHELL_STATEMENT_FAILED"),
        ("select raw_values from sync.quarantine", "SHELL_STATEMENT_FAILED"),
        ("select loan_id, amount from record.loan", "SHELL_HOUSEHOLDS_UNKNOWN"),
        ("select min(head_name) from record.household group by household_id", "SHELL_HOUSEHOLDS_UNKNOWN"),
        ("select string_agg(head_name, ',') from record.household", "SHELL_HOUSEHOLDS_UNKNOWN"),
        ("select json_agg(h) from record.household h", "SHELL_HOUSEHOLDS_UNKNOWN"),
        ("select 'H000' as household_id, head_name from record.household", "SHELL_HOUSEHOLDS_UNKNOWN"),
        ("select most_common_vals::text from pg_stats", "SHELL_STATEMENT_REFUSED"),
        (r"""select U&"query\005fto_xml"('select 1', true, true, '')""", "SHELL_STATEMENT_REFUSED"),
        ("select ts_rewrite('a'::tsquery, 'select ''a''::tsquery, ''b''::tsquery')", "SHELL_STATEMENT_REFUSED"),
        ("select set_config('hub.county', '522322', true), code from record.region", "SHELL_STATEMENT_REFUSED"),
        ("select query_to_xml('select * from record.person', true, true, '')", "SHELL_STATEMENT_REFUSED"),
        ("select head_name::int, household_id from record.household", "SHELL_STATEMENT_FAILED"),
    ],
)
def test_what_is_no_reading_or_does_not_say_of_whom_is_refused_and_that_is_logged(
    desk: Desk, text: str, code: str
) -> None:
    (refused,) = desk.ask(text)
    assert isinstance(refused, HubError)
    assert refused.code == code
    assert "户主" not in str(refused)  # what PostgreSQL says of a value is not passed on
    (entry,) = entries(desk.database)
    assert (entry.outcome, entry.code, entry.fields) == ("REFUSED", code, ())
    assert entry.operation_digest == sha256(text.encode()).digest()


def test_one_sum_names_nobody_and_too_many_rows_are_cut(desk: Desk) -> None:
    total, few = desk.ask("select count(*), sum(amount) from record.loan", LOANS.replace("= 'H003'", "is not null"))
    assert isinstance(total, Look)
    assert not total.households
    assert isinstance(few, Look)
    (cut,) = desk.ask(LOANS.replace("= 'H003'", "is not null"), most=2)
    assert isinstance(cut, Look)
    assert (len(cut.rows), cut.is_cut) == (2, True)


def test_a_household_is_known_by_its_column_whatever_that_is_called(desk: Desk) -> None:
    (found,) = desk.ask("select household_id as h, count(*) from record.loan where household_id = 'H003' group by 1")
    assert isinstance(found, Look)
    assert found.households == ("H003",)


def test_nothing_is_shown_by_hand_while_the_signed_log_lags(desk: Desk) -> None:
    write_all(desk.database, 1)  # some weeks ago, and never signed
    with pytest.raises(HubError) as refusal:
        desk.ask(LOANS)
    assert refusal.value.code == "LOG_BEHIND"


def raw_row() -> RawRow:
    columns = (Column("loan_id", "贷款编号", "A"), Column("amount", "金额", "B"))
    raw = {"贷款编号": "L003", "金额": "一万", "备注": "x"}
    part = Part("loan", None, columns)
    return RawRow(7, Agency.BANK, "loan_note", 1, part, 2, "amount", "B2", "NUMBER_UNREADABLE", "not a number", raw)


Show = Callable[[Desk], Any]
DOORS: dict[str, Show] = {
    "shell": lambda desk: desk.ask(LOANS),
    "quarantine show": lambda desk: disclosing.note_raw_row(desk.settings, desk.server, raw_row(), "张三", "更正"),
    "audit prove": lambda desk: disclosing.note_proof(
        desk.settings, desk.server, WHO, {"entry": {"entry_id": "0", "client": "bank-system"}}
    ),
    "link list": lambda desk: disclosing.note_rows(
        desk.settings, desk.server, WHO, "link list", disclosing.LINKS, [("loan", "L1", "person", "P1")]
    ),
    "conflict list": lambda desk: disclosing.note_rows(
        desk.settings, desk.server, WHO, "conflict list", Shown("conflict", ("conflict",)), []
    ),
}


@pytest.mark.parametrize("name", DOORS)
def test_every_door_of_operators_is_logged_and_shut_while_the_log_cannot_be_written(
    desk: Desk, tmp_path: Path, name: str
) -> None:
    DOORS[name](desk)
    (entry,) = entries(desk.database)
    assert (entry.operation_name, entry.outcome, entry.role) == (name, "ANSWERED", "operator")
    with pytest.raises(HubError) as refusal:
        DOORS[name](Desk(desk.database, tmp_path, logs=False))
    assert refusal.value.code == LOG_UNAVAILABLE


def test_a_raw_row_is_about_the_household_that_it_leads_to(desk: Desk) -> None:
    disclosing.note_raw_row(desk.settings, desk.server, raw_row(), "张三", "更正")
    (entry,) = entries(desk.database)
    assert entry.subjects == (desk.name_of("H003"),)  # L003 is of household 3 % 7
    assert entry.fields == ("loan.loan_id", "loan.amount", "loan.untaken")


def test_a_verification_is_logged_and_shown_even_if_that_fails(desk: Desk, tmp_path: Path) -> None:
    desk.ask(LOANS)
    sequence_now(desk.settings, desk.server)
    findings = verify(desk.settings, desk.server, Unwatched())
    assert disclosing.note_verification(desk.settings, desk.server, WHO, findings) is None
    first, last = entries(desk.database)
    assert (last.operation_name, last.subjects) == ("audit verify", ())
    disclosing.note_proof(desk.settings, desk.server, WHO, proof_of(desk.settings, desk.server, first.entry_id))
    silent = Desk(desk.database, tmp_path, logs=False)
    assert disclosing.note_verification(silent.settings, silent.server, WHO, findings) is not None


def test_a_household_is_found_under_every_key_there_was(county: County, tmp_path: Path) -> None:
    """Also by a process that began before the newest key was made."""
    auditor = Actor("auditor", Role.AUDITOR, COUNTY, Purpose.AUDIT)
    about = '{ disclosuresAbout(household: "H003") { totalCount } }'

    async def scene() -> list[Any]:
        async with (
            DatabaseReader(county.database.conninfo(DatabaseRole.API)) as reader,
            recorder(county.database) as rows,
        ):

            def started() -> Answerer:
                log = DisclosureLog(rows, pseudonyms(tmp_path, COUNTY), COUNTY, NAME)
                return Answerer(FACE, reader, Limits(), GATE, log)

            old = started()
            await old.answer(Question('{ household(householdId: "H003") { headName } }'), actor())
            with reading(county.database) as log:
                sequence_once(log, COUNTY)
                assert index_once(log, COUNTY, block=1)
            assert add_key(tmp_path) == "2"
            new = started()
            await new.answer(Question('{ household(householdId: "H003") { headName } }'), actor())
            return [orjson.loads((await asked.answer(Question(about), auditor)).body) for asked in (old, new)]

    found = [answer["data"]["disclosuresAbout"]["totalCount"] for answer in asyncio.run(scene())]
    assert found == [2, 3]  # the second asks about the first one's question too
    assert [entry.key_id for entry in entries(county.database)] == ["1", "2", "1", "2"]
