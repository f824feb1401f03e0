"""Groups of any list: by values, spans of days, regions and related rows."""

from __future__ import annotations

import pytest

from tests.support.county import LOANS, TOWNSHIPS, VILLAGES, County, actor
from tests.support.database import COUNTY


def test_groups_by_region_know_its_name_and_leave_out_no_row(county: County) -> None:
    answer = county.ask(
        """{ loans {
          aggregate { count }
          groups(by: [{region: TOWNSHIP}]) { keys { region { code name level } } aggregate { count } }
        } }"""
    )["data"]["loans"]
    assert [group["keys"]["region"] for group in answer["groups"]] == [
        {"code": TOWNSHIPS[0], "name": "乡镇1", "level": "TOWNSHIP"},
        {"code": TOWNSHIPS[1], "name": "乡镇2", "level": "TOWNSHIP"},
        None,  # one loan is placed in the county as a whole
    ]
    assert sum(group["aggregate"]["count"] for group in answer["groups"]) == answer["aggregate"]["count"] == LOANS


def test_days_fall_into_spans_known_by_their_first_day(county: County) -> None:
    document = """query ($by: [LoanGroupBy!]!) {
      loans { groups(by: $by) { keys { disbursedOn } aggregate { count } } }
    }"""
    for span, days in (
        ("YEAR", ["2017-01-01"]),
        ("QUARTER", ["2017-01-01", "2017-04-01"]),
        ("MONTH", [f"2017-0{month}-01" for month in range(1, 6)]),
        ("DAY", [f"2017-0{month}-10" for month in range(1, 6)]),
    ):
        groups = county.ask(document, {"by": [{"disbursedOn": span}]})["data"]["loans"]["groups"]
        assert [group["keys"]["disbursedOn"] for group in groups] == days


def test_groups_are_chosen_and_ordered_by_figures(county: County) -> None:
    answer = county.ask(
        """{ loans(filter: {household: {povertyStatus: {eq: POOR}}}) {
          groups(
            by: [{household: {householdId: VALUE}}, {status: VALUE}]
            having: {count: {gte: 1}, sum: {amount: {gt: "10000"}}, avg: {rate: {lt: "4.7"}}}
            orderBy: [{max: {amount: DESC}}, {count: ASC}, {key: {status: DESC}}]
            first: 2
          ) { keys { status household { householdId } } aggregate { count max { amount } } }
        } }"""
    )
    groups = answer["data"]["loans"]["groups"]
    assert len(groups) == 2
    assert groups[0]["aggregate"]["max"]["amount"] >= groups[1]["aggregate"]["max"]["amount"]


def test_related_lists_are_grouped_for_each_row(county: County) -> None:
    answer = county.ask(
        """{ households { nodes { loans { totalCount groups(by: [{status: VALUE}]) { aggregate { count } } } } } }"""
    )
    for household in answer["data"]["households"]["nodes"]:
        loans = household["loans"]
        assert sum(group["aggregate"]["count"] for group in loans["groups"]) == loans["totalCount"]


def test_a_reader_of_a_village_groups_what_is_his(county: County) -> None:
    document = "{ loans { groups(by: [{region: VILLAGE}]) { keys { region { code } } aggregate { count } } } }"
    groups = county.ask(document, who=actor(VILLAGES[1]))["data"]["loans"]["groups"]
    assert [group["keys"]["region"]["code"] for group in groups] == [VILLAGES[1]]


@pytest.mark.parametrize(
    ("groups", "code"),
    [
        ("groups(by: []) { aggregate { count } }", "QUERY_GROUP_KEYS_INVALID"),
        ("groups(by: [{status: VALUE}, {status: VALUE}]) { aggregate { count } }", "QUERY_GROUP_KEY_REPEATED"),
        ("groups(by: [{dueOn: YEAR}, {dueOn: MONTH}]) { aggregate { count } }", "QUERY_GROUP_KEY_REPEATED"),
        ("groups(by: [{status: VALUE}]) { keys { dueOn } }", "QUERY_GROUP_KEY_MISSING"),
        (
            "groups(by: [{status: VALUE}], orderBy: [{key: {dueOn: ASC}}]) { keys { status } }",
            "QUERY_GROUP_KEY_MISSING",
        ),
        ("groups(by: [{status: VALUE}], first: -1) { keys { status } }", "QUERY_GROUPS_INVALID"),
        ("groups(by: [{status: VALUE}], first: 10001) { keys { status } }", "QUERY_GROUPS_INVALID"),
        ("groups(by: [{status: VALUE}], having: {count: {gt: null}}) { keys { status } }", "QUERY_FILTER_NULL"),
        ("groups(by: [{status: VALUE}], having: {sum: null}) { keys { status } }", "QUERY_FILTER_NULL"),
        ("groups(by: [{borrowerIdentityNumber: VALUE}]) { aggregate { count } }", "QUERY_INVALID"),
        ("groups(by: [{borrowerName: VALUE}]) { aggregate { count } }", "QUERY_INVALID"),
        ("groups(by: [{status: YEAR}]) { aggregate { count } }", "QUERY_INVALID"),
        ("aggregate { min { borrowerIdentityNumber } }", "QUERY_INVALID"),
        ("aggregate { max { accountNumber } }", "QUERY_INVALID"),
    ],
)
def test_groups_that_make_no_sense_are_refused(county: County, groups: str, code: str) -> None:
    assert county.ask(f"{{ loans {{ {groups} }} }}")["errors"][0]["extensions"]["code"] == code


def test_too_many_groups_are_refused_and_never_cut_off(county: County) -> None:
    with county.database.connect() as connection:
        connection.execute(
            "insert into record.repayment (county, repayment_id, loan_id, paid_on, principal, penalty, origin, "
            "household_id, region, source_part, source_row, recorded_in) "
            "select %s, 'N' || n, 'L001', date '2019-01-01', 100, 0, 'HOUSEHOLD', 'H001', %s, 1, n, 1 "
            "from generate_series(1, 1000) n",
            (COUNTY, VILLAGES[1]),
        )
    document = "{ repayments%s { groups(by: [{repaymentId: VALUE}]%s) { keys { repaymentId } } } }"
    refused = county.ask(document % ("", ""))
    assert refused["errors"][0]["extensions"]["code"] == "QUERY_TOO_MANY_GROUPS"
    assert "data" not in refused
    assert len(county.ask(document % ("", ", first: 5"))["data"]["repayments"]["groups"]) == 5
    most = county.ask(document % ('(filter: {repaymentId: {startsWith: "N"}})', ""))
    assert len(most["data"]["repayments"]["groups"]) == 1000
