"""The questions: one document for each way of spelling them, values to vary, and the form in which answers compare."""

# ruff: noqa: S608 -- the county is a checked setting, and the database the bench's own

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import psycopg

_HOUSEHOLD = "householdId regionCode povertyStatus sizeDeclared registeredOn"
_LOAN = "loanId amount balance disbursedOn dueOn settledOn status"
_REPAYMENT = "repaymentId loanId paidOn principal"
_SUBSIDY = "voucherNumber line amount periodFrom periodTo paidOn"
_INTEREST = "collectionId loanId householdId periodFrom periodTo days collectedOn interest"

_MONEY = frozenset({"amount", "balance", "principal", "interest"})
_ROW_MARKS = ("householdid", "loanid", "repaymentid", "vouchernumber", "collectionid", "status", "code")

_TOTALS = {
    "disbursed": ("households", "loans", "amount"),
    "repaid": ("loans", "amount"),
    "outstanding": ("households", "loans", "amount"),
    "subsidy": ("amount",),
    "used": ("enterprises", "households", "amount"),
    "exited": ("enterprises", "households", "amount"),
    "remaining": ("enterprises", "households", "amount"),
    "compensated": ("households", "amount"),
    "extended": ("households", "amount"),
    "overdue": ("loans", "amount"),
}
TOTALS = tuple(f"{part}_{name}" for part, names in _TOTALS.items() for name in names)


class Dialect(StrEnum):
    """How a system spells the questions."""

    HUB = "hub"
    POSTGRAPHILE = "postgraphile"
    PLAIN = "plain"  # what we wrote by hand for the others


@dataclass(frozen=True, slots=True)
class Question:
    """One thing to ask. ``values``: SQL for the variables, a row for each request; its columns name them."""

    name: str
    about: str
    documents: Mapping[Dialect, str]
    values: str
    comparable: Callable[[Any], Any]


def questions(county: str) -> tuple[Question, ...]:
    """Every question, for one county."""
    return (_point(county), _list(county), _deep(county), _ledger(county), _groups(county), _rows(county))


def variables(question: Question, conninfo: str) -> list[dict[str, Any]]:
    """The variables of each request, chosen from the data; the same for every system."""
    with psycopg.connect(conninfo) as connection, connection.cursor(row_factory=psycopg.rows.dict_row) as cursor:
        return cursor.execute(question.values.encode()).fetchall()


def _point(county: str) -> Question:
    def document(one: str, left: str, right: str) -> str:
        def many(name: str, fields: str) -> str:
            return f"{name} {left} {fields} {right}"

        lists = f"{many('loans', _LOAN)} {many('subsidyPayments', _SUBSIDY)} {many('repayments', _REPAYMENT)}"
        return f"query Point($id: String!) {{ household({one}householdId: $id) {{ {_HOUSEHOLD} {lists} }} }}"

    return Question(
        "point",
        "one household with its loans, subsidies and repayments",
        {
            Dialect.HUB: document("", "{ nodes {", "} }"),
            Dialect.POSTGRAPHILE: document(f'county: "{county}", ', "{ nodes {", "} }"),
            Dialect.PLAIN: document("", "{", "}"),
        },
        f"""select household_id as id from record.loan where county = '{county}' and household_id is not null
            group by household_id order by md5(household_id) limit 200""",
        _rows_compared,
    )


def _list(county: str) -> Question:
    def document(arguments: str, left: str, right: str) -> str:
        below = f"{_LOAN} household {{ {_HOUSEHOLD} }} subsidyPayments {left} {_SUBSIDY} {right}"
        return f"query List($from: String!) {{ loans(first: 50, {arguments}) {left} {below} {right} }}"

    return Question(
        "list",
        "50 loans with household and subsidies",
        {
            Dialect.HUB: document("filter: {loanId: {gte: $from}}, orderBy: [{loanId: ASC}]", "{ nodes {", "} }"),
            Dialect.POSTGRAPHILE: document(
                "filter: {loanId: {greaterThanOrEqualTo: $from}}, orderBy: [LOAN_ID_ASC]", "{ nodes {", "} }"
            ),
            Dialect.PLAIN: document("from: $from", "{", "}"),
        },
        f"""select loan_id as "from" from record.loan where county = '{county}' order by md5(loan_id) limit 80""",
        _rows_compared,
    )


