"""Whom records are about, by grade; what agencies say differently; what people decide about both."""

from __future__ import annotations

from typing import Any

import pytest

from hub.catalog.dataset import Agency
from hub.errors import RuleError
from hub.rules.linking import Linking, accepted_links, decide_conflict, decide_link, rejected_links
from hub.sync import accepted
from hub.sync.handover import Due
from hub.sync.run import sync_agency
from schema import CATALOGUE
from schema.ledger import LEDGER
from tests.rules.office import Office
from tests.support.database import COUNTY
from tests.sync.invented import InventedDelivery, Row, household, identity_number, loan, person


def payment(line: int, of_person: int, loan_id: str | None, **others: str | None) -> Row:
    return {
        "voucher_number": "V1",
        "line": str(line),
        "loan_id": loan_id,
        "payee_name": "张三",
        "payee_identity_number": identity_number(of_person),
        "principal": "50000",
        "rate": "4.75",
        "period_from": "2019-03-01",
        "period_to": "2019-06-30",
        "amount": "100",
        "paid_on": "2019-07-01",
    } | others


def relief(office: Office, *people: Row) -> None:
    homes = InventedDelivery("household", [household(serial) for serial in (1, 2)])
    office.sync(Agency.RELIEF, [homes, InventedDelivery("person", people)])


def bank(office: Office, *loans: Row) -> None:
    office.sync(Agency.BANK, [InventedDelivery("loan", loans)])


def finance(office: Office, *payments: Row) -> None:
    office.sync(Agency.FINANCE, [InventedDelivery("subsidy_payment", payments)])


def compute(office: Office) -> None:
    office.compute([Linking()])


def links(office: Office) -> list[tuple[Any, ...]]:
    return office.rows(
        "select record_key, entity_key, grade, method, state, is_alert from computed.record_link order by 1, 2"
    )


def born(serial: int) -> str:
    digits = identity_number(serial)[6:14]
    return f"{digits[:4]}-{digits[4:6]}-{digits[6:]}"


def test_plain_agreement_needs_no_link_and_every_other_case_has_its_grade(office: Office) -> None:
    # Loan 2's borrower has a number the registry does not know, but the name and birth date of person 2.
    other = identity_number(2)
    typo = next(
        number
        for serial in range(1000, 99999)
        if (number := identity_number(serial))[6:14] == other[6:14] and number != other
    )
    relief(office, person(1, 1), person(2, 2, birth_date=born(2)), person(3, 2, name="李四"))
    bank(
        office,
        loan(1, 1),
        loan(2, 2, borrower_identity_number=typo),
        loan(3, 3),  # the bank writes another name
        loan(4, 44),  # nobody knows the borrower
    )
    finance(
        office,
        payment(1, 1, "L0001"),
        payment(2, 3, "L0001"),  # the loan of one, the identity number of another
        payment(3, 1, "L0001", payee_name="张散"),
        payment(4, 1, None),  # one loan of this person covers the period
        payment(5, 55, None),
    )
    compute(office)
    assert links(office) == [
        ("L0002", "P0002", "F", "NAME_AND_BIRTH", "PROPOSED", False),
        ("L0003", "P0003", "B", "IDENTITY_NUMBER", "LINKED", False),
        ("L0004", "", "G", "NONE", "UNLINKED", False),
        ("V1/2", "L0001", "D", "LOAN_NUMBER", "LINKED", True),
        ("V1/3", "L0001", "B", "LOAN_NUMBER", "LINKED", False),
        ("V1/4", "L0001", "A", "IDENTITY_AND_PERIOD", "LINKED", False),
        ("V1/5", "", "G", "NONE", "UNLINKED", False),
    ]
    whole = links(office)
    compute(office)
    assert links(office) == whole
    office.compute([Linking()], version="other")
    assert links(office) == whole


