from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from starlette.responses import JSONResponse, Response

from connectors.mapping import Mapping, take
from connectors.transport.rest import Api, EndpointForm, PageForm, RestConnector
from hub.catalog.dataset import Agency
from hub.errors import HubError
from hub.sync.connector import Delivery
from hub.sync.handover import ROW, Due, Kind
from tests.connectors.paged_api import PagedApi, serving

RECOVERY = Mapping(
    "recovery",
    (
        take("recovery_id", "追回流水号"),
        take("loan_id", "借据号"),
        take("recovered_on", "追回日期"),
        take("amount", "追回金额(元)"),
    ),
)
FORMS = (EndpointForm("api/v1/recoveries", (RECOVERY,)),)
PAGES = PageForm(rows="数据", total="总数", number="页码")
DUE = Due(Agency.RELIEF, ("recovery",))
COUNT = 25


def record(number: int, **changes: Any) -> dict[str, Any]:
    return {"追回流水号": f"R{number:04d}", "借据号": None, "追回日期": "", "追回金额(元)": f"{number}.00"} | changes


@pytest.fixture
def api() -> Iterator[PagedApi]:
    with serving(PagedApi({"recoveries": [record(number) for number in range(COUNT)]})) as running:
        yield running


def connector(api: PagedApi, **changes: Any) -> RestConnector:
    address = {"url": api.url, "token_url": f"{api.url}/oauth/token", "client_id": "hub", "client_secret": "geheim"}
    fast = {"page_size": 10, "first_wait_seconds": 0.01, "requests_per_second": 1000.0}
    return RestConnector(Agency.RELIEF, Api(**(address | fast | changes)), PAGES, FORMS)


def delivery(api: PagedApi, **changes: Any) -> Delivery:
    return next(connector(api, **changes).deliveries(DUE))


def read(found: Delivery) -> pl.DataFrame:
    return pl.concat(batch.rows for batch in found.batches())


def refused(api: PagedApi, **changes: Any) -> HubError:
    with pytest.raises(HubError) as refusal:
        read(delivery(api, **changes))
    assert "geheim" not in str(refusal.value)
    assert "token-" not in str(refusal.value)
    assert "R00" not in str(refusal.value)
    return refusal.value


def test_a_key_that_only_a_later_page_has_is_read_from_there(api: PagedApi) -> None:
    shared = Mapping("recovery", (*RECOVERY.fields, take("fund_part", "返还补偿金(元)", optional=True)))
    api.rows["recoveries"][17] |= {"返还补偿金(元)": "7.00"}
    address = Api(api.url, f"{api.url}/oauth/token", "hub", "geheim", page_size=10, requests_per_second=1000.0)
    (found,) = RestConnector(Agency.RELIEF, address, PAGES, (EndpointForm("api/v1/recoveries", (shared,)),)).deliveries(
        DUE
    )
    batches = list(found.batches())
    assert [batch.rows[ROW].to_list() for batch in batches] == [list(range(1, 11)), list(range(11, 26))]
    assert [len(batch.part.columns) for batch in batches] == [4, 5]
    assert batches[1].rows.filter(pl.col(ROW) == 18)["返还补偿金(元)"].to_list() == ["7.00"]


def on_page(
    number: int, make: Callable[[Response], Response], times: int = 1000
) -> Callable[[int, Response], Response]:
    left = [times]

    def fault(asked: int, answer: Response) -> Response:
        if asked != number or left[0] == 0:
            return answer
        left[0] -= 1
        return make(answer)

    return fault


def test_all_pages_arrive_in_order(api: PagedApi) -> None:
    found = delivery(api)
    assert (found.kind, found.name, found.expected_rows, found.digest) == (Kind.ENDPOINT, "api/v1/recoveries", 25, "")
    rows = read(found)
    assert rows[ROW].to_list() == list(range(1, COUNT + 1))
    assert rows["追回流水号"].to_list() == [f"R{number:04d}" for number in range(COUNT)]
    assert rows["借据号"].null_count() == COUNT
    # After each page but the first, the last row of the one before is looked at again: rows 10 and 20.
    assert api.requests == ["token", *(f"/api/v1/recoveries#{number}" for number in (1, 2, 10, 3, 20))]


def test_the_digest_is_that_of_all_pages(api: PagedApi) -> None:
    found, again = delivery(api), delivery(api)
    pages: list[bytes] = []

    def keep(number: int, answer: Response) -> Response:
        if number <= 3:
            pages.append(bytes(answer.body))
        return answer

    api.faults = [keep]
    read(found)
    assert found.digest == hashlib.sha256(b"".join(pages)).hexdigest()
    read(again)
    assert again.digest == found.digest
    api.rows["recoveries"][7]["借据号"] = "L1"
    changed = delivery(api)
    read(changed)
    assert changed.digest != found.digest


