"""Requests made to hurt, with the code each is refused with. Run it to measure: ``python -m tests.support.hostile``."""

from __future__ import annotations

import asyncio
import resource
from collections.abc import Mapping
from dataclasses import dataclass
from time import perf_counter

import orjson
from starlette.types import Message

from hub.errors import HubError
from hub.graph.answer import Answerer
from hub.graph.limits import Limits
from hub.query.parameters import Claim
from hub.query.to_sql import Statement
from hub.web.request import read_body, read_question
from tests.support.county import FACE, GATE, actor
from tests.support.log import unlogged

ROUNDS = 20


@dataclass(frozen=True)
class Hostile:
    name: str
    body: bytes
    code: str


def _asked(document: str, variables: Mapping[str, object] | None = None) -> bytes:
    return orjson.dumps({"query": document, "variables": variables or {}})


def bomb(fragments: int, *, aliased: bool) -> str:
    spread = "a: parent {{ ...F{n} }} b: parent {{ ...F{n} }}" if aliased else "...F{n} ...F{n}"
    chain = [f"fragment F{n} on Region {{ {spread.format(n=n + 1)} }}" for n in range(fragments)]
    chain.append(f"fragment F{fragments} on Region {{ code }}")
    return '{ region(code: "522301") { ...F0 } } ' + " ".join(chain)


def _related(depth: int) -> str:
    return "{household: {loans: {some: " * depth + "{}" + "}}}" * depth


def _filter_variable(depth: int) -> bytes:
    document = "query ($f: LoanFilter) { loans(filter: $f) { totalCount } }"
    held = b'{"f":' + b'{"not":' * depth + b"{}" + b"}" * depth + b"}"
    return b'{"query": "' + document.encode() + b'", "variables": ' + held + b"}"


_FILTERED = "{ loans(filter: %s) { totalCount } }"
_BY_ID = "query ($i: String!) { loan(loanId: $i) { loanId } }"
_BY_DAY = '{ loans(filter: {dueOn: {eq: "%s"}}) { totalCount } }'
_GROUPED = "{ loans { groups(by: [%s]) { aggregate { count } } } }"

