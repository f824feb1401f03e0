"""Exports: the same rows as the question gives, in every format; formulas harmless; a cut file recognisable."""

from __future__ import annotations

import asyncio
import csv
import io
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
import uvicorn
from python_calamine import CalamineWorkbook
from starlette.applications import Starlette

from hub.actor import Actor, Purpose, Role
from hub.audit.disclosure import Asked
from hub.audit.entry import Door
from hub.catalog.field import FieldType
from hub.errors import DatabaseError, HubError
from hub.graph.answer import Answerer
from hub.graph.export import Exporter, export_request
from hub.graph.limits import Limits
from hub.graph.names import camel
from hub.graph.trusted import TrustedDocuments
from hub.identity.tokens import Tokens
from hub.query.copy_out import CopyReader
from hub.query.entity import LOG
from hub.query.export import CopyStatement
from hub.query.workbook import Workbook
from hub.storage.roles import DatabaseRole
from hub.web.routes import Services, routes
from tests.audit.written import invented, write
from tests.support.callers import bearer_tokens
from tests.support.county import FACE, GATE, LOANS, TOWNSHIPS, County, Session, actor
from tests.support.database import COUNTY
from tests.support.log import unlogged

NASTY = "=cmd|'/c calc'!A1 \"<&>\" ,；\r\nzweite\x01\ttab"
HIDDEN = "a\x02b"
AUDITOR = Actor("auditor", Role.AUDITOR, COUNTY, Purpose.AUDIT)
ASKED = Asked(Door.EXPORT, "test")


def written(county: County, dataset: str, who: Actor | None = None, **options: Any) -> bytes:
    async def run() -> bytes:
        reader = CopyReader(county.database.conninfo(DatabaseRole.API), most_connections=1, timeout_seconds=30)
        exporter = Exporter(FACE, reader, Limits(), GATE, unlogged())
        pieces: list[bytes] = []

        async def sink(data: bytes) -> None:
            pieces.append(data)

        await exporter.pour(exporter.prepare(export_request(dataset, options), who or actor()), sink, ASKED)
        return b"".join(pieces)

    return asyncio.run(run())