def _deep(county: str) -> Question:
    def document(one: str, left: str, right: str) -> str:
        below = f"repayments {left} {_REPAYMENT} {right} subsidyPayments {left} {_SUBSIDY} {right}"
        loans = f"loans {left} {_LOAN} {below} {right}"
        households = f"households(first: 10) {left} {_HOUSEHOLD} {loans} {right}"
        return f"query Deep($code: String!) {{ region({one}code: $code) {{ code name {households} }} }}"

    return Question(
        "deep",
        "a village, 10 of its households, their loans, those loans' repayments and subsidies",
        {
            Dialect.HUB: document("", "{ nodes {", "} }"),
            Dialect.POSTGRAPHILE: document(f'county: "{county}", ', "{ nodes {", "} }"),
            Dialect.PLAIN: document("", "{", "}"),
        },
        f"""select code from record.region where county = '{county}' and level = 'VILLAGE' order by code limit 60""",
        _rows_compared,
    )


def _ledger(county: str) -> Question:
    flat = " ".join(_camel(name) for name in TOTALS)

    def group(name: str, called: str) -> str:
        return f"{name}: {called} {{ {' '.join(_TOTALS[name])} }}"

    enterprises = f"{group('used', 'disbursed')} {group('exited', 'exited')} {group('remaining', 'remaining')}"
    ours = " ".join(
        [
            "disbursed { households loans amount } repaid { loans amount } outstanding { households loans amount }",
            group("subsidy", "subsidyPaid"),
            f"enterpriseUse {{ {enterprises} }}",
            group("compensated", "compensation"),
            group("extended", "extensions"),
            "overdue { loans amount }",
        ]
    )
    by_filter = (
        f'filter: {{region: {{equalTo: "{county}"}}, day: {{lessThanOrEqualTo: $day}}}}, orderBy: [DAY_DESC], first: 1'
    )
    return Question(
        "ledger",
        "the city's 24 ledger figures on a day",
        {
            Dialect.HUB: f'query Ledger($day: Date!) {{ ledger(region: "{county}", asOf: $day) {{ {ours} }} }}',
            Dialect.POSTGRAPHILE: (
                f"query Ledger($day: Date!) {{ rollupDailies({by_filter}) {{ nodes {{ {flat} }} }} }}"
            ),
            Dialect.PLAIN: f'query Ledger($day: String!) {{ ledger(region: "{county}", asOf: $day) {{ {flat} }} }}',
        },
        """select (date '2015-07-31' + n * 30)::text as day from generate_series(0, 59) n""",
        _totals_compared,
    )


def _groups(county: str) -> Question:
    return Question(
        "groups",
        "amount and balance of the loans since a day, by status",
        {
            Dialect.HUB: (
                "query Groups($day: Date!) { loans(filter: {disbursedOn: {gte: $day}}) "
                "{ groups(by: [{status: VALUE}]) { keys { status } aggregate { sum { amount balance } } } } }"
            ),
            Dialect.POSTGRAPHILE: (
                "query Groups($day: Date!) { loans(filter: {disbursedOn: {greaterThanOrEqualTo: $day}}) "
                "{ groupedAggregates(groupBy: [STATUS]) { keys sum { amount balance } } } }"
            ),
            Dialect.PLAIN: "query Groups($day: String!) { loansByStatus(since: $day) { status amount balance } }",
        },
        f"""select distinct (date_trunc('month', disbursed_on)::date)::text as day from record.loan
            where county = '{county}' order by day limit 40""",
        _groups_compared,
    )


