"""What an agreement may hold, and that one which ends is over at the next request, in every process."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from demo import sharing
from hub.access.agreement import read_agreement
from hub.access.terms import read, written
from hub.app import add_agreements, approve_agreement, revoke_agreement
from hub.errors import AccessError
from hub.storage import agreements as register
from schema import CATALOGUE
from tests.support.county import County
from tests.support.database import COUNTY
from tests.support.hub import Hub, ask

TERMS: dict[str, Any] = {
    "id": "X",
    "title": "测试",
    "provider": "BANK",
    "consumer": "finance",
    "purposes": ["subsidy-review"],
    "regions": [COUNTY],
    "from": date(2020, 1, 1),
    "to": date(2099, 12, 31),
    "document": "文件",
    "number": "1",
    "article": "征信业管理条例第二十九条",
    "fields": {"loan": {"clear": ["amount"], "masked": ["account_number"]}},
}


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        ({"provider": "POLICE"}, "AGREEMENT_MALFORMED", "provider"),
        ({"consumer": "everybody"}, "AGREEMENT_MALFORMED", "consumer"),
        ({"purposes": ["curiosity"]}, "AGREEMENT_MALFORMED", "purposes"),
        ({"purposes": []}, "AGREEMENT_MALFORMED", "purposes"),
        ({"regions": ["110101"]}, "AGREEMENT_MALFORMED", "region"),
        ({"to": date(2019, 1, 1)}, "AGREEMENT_MALFORMED", "before"),
        ({"from": "soon"}, "AGREEMENT_MALFORMED", "from"),
        ({"colour": "red"}, "AGREEMENT_MALFORMED", "colour"),
        ({"fields": {"nothing": {"clear": ["*"]}}}, "AGREEMENT_MALFORMED", "nothing"),
        ({"fields": {"loan": {"clear": ["nothing"]}}}, "AGREEMENT_MALFORMED", "nothing"),
        ({"fields": {"loan": {"clear": []}}}, "AGREEMENT_MALFORMED", "no field"),
        ({"fields": {"household": {"clear": ["*"]}}}, "AGREEMENT_NOT_ALLOWED", "RELIEF"),
        ({"fields": {"loan": {"masked": ["amount"]}}}, "AGREEMENT_NOT_ALLOWED", "no mask"),
        ({"consumer": "bank"}, "AGREEMENT_NOT_ALLOWED", "itself"),
        ({"article": ""}, "AGREEMENT_NOT_ALLOWED", "article 29"),
        ({"smallest_group": 1}, "AGREEMENT_NOT_ALLOWED", "withholds nothing"),
        (
            {"provider": "RELIEF", "smallest_group": 5, "fields": {"region": {"clear": ["*"]}}},
            "AGREEMENT_NOT_ALLOWED",
            "is not about households",
        ),
        (
            {"provider": "RELIEF", "article": "", "fields": {"person": {"clear": ["health"]}}},
            "AGREEMENT_NOT_ALLOWED",
            "sensitive",
        ),
    ],
)
def test_an_agreement_may_not_say_what_the_catalogue_forbids(change: dict[str, Any], code: str, words: str) -> None:
    with pytest.raises(AccessError) as refusal:
        read_agreement({**TERMS, **change}, CATALOGUE, COUNTY)
    assert refusal.value.code == code
    assert words in refusal.value.message


def test_a_star_leaves_out_what_is_masked_or_sensitive_and_terms_are_kept_as_they_were() -> None:
    terms = {**TERMS, "provider": "RELIEF", "fields": {"person": {"clear": ["*"], "masked": ["*"]}}}
    agreement = read_agreement(terms, CATALOGUE, COUNTY)
    assert agreement.fields["person"].masked == {"name", "identity_number", "phone"}
    assert not agreement.fields["person"].clear & {"health", "ethnicity", "name"}
    assert read(written(agreement)) == agreement


def test_the_demo_s_agreements_show_the_bank_no_one_s_health() -> None:
    read_ones = [read_agreement(given, CATALOGUE, COUNTY) for given in sharing.described()]
    assert len(read_ones) >= 15
    for agreement in read_ones:
        if agreement.consumer == "bank":
            shared = {name for item in agreement.fields.values() for name in item.clear | item.masked}
            assert not {"health", "cause", "ethnicity"} & shared
            assert "risk_event" not in agreement.fields


LOANS = "{ loans(first: 2) { nodes { loanId amount accountNumber } } }"


@pytest.fixture
def hub(county: County, tmp_path: Path) -> Hub:
    return Hub(county.database, tmp_path, agreements=())


def test_an_agreement_holds_once_both_sides_approve_and_no_longer_than_it_is_revoked(hub: Hub) -> None:
    async def codes(processes: list[Any], headers: dict[str, str]) -> set[str | None]:
        return {(await ask(process, headers, LOANS))[1] for process in processes}

    async def play() -> None:
        owner = hub.server.owner
        headers = hub.headers("finance-system", "subsidy-review")
        async with AsyncExitStack() as stack:
            processes = [await stack.enter_async_context(hub.process()) for _ in range(2)]
            assert await codes(processes, headers) == {"ACCESS_FIELD_REFUSED"}
            add_agreements(owner, COUNTY, [TERMS], "clerk")
            assert await codes(processes, headers) == {"ACCESS_FIELD_REFUSED"}
            for side in register.Side:
                approve_agreement(owner, COUNTY, "X", side, "chief")
            assert await codes(processes, headers) == {None}
            _, _, data = await ask(processes[0], headers, LOANS)
            assert [node["accountNumber"] for node in data["loans"]["nodes"]] == [None, "621700******5678"]
            revoke_agreement(owner, COUNTY, "X", "chief", "test")
            assert await codes(processes, headers) == {"ACCESS_FIELD_REFUSED"}
            with pytest.raises(AccessError) as refusal:
                add_agreements(owner, COUNTY, [TERMS], "clerk")
            assert refusal.value.code == "AGREEMENT_EXISTS"

    asyncio.run(play())