def sheets(data: bytes) -> list[list[list[Any]]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    return [book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names]


@pytest.mark.parametrize("region", [COUNTY, TOWNSHIPS[0]])
def test_every_list_exports_what_the_question_answers(county: County, region: str) -> None:
    with county.database.connect(DatabaseRole.LOG) as connection:
        write(connection, [invented(), invented(1_790_000_000_001, datasets=())])
    with Session(county) as session:
        for name, entity in FACE.lists.items():
            who = AUDITOR if entity.name in LOG else actor(region)
            fields = [camel(item.name) for item in entity.attributes]
            question = f"{{ {name}(first: 1000) {{ nodes {{ {' '.join(fields)} }} }} }}"
            expected = orjson.loads(session.answer(question, {}, who).body)["data"][name]["nodes"]
            lines = written(county, name, who).splitlines()
            assert [orjson.loads(line) for line in lines] == expected
            table = list(csv.reader(io.StringIO(written(county, name, who, format="csv").decode(), newline="")))
            assert table[0] == fields
            assert table[1:] == [[_as_csv(row[field]) for field in fields] for row in expected]
            (sheet,) = sheets(written(county, name, who, format="xlsx"))
            assert sheet[0] == fields
            kinds = {camel(item.name): item.type for item in entity.attributes}
            assert [[str(cell) for cell in row] for row in sheet[1:]] == [
                [_as_cell(row[field], kinds[field]) for field in fields] for row in expected
            ]


def _as_csv(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return " ".join(value)
    return "" if value is None else str(value)


def _as_cell(value: object, kind: FieldType) -> str:
    if kind in {FieldType.MONEY, FieldType.RATE, FieldType.INTEGER} and value is not None:
        return str(float(str(value)))
    return str(value) if isinstance(value, bool) else _as_csv(value)


def test_filter_order_relations_headings_and_words(county: County) -> None:
    table = written(
        county,
        "loans",
        format="csv",
        fields=["household.headName", "loanId", "status", "previousLoan.amount"],
        filter={"loanId": {"in": ["L003", "L020", "L021"]}},
        orderBy=[{"loanId": "DESC"}],
        headings="zh",
        codes="words",
        byteOrderMark=True,
    ).decode()
    assert table.startswith("\ufeff")
    rows = list(csv.reader(io.StringIO(table[1:], newline="")))
    household = FACE.entities["household"].attribute("head_name").zh
    assert rows[0][0].endswith(f"·{household}")
    assert [row[1] for row in rows[1:]] == ["L021", "L020", "L003"]
    status = FACE.entities["loan"].attribute("status").codes
    assert rows[3][2] == status["OPEN"].zh
    assert rows[1][3] == "10000.00"
    assert rows[3][3] == ""
    nested = [orjson.loads(line) for line in written(county, "loans", fields=["household.headName"]).splitlines()]
    assert nested[0] == {"household": None}
    assert nested[1] == {"household": {"headName": "户主1"}}


def test_masks_hold_in_every_format(county: County) -> None:
    for form in ("ndjson", "csv", "xlsx"):
        data = written(county, "loans", format=form, fields=["borrowerIdentityNumber"])
        text = "".join(row[0] for row in sheets(data)[0]) if form == "xlsx" else data.decode()
        assert "522300********0000" in text
        assert "52230019600101" not in text


def test_cells_that_look_like_formulas_are_texts(county: County) -> None:
    with county.database.connect() as connection:
        connection.execute("update record.loan set purpose = %s", (NASTY,))
        for number, sign in enumerate("=+-@\t\r＝＋－＠"):
            connection.execute(
                "update record.loan set purpose = %s where loan_id = %s", (f"{sign}1+1", f"L{number:03}")
            )
        connection.execute("update record.loan set balance = -1 where loan_id = 'L000'")
        connection.execute("update record.loan set purpose = %s where loan_id = 'L022'", (HIDDEN,))
    data = written(county, "loans", format="csv", fields=["purpose", "balance"])
    rows = list(csv.reader(io.StringIO(data.decode(), newline="")))
    assert [row[0] for row in rows[1:11]] == [f"'{sign}1+1" for sign in "=+-@\t\r＝＋－＠"]
    assert rows[1][1] == "-0.01"
    assert rows[12][0] == f"'{NASTY}"
    assert data.endswith(b"\r\n")

    (sheet,) = sheets(written(county, "loans", format="xlsx", fields=["purpose", "balance"]))
    assert [row[0] for row in sheet[1:5]] == [f"{sign}1+1" for sign in "=+-@"]
    assert sheet[1][1] == -0.01
    assert sheet[23][0] == "a�b"
    assert sheet[12][0].replace("\r\n", "\n") == NASTY.replace("\x01", "�").replace("\r\n", "\n")
    (line,) = written(county, "loans", fields=["purpose"], filter={"loanId": {"eq": "L015"}}).splitlines()
    assert orjson.loads(line) == {"purpose": NASTY}


def test_values_are_quoted_for_the_database(county: County) -> None:
    for value in ("'; drop table record.loan; --", "\\'", "$1::text", "%s", "E'\\x01'"):
        assert written(county, "loans", filter={"or": [{"loanId": {"eq": value}}, {"loanId": {"in": [value]}}]}) == b""
    assert len(written(county, "loans").splitlines()) == LOANS


@pytest.mark.parametrize(
    ("dataset", "options", "code"),
    [
        ("nothing", {}, "QUERY_EXPORT_UNKNOWN"),
        ("loan", {}, "QUERY_EXPORT_UNKNOWN"),
        ("loans", {"fields": ["nothing"]}, "QUERY_EXPORT_INVALID"),
        ("loans", {"fields": ["repayments.principal"]}, "QUERY_EXPORT_INVALID"),
        ("loans", {"fields": ["household"]}, "QUERY_EXPORT_INVALID"),
        ("loans", {"fields": ["loanId } } } #"]}, "QUERY_EXPORT_INVALID"),
        ("loans", {"fields": "loanId"}, "QUERY_EXPORT_INVALID"),
        ("loans", {"fields": [{}]}, "QUERY_EXPORT_INVALID"),
        ("loans", {"filter": {"nothing": {}}}, "QUERY_EXPORT_INVALID"),
        ("loans", {"filter": [1]}, "QUERY_EXPORT_INVALID"),
        ("loans", {"filter": {"loanId": {"eq": None}}}, "QUERY_FILTER_NULL"),
        ("loans", {"filter": {"loanId": {"eq": "\x00"}}}, "QUERY_TEXT_INVALID"),
        ("loans", {"filter": {"loanId": {"in": ["x"] * 2000}}}, "QUERY_TOO_MANY_VALUES"),
        ("loans", {"orderBy": [{"borrowerIdentityNumber": "ASC"}]}, "QUERY_EXPORT_INVALID"),
        ("loans", {"format": "pdf"}, "QUERY_EXPORT_INVALID"),
        ("loans", {"headings": "zh"}, "QUERY_EXPORT_INVALID"),
        ("loans", {"format": "xlsx", "byteOrderMark": True}, "QUERY_EXPORT_INVALID"),
        ("loans", {"nothing": 1}, "QUERY_EXPORT_INVALID"),
        ("loans", {"fields": [".".join(["previousLoan"] * 20 + ["amount"])]}, "QUERY_TOO_DEEP"),
    ],
)
def test_what_cannot_be_exported_is_refused(county: County, dataset: str, options: dict[str, Any], code: str) -> None:
    with pytest.raises(HubError) as refused:
        written(county, dataset, **options)
    assert refused.value.code == code


def test_a_full_sheet_is_followed_by_another() -> None:
    book = Workbook("贷款/[1]", ["a"], most_rows=3)
    data = b"".join(book.add([f"<row><c><v>{number}</v></c></row>".encode()]) for number in range(5)) + book.finish()
    assert CalamineWorkbook.from_filelike(io.BytesIO(data)).sheet_names == ["贷款  1 ", "贷款  1  2", "贷款  1  3"]
    assert sheets(data) == [[["a"], [0.0], [1.0]], [["a"], [2.0], [3.0]], [["a"], [4.0]]]
    assert sheets(Workbook("x", ["a"]).finish()) == [[["a"]]]


# ---------------------------------------------------------------- over HTTP


class Breaking:
    """A database that fails midway."""

    timeout_seconds = 30

    async def rows(self, statement: CopyStatement, *_: object) -> AsyncIterator[list[bytes]]:
        yield [statement.separator + b"{}\n"] * 100_000
        await asyncio.sleep(0)
        raise DatabaseError("DATABASE_BUSY", "Gone.", "Again.", status=503)


@contextmanager
def served(tokens: Tokens, reader: Any, trusted: TrustedDocuments | None = None) -> Iterator[str]:
    async def ready() -> bool:
        return True

    answerer = Answerer(FACE, None, Limits(), GATE, unlogged())  # type: ignore[arg-type]  # nobody asks it
    exporter = Exporter(FACE, reader, Limits(), GATE, unlogged())
    services = Services(answerer, tokens, unlogged(), ready, 10_000, trusted or TrustedDocuments({}), exporter)
    config = uvicorn.Config(Starlette(routes=list(routes(services))), port=0, log_level="critical")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            threading.Event().wait(0.01)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture
def tokens(tmp_path: Path) -> Tokens:
    return bearer_tokens(tmp_path)


@pytest.fixture
def post(tokens: Tokens) -> Callable[..., httpx.Response]:
    def send(address: str, body: Any, path: str = "/export/loans", **headers: str) -> httpx.Response:
        common = {"authorization": f"Bearer {tokens.issue('bank-system')}", "data-purpose": "loan-review"}
        return httpx.post(address + path, json=body, headers=common | headers, timeout=30)

    return send


def test_the_door_streams_a_file(county: County, tokens: Tokens, post: Callable[..., httpx.Response]) -> None:
    reader = CopyReader(county.database.conninfo(DatabaseRole.API), most_connections=1, timeout_seconds=30)
    with served(tokens, reader) as address:
        response = post(address, {"fields": ["loanId"]}, accept="text/csv")
        assert (response.status_code, response.headers["transfer-encoding"]) == (200, "chunked")
        assert response.headers["content-type"] == "text/csv; charset=utf-8"
        assert response.headers["content-disposition"] == 'attachment; filename="loans.csv"'
        assert response.text.splitlines()[:2] == ["loanId", "L000"]
        empty = post(address, {"filter": {"loanId": {"eq": "none"}}})
        assert (empty.status_code, empty.content, empty.headers["content-type"]) == (
            200,
            b"",
            "application/x-ndjson; charset=utf-8",
        )
        refusals = [
            (post(address, {}, data_purpose="", **{"data-purpose": ""}), 400, "PURPOSE_MISSING"),
            (post(address, {}, authorization="Bearer x"), 401, "TOKEN_INVALID"),
            (post(address, {}, "/export/nothing"), 404, "QUERY_EXPORT_UNKNOWN"),
            (post(address, []), 400, "QUERY_REQUEST_MALFORMED"),
            (httpx.get(address + "/export/loans"), 405, "QUERY_METHOD_REFUSED"),
        ]
        for refused, status, code in refusals:
            assert (refused.status_code, refused.json()["errors"][0]["extensions"]["code"]) == (status, code)


def test_a_file_that_breaks_off_is_never_taken_for_whole(tokens: Tokens, post: Callable[..., httpx.Response]) -> None:
    with served(tokens, Breaking()) as address:
        for form in ("ndjson", "csv", "xlsx"):
            with pytest.raises(httpx.RemoteProtocolError):
                post(address, {"format": form})


def test_a_client_that_hangs_up_frees_its_connection(county: County, tokens: Tokens) -> None:
    with county.database.connect() as connection:
        connection.execute(
            "insert into record.region (county, code, name, level, region, source_part, source_row, recorded_in) "
            "select county, code || 'x' || n, repeat('x', 900), level, region, 1, 1, 1 "
            "from record.region, generate_series(1, 9000) n"
        )
    reader = CopyReader(county.database.conninfo(DatabaseRole.API), most_connections=1, timeout_seconds=30)
    headers = {
        "authorization": f"Bearer {tokens.issue('bank-system')}",
        "data-purpose": "loan-review",
        "content-type": "application/json",
    }
    with served(tokens, reader) as address:
        for _ in range(2):
            with httpx.stream("POST", address + "/export/regions", headers=headers, timeout=30) as response:
                assert response.status_code == 200
                next(response.iter_raw())
            for _ in range(200):
                if not reader._room.locked():
                    break
                threading.Event().wait(0.02)
            assert not reader._room.locked()


def test_no_more_exports_than_allowed(county: County) -> None:
    async def run() -> None:
        reader = CopyReader(county.database.conninfo(DatabaseRole.API), most_connections=1, timeout_seconds=30)
        exporter = Exporter(FACE, reader, Limits(), GATE, unlogged())
        prepared = exporter.prepare(export_request("loans", {}), actor())

        refused: list[bool] = []

        async def nested(_data: bytes) -> None:
            try:
                await exporter.pour(prepared, nothing, ASKED)
            except DatabaseError as error:
                refused.append(error.code == "DATABASE_BUSY")

        async def nothing(_data: bytes) -> None:
            return

        await exporter.pour(prepared, nested, ASKED)
        assert refused[0], "the first rows are taken while the connection is in use"
        await exporter.pour(prepared, nothing, ASKED)

    asyncio.run(run())


def test_who_may_send_only_trusted_documents_may_not_export(
    tokens: Tokens, post: Callable[..., httpx.Response]
) -> None:
    with served(tokens, Breaking(), TrustedDocuments({}, frozenset({"bank-system"}))) as address:
        refused = post(address, {})
    assert (refused.status_code, refused.json()["errors"][0]["extensions"]["code"]) == (403, "DOCUMENT_NOT_TRUSTED")