def test_a_number_that_came_with_15_digits_agrees_less_surely(office: Office) -> None:
    def old(serial: int) -> str:
        whole = identity_number(serial)
        return whole[:6] + whole[8:17]

    relief(office, person(1, 1, identity_number=old(1)), person(2, 2), person(3, 2))
    bank(office, loan(1, 1), loan(2, 2), loan(3, 3, borrower_identity_number=old(3), borrower_name="李四"))
    finance(office, payment(1, 1, "L0001"), payment(2, 2, "L0002", payee_identity_number=old(2)))
    compute(office)
    graded = [
        ("L0001", "P0001", "C", "IDENTITY_NUMBER", "LINKED", False),
        ("L0003", "P0003", "B", "IDENTITY_NUMBER", "LINKED", False),
        ("V1/2", "L0002", "C", "LOAN_NUMBER", "LINKED", False),
    ]
    assert links(office) == graded
    # The same told once more, in 18 digits, is what it was: the record keeps the row that brought it.
    relief(office, person(1, 1), person(2, 2), person(3, 2))
    compute(office)
    assert links(office) == graded
    # A later version of the record that comes with 18 digits makes it plain.
    relief(office, person(1, 1, phone="13800000000"), person(2, 2), person(3, 2))
    compute(office)
    assert links(office) == graded[1:]


def test_a_payment_two_loans_could_be_meant_by_is_only_a_candidate(office: Office) -> None:
    relief(office, person(1, 1))
    bank(office, loan(1, 1), loan(2, 1))
    finance(office, payment(1, 1, None))
    compute(office)
    assert [(key, grade, state) for _, key, grade, _, state, _ in links(office)] == [
        ("L0001", "F", "PROPOSED"),
        ("L0002", "F", "PROPOSED"),
    ]


def test_an_account_links_a_payment_that_names_no_loan_and_no_known_person(office: Office) -> None:
    relief(office, person(1, 1))
    bank(office, loan(1, 1, disbursement_account="6222000000000001"))
    finance(office, payment(1, 9, None, account_number="6222000000000001"))
    compute(office)
    assert links(office) == [("V1/1", "L0001", "E", "ACCOUNT", "LINKED", False)]


def test_a_link_by_the_account_alone_places_its_payment_only_once_a_person_accepts_it(office: Office) -> None:
    relief(office, person(1, 1))
    bank(office, loan(1, 1, disbursement_account="6222000000000001"), loan(3, 1) | {"borrower_name": "李四"})
    finance(office, payment(1, 9, None, account_number="6222000000000001"))
    compute(office)
    by_account = ("subsidy_payment", "V1/1", "L0001")
    assert homes(office, "subsidy_payment") == [None]
    decide(office, by_account, "ACCEPTED")
    assert follow(office) == {"subsidy_payment": 1}
    assert homes(office, "subsidy_payment") == ["H0001"]
    decide(office, by_account, "UNDONE")
    assert follow(office) == {"subsidy_payment": 1}
    assert homes(office, "subsidy_payment") == [None]
    with pytest.raises(RuleError, match="LINK_NOT_PROPOSED"):
        decide(office, ("loan", "L0003", "P0001"), "ACCEPTED")


def test_a_link_goes_when_a_later_delivery_makes_it_plain(office: Office) -> None:
    relief(office, person(1, 1))
    bank(office, loan(1, 1), loan(3, 3))
    compute(office)
    assert [row[2] for row in links(office)] == ["G"]
    relief(office, person(1, 1), person(3, 2))
    compute(office)
    assert links(office) == []


def test_a_decision_about_a_candidate_holds_until_it_is_undone_and_is_kept(office: Office) -> None:
    relief(office, person(1, 1))
    bank(office, loan(1, 1), loan(2, 1))
    finance(office, payment(1, 1, None))
    compute(office)
    key = ("subsidy_payment", "V1/1", "L0002")
    with office.as_rules() as connection:
        decide_link(connection, COUNTY, key, "ACCEPTED", "王五", "saw the voucher")
    office.compute([Linking()], version="other")  # found anew, and still decided
    state = "select state, decided_by, reason from computed.record_link where entity_key = 'L0002'"
    assert office.rows(state) == [("ACCEPTED", "王五", "saw the voucher")]
    with office.as_rules() as connection:
        with pytest.raises(RuleError, match="LINK_NOT_PROPOSED"):
            decide_link(connection, COUNTY, key, "ACCEPTED", "赵六", "again")
        decide_link(connection, COUNTY, key, "UNDONE", "赵六", "wrong voucher")
    assert office.rows(state) == [("PROPOSED", None, None)]
    assert office.rows("select action, decided_by from rules.decision order by decision_id") == [
        ("ACCEPTED", "王五"),
        ("UNDONE", "赵六"),
    ]


