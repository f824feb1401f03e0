"""Whole questions against a real database, through every step but the door."""

from __future__ import annotations

from tests.support.county import TOWNSHIPS, VILLAGES, County, actor
from tests.support.database import COUNTY


def test_a_loan_with_everything_around_it(county: County) -> None:
    answer = county.ask(
        """query Loan($id: String!) {
          loan(loanId: $id) {
            __typename loanId amount rate disbursedOn status isSubsidised accountNumber regionCode
            borrower { name identityNumber }
            household { householdId village { name parent { name } } phone }
            repayments(orderBy: [{paidOn: DESC}]) { totalCount nodes { principal origin } }
            source { agency kind delivery sheet row recordedAt }
          }
        }""",
        {"id": "L003"},
    )
    assert answer == {
        "data": {
            "loan": {
                "__typename": "Loan",
                "loanId": "L003",
                "amount": "40000.00",
                "rate": "4.75",
                "disbursedOn": "2017-04-10",
                "status": "OPEN",
                "isSubsidised": False,
                "accountNumber": "621700******5678",
                "regionCode": VILLAGES[3],
                "borrower": {"name": "户主3", "identityNumber": "522300********0003"},
                "household": {
                    "householdId": "H003",
                    "village": {"name": "村2", "parent": {"name": "乡镇2"}},
                    "phone": "138****1234",
                },
                "repayments": {
                    "totalCount": 3,
                    "nodes": [
                        {"principal": "1000.02", "origin": "HOUSEHOLD"},
                        {"principal": "1000.01", "origin": "HOUSEHOLD"},
                        {"principal": "1000.00", "origin": "HOUSEHOLD"},
                    ],
                },
                "source": {
                    "agency": "BANK",
                    "kind": "TABLE",
                    "delivery": "loan_note",
                    "sheet": None,
                    "row": 5,
                    "recordedAt": "2020-07-08T01:30:00.000Z",
                },
            }
        }
    }
    assert len(county.statements) == 1


def test_what_is_not_there_is_null(county: County) -> None:
    assert county.ask('{ loan(loanId: "none") { loanId } }') == {"data": {"loan": None}}


def test_pages_know_where_they_stand(county: County) -> None:
    document = """query ($after: String) {
      loans(first: 10, after: $after, orderBy: [{amount: DESC}, {disbursedOn: ASC}]) {
        totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } edges { cursor node { loanId } }
      }
    }"""
    seen: list[str] = []
    after, first = None, True
    while True:
        page = county.ask(document, {"after": after})["data"]["loans"]
        seen += [edge["node"]["loanId"] for edge in page["edges"]]
        assert page["pageInfo"]["startCursor"] == page["edges"][0]["cursor"]
        assert page["pageInfo"]["endCursor"] == page["edges"][-1]["cursor"]
        assert page["pageInfo"]["hasPreviousPage"] is not first
        assert page["totalCount"] == 23
        if not page["pageInfo"]["hasNextPage"]:
            break
        after, first = page["pageInfo"]["endCursor"], False
    assert len(seen) == len(set(seen)) == 23


def test_a_page_may_be_asked_of_nothing_but_its_position(county: County) -> None:
    answer = county.ask("{ loans { pageInfo { hasPreviousPage } } regions { pageInfo { hasNextPage } totalCount } }")
    assert answer["data"]["loans"] == {"pageInfo": {"hasPreviousPage": False}}
    alone = county.ask('{ loans(filter: {loanId: {eq: "L001"}}) { pageInfo { hasPreviousPage } __typename } }')
    assert alone["data"]["loans"] == {"pageInfo": {"hasPreviousPage": False}, "__typename": "LoanConnection"}
    assert answer["data"]["regions"] == {"pageInfo": {"hasNextPage": False}, "totalCount": 7}


def test_filters_reach_over_relations(county: County) -> None:
    answer = county.ask(
        """{
          some: households(filter: {loans: {some: {status: {eq: OVERDUE}}}}) { nodes { householdId } }
          none: households(filter: {loans: {none: {}}}) { nodes { householdId } }
          every: households(filter: {loans: {every: {amount: {gte: "10000"}}}}) { totalCount }
          one: loans(filter: {household: {povertyStatus: {eq: POOR}}}) { totalCount }
          either: loans(filter: {or: [{loanId: {eq: "L001"}}, {loanId: {in: ["L002", "L003"]}}]}) { totalCount }
          nothing: loans(filter: {or: []}) { totalCount }
          prefix: loans(filter: {regionCode: {startsWith: "522301101"}}) { totalCount }
          other: loans(filter: {settledOn: {ne: "2020-03-01"}}) { totalCount }
          missing: loans(filter: {not: {settledOn: {isNull: false}}}) { totalCount }
        }"""
    )["data"]
    assert len(answer["some"]["nodes"]) == 7
    assert answer["none"]["nodes"] == [{"householdId": "H007"}]
    assert answer["every"]["totalCount"] == 8
    assert answer["one"]["totalCount"] == 12
    assert answer["either"]["totalCount"] == 3
    assert answer["nothing"]["totalCount"] == 0
    assert answer["prefix"]["totalCount"] == 13
    assert answer["other"]["totalCount"] == 21
    assert answer["missing"]["totalCount"] == 16