def test_numbers_stay_exact(api: PagedApi) -> None:
    texts = ["0.30000000000000004", "100000000.10", "5000000000.01", "90071992547409931.07", "1e2", "-0.00"]
    answer = json.dumps(
        {"总数": len(texts), "页码": 1, "数据": [record(n, **{"追回金额(元)": "#"}) for n in range(len(texts))]}
    )
    for text in texts:
        answer = answer.replace('"#"', text, 1)
    api.faults = [lambda _, __: Response(answer)]
    got = read(delivery(api))["追回金额(元)"].to_list()
    assert got == texts
    assert sum(Decimal(text) for text in got[:3]) == Decimal("5100000000.41000000000000004")


def test_booleans_and_whole_numbers_become_text(api: PagedApi) -> None:
    api.rows["recoveries"] = [record(0, 追回日期=True, 借据号=20200708), record(1, 追回日期=None)]
    rows = read(delivery(api))
    assert rows["追回日期"].to_list() == ["true", None]
    assert rows["借据号"].to_list() == ["20200708", None]


def test_a_source_may_give_smaller_pages_than_asked_for(api: PagedApi) -> None:
    api.largest_page = 4
    assert read(delivery(api)).height == COUNT


def test_an_endpoint_may_be_empty(api: PagedApi) -> None:
    api.rows["recoveries"] = []
    assert list(delivery(api).batches()) == []


@pytest.mark.parametrize("total", [0, -1])
def test_rows_that_the_total_leaves_out_are_not_passed_over(api: PagedApi, total: int) -> None:
    api.faults = [lambda _, answer: changed(总数=total)(answer)]
    assert refused(api).code == "SOURCE_CHANGED"


def test_one_token_serves_many_endpoints_and_is_renewed_when_it_ends(api: PagedApi) -> None:
    running = connector(api)
    for _ in range(2):
        read(next(running.deliveries(DUE)))
    assert api.requests.count("token") == 1
    api.tokens.clear()
    read(next(running.deliveries(DUE)))
    assert api.requests.count("token") == 2, "renewed because it was refused"


def test_a_token_at_its_end_is_not_sent(api: PagedApi, monkeypatch: pytest.MonkeyPatch) -> None:
    running = connector(api)
    read(next(running.deliveries(DUE)))
    monkeypatch.setattr(running._login, "_ends", 0.0)
    read(next(running.deliveries(DUE)))
    assert api.requests.count("token") == 2


def test_a_wrong_secret_is_refused_once(api: PagedApi) -> None:
    api.secret = "another"
    assert refused(api).code == "SOURCE_LOGIN_REFUSED"
    assert api.requests == ["token"]


def test_a_token_that_is_never_accepted_ends_the_run(api: PagedApi) -> None:
    api.faults = [lambda _, __: JSONResponse({}, 401)]
    assert "HTTP 401" in refused(api).message
    assert api.requests.count("token") == 2


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_passing_fault_is_waited_out(api: PagedApi, status: int) -> None:
    api.faults = [on_page(2, lambda _: Response(status_code=status, headers={"Retry-After": "0"}), times=3)]
    assert read(delivery(api)).height == COUNT
    assert api.requests.count("/api/v1/recoveries#2") == 4


def test_a_page_that_keeps_failing_in_the_middle_refuses_all(api: PagedApi) -> None:
    api.faults = [on_page(2, lambda _: Response("R0001", status_code=500))]
    error = refused(api)
    assert error.code == "SOURCE_UNREACHABLE"
    assert "HTTP 500 on page 2" in error.message
    assert api.requests.count("/api/v1/recoveries#2") == 5, "bounded"


def test_a_wrong_request_is_not_repeated(api: PagedApi) -> None:
    api.faults = [on_page(1, lambda _: Response(status_code=400))]
    assert "HTTP 400" in refused(api).message
    assert api.requests.count("/api/v1/recoveries#1") == 1


def test_a_source_that_is_down_is_named_without_its_address(api: PagedApi) -> None:
    error = refused(api, url="http://127.0.0.1:1", token_url="http://127.0.0.1:1/oauth/token")
    assert error.code == "SOURCE_UNREACHABLE"
    assert "ConnectError" in error.message
    assert "127.0.0.1" not in str(error)


def cut(answer: Response) -> Response:
    return Response(bytes(answer.body)[:-20], media_type="application/json")