def follow(office: Office) -> dict[str, int]:
    """Move what was decided, as ``hub.computing.follow_links`` does; how many records moved, by dataset."""
    with office.as_rules() as connection:
        connection.execute("select set_config('hub.county', %s, false)", (COUNTY,))
        wanted = accepted.Decided(accepted_links(connection, COUNTY), rejected_links(connection, COUNTY))
    with office.connect() as connection:
        waiting = accepted.still_to_follow(connection, COUNTY, wanted)
    moved: dict[str, int] = {}
    for name, moves in waiting.items():
        agency = CATALOGUE[name].agency
        report = sync_agency(
            accepted.NothingToRead(agency),
            connect=office.connect,
            catalogue=CATALOGUE,
            ledger=LEDGER,
            county=COUNTY,
            due=Due(agency, (name,)),
            errand=accepted.errand(CATALOGUE[name], moves),
        )
        moved |= report.replaced
    compute(office)
    return moved


def decide(office: Office, key: tuple[str, str, str], action: str) -> None:
    with office.as_rules() as connection:
        connection.execute("select set_config('hub.county', %s, false)", (COUNTY,))
        decide_link(connection, COUNTY, key, action, "王五", "saw the papers")


def homes(office: Office, dataset: str) -> list[Any]:
    return [row["household_id"] for _, row in sorted(office.said(dataset).items())]


def subsidies(office: Office) -> dict[str, int]:
    """What the ledger says was paid, by region, at the end of all days; the county and those that differ from zero."""
    rows = office.rows("select distinct on (region) region, subsidy_amount from rollup.daily order by region, day desc")
    return {region: amount for region, amount in rows if amount or region == COUNTY}


def test_an_accepted_loan_moves_with_what_hangs_on_it_and_back_when_undone(office: Office) -> None:
    other = identity_number(2)
    typo = next(
        number
        for serial in range(1000, 99999)
        if (number := identity_number(serial))[6:14] == other[6:14] and number != other
    )
    relief(office, person(1, 1), person(2, 2, birth_date=born(2)))
    bank(office, loan(2, 2, borrower_identity_number=typo))
    finance(office, payment(1, 99, "L0002"))
    compute(office)
    assert (homes(office, "loan"), homes(office, "subsidy_payment")) == ([None], [None])
    before = subsidies(office)
    key = ("loan", "L0002", "P0002")
    decide(office, key, "ACCEPTED")
    assert follow(office) == {"loan": 1, "subsidy_payment": 1}
    assert (homes(office, "loan"), homes(office, "subsidy_payment")) == (["H0002"], ["H0002"])
    moved = subsidies(office)
    assert moved[COUNTY] == before[COUNTY]
    assert set(moved) > set(before)
    assert follow(office) == {}
    # What the bank says again, or changes, stays where it was put.
    bank(office, loan(2, 2, borrower_identity_number=typo, balance="1"))
    assert homes(office, "loan") == ["H0002"]
    decide(office, key, "UNDONE")
    assert follow(office) == {"loan": 1, "subsidy_payment": 1}
    assert homes(office, "subsidy_payment") == [None]
    assert subsidies(office) == before
    assert [row["superseded_by"] for row in office.history("subsidy_payment")] == ["REPLACED", "REPLACED"]