def test_the_ledger_holds_the_newest_totals_not_after_its_day(county: County) -> None:
    document = """query ($day: Date!, $by: LedgerGroup) {
      ledger(region: "522301", asOf: $day, groupBy: $by) {
        asOf region { code name } disbursed { loans amount } overdue { rate } coverage { registered satisfied }
        groups { asOf region { code } disbursed { loans } groups { asOf } }
      }
    }"""
    plain = county.ask(document, {"day": "2020-07-01"})["data"]["ledger"]
    assert plain == {
        "asOf": "2020-07-01",
        "region": {"code": COUNTY, "name": "兴义市"},
        "disbursed": {"loans": 8, "amount": "800000.00"},
        "overdue": {"rate": "0.50"},
        "coverage": {"registered": "100.00", "satisfied": None},
        "groups": [],
    }
    parts = county.ask(document, {"day": "2020-07-08", "by": "TOWNSHIP"})["data"]["ledger"]
    assert [part["region"]["code"] for part in parts["groups"]] == list(TOWNSHIPS)
    assert [part["disbursed"]["loans"] for part in parts["groups"]] == [8, 8]
    assert [part["groups"] for part in parts["groups"]] == [[], []]
    months = county.ask(document, {"day": "2020-07-08", "by": "MONTH"})["data"]["ledger"]["groups"]
    assert [(part["asOf"], part["disbursed"]["loans"]) for part in months] == [("2020-05-31", 4), ("2020-06-30", 8)]
    before = county.ask(document, {"day": "2000-01-01", "by": "VILLAGE"})["data"]["ledger"]
    assert before["disbursed"] == {"loans": 0, "amount": "0.00"}
    assert before["overdue"] == {"rate": None}


def test_an_unknown_region_is_said_to_be_unknown(county: County) -> None:
    answer = county.ask('{ ledger(region: "999999", asOf: "2020-07-08") { asOf } }')
    assert answer["data"] == {"ledger": None}
    assert answer["errors"][0]["extensions"]["code"] == "QUERY_REGION_UNKNOWN"


def test_runs_with_their_counts_come_newest_first(county: County) -> None:
    runs = county.ask("{ syncRuns(first: 3) { nodes { runId state startedAt datasets { dataset fetched } } } }")
    nodes = runs["data"]["syncRuns"]["nodes"]
    assert [node["runId"] for node in nodes] == [3, 2, 1]
    assert nodes[2]["datasets"] == [{"dataset": "loan", "fetched": 23}, {"dataset": "repayment", "fetched": 23}]


def test_a_township_sees_its_own(county: County) -> None:
    who = actor(TOWNSHIPS[0])
    answer = county.ask(
        """{ loans { totalCount } regions { nodes { code } } household(householdId: "H002") { householdId }
             mine: household(householdId: "H001") { loans { totalCount } } }""",
        who=who,
    )["data"]
    assert answer["loans"]["totalCount"] == 13
    assert answer["regions"]["nodes"] == [{"code": TOWNSHIPS[0]}, {"code": VILLAGES[0]}, {"code": VILLAGES[1]}]
    assert answer["household"] is None
    assert answer["mine"]["loans"]["totalCount"] == 4


def test_aggregates_fold_all_rows(county: County) -> None:
    answer = county.ask(
        """{ loans(first: 1) { aggregate { count sum { amount } avg { rate amount } min { disbursedOn } } }
             household(householdId: "H001") { loans { aggregate { count max { amount } } } } }"""
    )["data"]
    assert answer["loans"]["aggregate"]["count"] == 23
    assert answer["loans"]["aggregate"]["sum"] == {"amount": "560000.00"}
    assert answer["loans"]["aggregate"]["min"] == {"disbursedOn": "2017-01-10"}
    assert answer["household"]["loans"]["aggregate"] == {"count": 4, "max": {"amount": "40000.00"}}


def test_introspection_goes_with_data(county: County) -> None:
    answer = county.ask(
        '{ a: __typename __type(name: "Money") { kind } loan(loanId: "L001") { loanId } me { client region } }'
    )
    assert answer["data"] == {
        "a": "Query",
        "__type": {"kind": "SCALAR"},
        "loan": {"loanId": "L001"},
        "me": {"client": "bank-system", "region": COUNTY},
    }


def test_an_alias_longer_than_an_identifier_is_kept(county: County) -> None:
    alias = "a" * 80
    answer = county.ask(f'{{ loan(loanId: "L001") {{ {alias}: loanId {alias}b: settledOn }} }}')
    assert answer["data"]["loan"] == {alias: "L001", f"{alias}b": None}