def changed(**changes: Any) -> Callable[[Response], Response]:
    return lambda answer: JSONResponse(json.loads(bytes(answer.body)) | changes)


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (cut, "SOURCE_PAGE_BROKEN"),
        (lambda _: Response("<html>R0001</html>"), "SOURCE_PAGE_BROKEN"),
        (changed(总数=None), "SOURCE_PAGE_BROKEN"),
        (changed(数据={"R0001": 1}), "SOURCE_PAGE_BROKEN"),
        (changed(数据=[record(number, 借据号=["R0001"]) for number in range(50, 60)]), "SOURCE_PAGE_BROKEN"),
        (changed(总数=COUNT + 1), "SOURCE_CHANGED"),
        (changed(页码=1), "SOURCE_CHANGED"),
        (changed(数据=[]), "SOURCE_CHANGED"),
        (changed(数据=[record(number) for number in range(10)]), "SOURCE_CHANGED"),
        (changed(数据=[record(number) for number in range(9, 19)]), "SOURCE_CHANGED"),
        (changed(数据=[record(number) for number in range(30)]), "SOURCE_CHANGED"),
    ],
    ids=[
        "cut",
        "html",
        "no-total",
        "no-list",
        "nested",
        "total-changed",
        "other-page",
        "short",
        "repeated",
        "shifted",
        "long",
    ],
)
def test_a_page_that_is_not_what_was_asked_for_refuses_all(
    api: PagedApi, make: Callable[[Response], Response], code: str
) -> None:
    api.faults = [on_page(2, make)]
    assert refused(api).code == code


@pytest.mark.parametrize("make", [cut, lambda _: Response("<html>"), changed(数据={}), lambda _: Response("[" * 99999)])
def test_a_page_that_breaks_once_is_asked_for_again_and_the_reading_goes_on(
    api: PagedApi, make: Callable[[Response], Response]
) -> None:
    api.faults = [on_page(2, make, times=2)]
    rows = read(delivery(api))
    assert rows["追回流水号"].to_list() == [f"R{number:04d}" for number in range(COUNT)]
    assert api.requests.count("/api/v1/recoveries#1") == 1, "what was read stays read"
    assert api.requests.count("/api/v1/recoveries#2") == 3


def test_an_answer_without_an_end_is_not_taken_in(api: PagedApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.transport.rest._MOST_PAGE_BYTES", 1 << 20)
    api.faults = [on_page(2, lambda _: Response(b" " * (2 << 20)))]
    error = refused(api)
    assert error.code == "SOURCE_PAGE_BROKEN"
    assert "more than 1 MB" in error.message


@pytest.mark.parametrize("place", [0, 9])
def test_a_row_that_slips_over_the_edge_of_a_page_refuses_all(api: PagedApi, place: int) -> None:
    """One row goes and another comes: the total stays, and the row that moved up would be read by nobody."""
    rows = api.rows["recoveries"]

    def move(number: int, answer: Response) -> Response:
        if number == 1:
            del rows[place]
            rows.append(record(900))
        return answer

    api.faults = [move]
    error = refused(api)
    assert error.code == "SOURCE_CHANGED"
    assert "page 1 and page 2" in error.message


def test_a_version_that_changes_refuses_all_and_needs_no_second_look(api: PagedApi) -> None:
    versioned = PageForm(rows="数据", total="总数", number="页码", version="版本")

    def found() -> Delivery:
        api_of = connector(api)._api
        return next(RestConnector(Agency.RELIEF, api_of, versioned, FORMS).deliveries(DUE))

    api.faults = [lambda _, answer: changed(版本="7")(answer)]
    assert read(found()).height == COUNT
    assert [name for name in api.requests if name.endswith(("#10", "#20"))] == []
    api.faults = [lambda number, answer: changed(版本=str(number))(answer)]
    with pytest.raises(HubError, match="SOURCE_CHANGED"):
        read(found())


def test_a_missing_key_is_a_missing_heading(api: PagedApi) -> None:
    api.rows["recoveries"] = [{"追回流水": "R0001", "追回金额(元)": "1"}]
    assert refused(api).code == "SOURCE_HEADING_MISSING"


def test_requests_are_spaced(api: PagedApi) -> None:
    slept: list[float] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("connectors.transport.rest.time.sleep", slept.append)
        read(delivery(api, requests_per_second=0.5))
    assert sum(pause > 1.5 for pause in slept) == 4, "three pages, and the edges between them"


def test_certificates_that_cannot_be_read_are_a_wrong_setting(api: PagedApi, tmp_path: Path) -> None:
    (tmp_path / "empty.pem").touch()
    assert refused(api, certificates=tmp_path / "nowhere.pem").code == "SETTING_SOURCE_CERTIFICATES"
    assert refused(api, certificates=tmp_path / "empty.pem").code == "SETTING_SOURCE_CERTIFICATES"