def test_a_refused_link_takes_its_record_away_until_that_is_undone(office: Office) -> None:
    relief(office, person(1, 1), person(2, 2), person(3, 2, name="李四"))
    bank(office, loan(1, 1), loan(3, 3))
    finance(office, payment(1, 2, "L0001"))  # the loan of one, the identity number of another
    compute(office)
    assert [row[2] for row in links(office)] == ["B", "D"]
    assert (homes(office, "loan"), homes(office, "subsidy_payment")) == (["H0001", "H0002"], ["H0001"])
    before = subsidies(office)
    other_name, other_payee = ("loan", "L0003", "P0003"), ("subsidy_payment", "V1/1", "L0001")
    decide(office, other_name, "REJECTED")
    decide(office, other_payee, "REJECTED")
    assert follow(office) == {"loan": 1, "subsidy_payment": 1}
    # The payment is the payee's now, whose number leads to another household.
    assert (homes(office, "loan"), homes(office, "subsidy_payment")) == (["H0001", None], ["H0002"])
    assert office.rows("select region from record.loan where loan_id = 'L0003'") == [(COUNTY,)]
    assert follow(office) == {}
    bank(office, loan(1, 1), loan(3, 3, balance="1"))
    assert homes(office, "loan") == ["H0001", None]
    assert [row[4] for row in links(office)] == ["REJECTED", "REJECTED"]
    decide(office, other_name, "UNDONE")
    decide(office, other_payee, "UNDONE")
    assert follow(office) == {"loan": 1, "subsidy_payment": 1}
    assert (homes(office, "loan"), homes(office, "subsidy_payment")) == (["H0001", "H0002"], ["H0001"])
    assert subsidies(office) == before


def test_an_accepted_payment_follows_its_loan_and_its_own_number_overrules_the_person(office: Office) -> None:
    relief(office, person(1, 1), person(2, 2))
    account = {"disbursement_account": "6222000000000001"}
    bank(office, loan(1, 1, **account), loan(2, 2, **account))
    finance(office, payment(1, 99, "L9999", account_number="6222000000000001"))
    compute(office)
    decide(office, ("subsidy_payment", "V1/1", "L0002"), "ACCEPTED")
    with pytest.raises(RuleError, match="LINK_ACCEPTED_ELSEWHERE"):
        decide(office, ("subsidy_payment", "V1/1", "L0001"), "ACCEPTED")
    assert follow(office) == {"subsidy_payment": 1}
    assert homes(office, "subsidy_payment") == ["H0002"]
    relief(office, person(1, 1), person(2, 1))  # the borrower moves house
    assert homes(office, "subsidy_payment") == ["H0001"]
    bank(office, loan(1, 1, **account), loan(2, 2, **account), loan(9999, 2))
    compute(office)
    assert follow(office) == {}
    assert links(office) == [("V1/1", "L9999", "D", "LOAN_NUMBER", "LINKED", True)]


def test_what_agencies_say_differently_stands_side_by_side_until_they_agree(office: Office) -> None:
    relief(office, person(1, 1))
    bank(office, loan(1, 1, borrower_name="张三丰"))
    finance(office, payment(1, 1, "L0001"), payment(2, 1, "L0001"))
    compute(office)
    claims = (
        "select c.state, k.position, k.agency, k.name, k.records from computed.conflict c"
        " join computed.claim k using (county, conflict_id) order by c.conflict_id, k.position"
    )
    assert office.rows(claims) == [
        ("OPEN", 1, "RELIEF", "张三", 1),
        ("OPEN", 2, "BANK", "张三丰", 1),
        ("OPEN", 3, "FINANCE", "张三", 2),
    ]
    with office.as_rules() as connection:
        decide_conflict(connection, COUNTY, "PERSON_NAME:P0001", "EXPLAINED", "王五", "renamed in 2018")
    office.compute([Linking()], version="other")
    assert office.rows("select state, reason from computed.conflict") == [("EXPLAINED", "renamed in 2018")]
    bank(office, loan(1, 1))
    compute(office)
    assert office.rows("select state from computed.conflict") == [("RESOLVED",)]
    assert office.rows("select count(*) from computed.claim") == [(0,)]


def test_a_borrower_and_an_account_in_dispute_are_conflicts_of_the_loan(office: Office) -> None:
    relief(office, person(1, 1), person(2, 2))
    bank(office, loan(1, 1, disbursement_account="6222000000000001"))
    finance(office, payment(1, 2, "L0001", account_number="6222000000000002"))
    compute(office)
    assert office.rows("select conflict_id from computed.conflict order by 1") == [
        ("ACCOUNT:L0001",),
        ("BORROWER:L0001",),
    ]