def _rows(county: str) -> Question:
    def document(arguments: str, left: str, right: str) -> str:
        return (
            "query Rows($from: String!) "
            f"{{ interestCollections(first: 10000, {arguments}) {left} {_INTEREST} {right} }}"
        )

    hub = "filter: {collectionId: {gte: $from}}, orderBy: [{collectionId: ASC}]"
    return Question(
        "rows",
        "10,000 interest bookings of 8 fields",
        {
            Dialect.HUB: document(hub, "{ nodes {", "} }"),
            Dialect.POSTGRAPHILE: document(
                "filter: {collectionId: {greaterThanOrEqualTo: $from}}, orderBy: [COLLECTION_ID_ASC]",
                "{ nodes {",
                "} }",
            ),
            Dialect.PLAIN: document("from: $from", "{", "}"),
        },
        f"""select collection_id as "from" from record.interest_collection where county = '{county}' and collection_id
            < (select percentile_disc(0.8) within group (order by collection_id) from record.interest_collection)
            order by md5(collection_id) limit 10""",
        _rows_compared,
    )


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.title() for word in others)


def _rows_compared(data: Any) -> Any:
    """Nested lists of rows: no connections, money in fen, lists in the order of their keys."""
    if isinstance(data, list):
        return sorted((_rows_compared(item) for item in data), key=_row_key)
    if isinstance(data, dict):
        if set(data) == {"nodes"}:
            return _rows_compared(data["nodes"])
        return {key.lower(): _fen(value) if key in _MONEY else _rows_compared(value) for key, value in data.items()}
    return data


def _row_key(row: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(row.get(name)) for name in (*_ROW_MARKS, "line"))


def _totals_compared(data: Any) -> Any:
    flat: dict[str, int | None] = {}
    _flatten(data, "", flat)
    return {"totals": flat}


def _flatten(value: Any, prefix: str, into: dict[str, int | None]) -> None:
    if isinstance(value, list):
        for item in value:
            _flatten(item, prefix, into)
    elif isinstance(value, dict):
        for key, item in value.items():
            passes = key in {"ledger", "rollupDailies", "nodes", "enterpriseUse"}
            _flatten(item, prefix if passes else prefix + key.lower(), into)
    else:
        into[prefix] = _fen(value) if prefix.endswith("amount") else int(value or 0)


def _groups_compared(data: Any) -> Any:
    found = data.get("loansByStatus")
    if found is None:
        found = data["loans"].get("groups", data["loans"].get("groupedAggregates"))
    rows: list[dict[str, Any]] = []
    for group in found:
        figures = group.get("aggregate", group).get("sum", group)
        keys = group.get("keys", group)
        status = keys[0] if isinstance(keys, list) else keys["status"]
        rows.append({"status": status, "amount": _fen(figures["amount"]), "balance": _fen(figures["balance"])})
    return {"groups": sorted(rows, key=_row_key)}


def _fen(value: Any) -> int | None:
    """The hub writes yuan with two decimals, the others the fen of the table."""
    if value is None:
        return None
    text = str(value)
    return int(text.replace(".", "")) if "." in text else int(text)


def measure_of(answers: Sequence[Any]) -> tuple[int, int]:
    """How many rows and what sum of money all ``answers`` hold together."""
    rows = fen = 0
    for answer in answers:
        found = _measure(answer)
        rows, fen = rows + found[0], fen + found[1]
    return rows, fen


def _measure(value: Any) -> tuple[int, int]:
    rows = fen = 0
    parts = value if isinstance(value, list) else value.values() if isinstance(value, dict) else ()
    if isinstance(value, dict):
        rows = int(any(name in value for name in _ROW_MARKS) or "outstandingloans" in value)
        fen = sum(item for name, item in value.items() if name.endswith(tuple(_MONEY)) and isinstance(item, int))
    for part in parts:
        below = _measure(part)
        rows, fen = rows + below[0], fen + below[1]
    return rows, fen