HOSTILE = (
    Hostile("22 fragments that double", _asked(bomb(22, aliased=False)), "QUERY_TOO_WIDE"),
    Hostile("22 fragments that double, deeper each", _asked(bomb(22, aliased=True)), "QUERY_TOO_DEEP"),
    Hostile("200 fragments that double", _asked(bomb(200, aliased=False)), "QUERY_TOO_WIDE"),
    Hostile("a fragment that reaches itself", _asked("{ ...A } fragment A on Query { ...A }"), "QUERY_INVALID"),
    Hostile(
        "10,000 aliases",
        _asked("{" + " ".join(f"a{n}: __typename" for n in range(10_000)) + "}"),
        "QUERY_TOO_LONG",
    ),
    Hostile("10,000 short aliases", _asked("{" + " ".join(f"a{n}:me" for n in range(10_000)) + "}"), "QUERY_TOO_LONG"),
    Hostile(
        "100 aliases", _asked("{" + " ".join(f"a{n}: __typename" for n in range(100)) + "}"), "QUERY_TOO_MANY_ALIASES"
    ),
    Hostile("1 MB of braces", _asked("{" * 1_000_000), "QUERY_BODY_TOO_LARGE"),
    Hostile("200 kB of braces", _asked("{" * 199_000), "QUERY_SYNTAX"),
    Hostile("200 kB of brackets for JSON", b"[" * 199_000, "QUERY_REQUEST_MALFORMED"),
    Hostile("200 kB of one name", _asked("{" + "a" * 199_000 + "}"), "QUERY_INVALID"),
    Hostile("2,000 fields deep", _asked("{a" * 2_000 + "}" * 2_000), "QUERY_TOO_DEEP"),
    Hostile(
        "a value 2,000 lists deep",
        _asked(f"{{ loans(filter: {'[' * 2000}{']' * 2000}) {{ totalCount }} }}"),
        "QUERY_TOO_DEEP",
    ),
    Hostile(
        "variables 2,000 deep",
        _asked("{ __typename }").replace(b"{}", b'{"a":' * 2000 + b"1" + b"}" * 2000),
        "QUERY_REQUEST_MALFORMED",
    ),
    Hostile("a filter 900 deep in a variable", _filter_variable(900), "QUERY_VARIABLE_INVALID"),
    Hostile("a filter 600 deep", _asked(_FILTERED % ("{not: " * 600 + "{}" + "}" * 600)), "QUERY_TOO_DEEP"),
    Hostile("a page of 2 billion", _asked("{ loans(first: 2147483647) { totalCount } }"), "QUERY_PAGE_TOO_LARGE"),
    Hostile("a page beyond Int", _asked("{ loans(first: 99999999999999999999) { totalCount } }"), "QUERY_INVALID"),
    Hostile(
        "pages of pages",
        _asked("{ loans(first: 1000) { nodes { repayments(first: 1000) { nodes { principal } } } } }"),
        "QUERY_TOO_COSTLY",
    ),
    Hostile(
        "groups of groups",
        _asked(
            "{ households(first: 1000) { nodes { loans { groups(by: [{loanId: VALUE}]) { aggregate { count } } } } } }"
        ),
        "QUERY_TOO_COSTLY",
    ),
    Hostile(
        "9 keys",
        _asked(
            _GROUPED
            % ", ".join(
                f"{{{name}: VALUE}}"
                for name in (
                    "loanId",
                    "contractNumber",
                    "amount",
                    "balance",
                    "rate",
                    "status",
                    "purpose",
                    "branch",
                    "officer",
                )
            )
        ),
        "QUERY_GROUP_KEYS_INVALID",
    ),
    Hostile("200 keys", _asked(_GROUPED % ", ".join(["{status: VALUE}"] * 200)), "QUERY_GROUP_KEYS_INVALID"),
    Hostile(
        "filters over 22 relations",
        _asked(f"{{ loans(filter: {_related(11)}) {{ totalCount }} }}"),
        "QUERY_FILTER_TOO_BROAD",
    ),
    Hostile("30 February", _asked(_BY_DAY % "2020-02-30"), "QUERY_INVALID"),
    Hostile("the year 10000", _asked(_BY_DAY % "10000-01-01"), "QUERY_INVALID"),
    Hostile("the year 0", _asked(_BY_DAY % "0000-01-01"), "QUERY_INVALID"),
    Hostile("a day in other digits", _asked(_BY_DAY % "２０２０-01-01"), "QUERY_INVALID"),
    Hostile("SQL as a day", _asked(_BY_DAY % "2020-01-01'; drop table loan; --"), "QUERY_INVALID"),
    Hostile("NUL in a variable", _asked(_BY_ID, {"i": "a\x00b"}), "QUERY_TEXT_INVALID"),
    Hostile("NUL in the document", _asked('{ loan(loanId: "a\\u0000b") { loanId } }'), "QUERY_TEXT_INVALID"),
    Hostile("a bare NUL in the document", _asked("{ loans\x00 { totalCount } }"), "QUERY_SYNTAX"),
    Hostile(
        "half a surrogate pair in JSON",
        b'{"query": "{ __typename }", "variables": {"a": "\\ud800"}}',
        "QUERY_REQUEST_MALFORMED",
    ),
    Hostile("half a surrogate pair in the document", _asked('{ loan(loanId: "\\ud800") { loanId } }'), "QUERY_SYNTAX"),
    Hostile("bytes that are no UTF-8", b'{"query": "\xff\xfe"}', "QUERY_REQUEST_MALFORMED"),
    Hostile(
        "20,000 values",
        _asked("query ($i: [String!]) { loans(filter: {loanId: {in: $i}}) { totalCount } }", {"i": ["1"] * 20_000}),
        "QUERY_TOO_MANY_VALUES",
    ),
    Hostile(
        "an amount of 300 digits",
        _asked('{ loans(filter: {amount: {gt: "%s"}}) { totalCount } }' % ("9" * 300)),
        "QUERY_INVALID",
    ),
    Hostile(
        "a Float beyond all",
        _asked("{ loans { groups(by: [{status: VALUE}], having: {count: {gt: 1e999}}) { aggregate { count } } } }"),
        "QUERY_INVALID",
    ),
    Hostile(
        "a cursor of 150 kB",
        _asked('{ loans(after: "%s") { totalCount nodes { loanId } } }' % ("A" * 150_000)),
        "QUERY_CURSOR_MALFORMED",
    ),
    Hostile("5,000 errors", _asked("{" + " ".join(["x"] * 2_400) + "}"), "QUERY_TOO_WIDE"),
)


class NoDatabase:
    """Answers every statement at once: what is measured is the way there."""

    async def read(
        self, statement: Statement, values: list[bytes | None], claims: Mapping[Claim, str]
    ) -> list[bytes | None]:
        return [*(b"{}" for _ in statement.keys), b"0", b"[]"]

    async def confirm(self, claims: Mapping[Claim, str]) -> None:
        """Nothing has changed."""

    async def explain(self, statement: Statement, claims: Mapping[Claim, str]) -> object:
        return None


LIMITS = Limits()
ANSWERER = Answerer(FACE, NoDatabase(), LIMITS, GATE, unlogged())


async def code_of(body: bytes) -> str:
    """The code that a request is refused with; empty if it is answered."""

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    try:
        question = read_question(await read_body(receive, {}, LIMITS.body_bytes))
    except HubError as error:
        return error.code
    held = orjson.loads((await ANSWERER.answer(question, actor())).body)
    return str(held["errors"][0]["extensions"]["code"]) if "errors" in held else ""


def _memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def measure() -> None:
    """Milliseconds of each, the slowest of some rounds, and what the process grew by."""
    for case in HOSTILE:
        await code_of(case.body)
    before = _memory()
    print(f"{'request':42} {'kB':>6} {'median ms':>10} {'worst ms':>9}  code")
    for case in HOSTILE:
        spent: list[float] = []
        for _ in range(ROUNDS):
            start = perf_counter()
            found = await code_of(case.body)
            spent.append((perf_counter() - start) * 1000)
            assert found == case.code, (case.name, found)
        spent.sort()
        size = len(case.body) / 1000
        print(f"{case.name:42} {size:6.1f} {spent[len(spent) // 2]:10.2f} {spent[-1]:9.2f}  {case.code}")
    print(f"memory at most {before:.0f} MB before, {_memory():.0f} MB after {ROUNDS * len(HOSTILE)} requests")


if __name__ == "__main__":
    asyncio.run(measure())
