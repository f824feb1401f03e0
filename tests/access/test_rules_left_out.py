"""An agreement gives findings without those of some rules: neither wall shows them, their evidence or their events."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from demo import sharing
from hub.access.agreement import Agreement, read_agreement
from hub.access.reach import reach_of
from hub.actor import Consumer, Purpose, Role, reading_role
from hub.catalog.dataset import Agency
from hub.errors import AccessError
from hub.storage.roles import DatabaseRole
from schema import CATALOGUE
from tests.support.county import FACE, VILLAGES, County, actor
from tests.support.database import COUNTY, DATASETS, Database
from tests.support.hub import Hub, ask
from tests.support.sharing import EVERYTHING

LEFT_OUT = frozenset({"Q12"})
OF_THE_BANK = (Agency.HUB, Consumer.BANK)
QUESTION = """{
  findings { totalCount nodes { findingId events { totalCount } } }
  evidenceRows { totalCount }
  findingEvents { totalCount }
  household(householdId: "H000") { findings { totalCount } }
  finding(findingId: "Q12-1") { findingId }
}"""


def _findings(database: Database) -> None:
    place = {"county": COUNTY, "region": VILLAGES[0], "household_id": "H000", "computed_in": 1}
    opened = {"severity": "HIGH", "state": "OPEN", "subject_dataset": "loan", "subject_key": "L001", "kind": "FAULT"}
    days = {"deadline": "2020-07-23", "opened_on": "2020-07-08", "times_opened": 1}
    said = {"kind": "OPENED", "happened_at": datetime(2020, 7, 8, tzinfo=UTC), "severity": "HIGH"}
    row = {"round": 1, "place": 1, "dataset": "loan", "record_key": "L001", "source_part": 1, "source_row": 1}
    with database.connect() as owner:
        for code in ("Q10", "Q12"):
            named = {"finding_id": f"{code}-1", "rule_code": code}
            _insert(owner, "finding", {**place, **named, **opened, **days})
            _insert(owner, "finding_event", {**place, **named, **said, "event_id": code})
            _insert(owner, "evidence", {**place, "finding_id": f"{code}-1", **row, "recorded_in": 1})


def _insert(owner: Any, table: str, row: dict[str, object]) -> None:
    marks = ", ".join(["%s"] * len(row))
    owner.execute(f"insert into computed.{table} ({', '.join(row)}) values ({marks})", list(row.values()))


def _agreements(without: frozenset[str]) -> list[Agreement]:
    """Everything to everybody, the hub's own findings to the bank without some rules."""
    return [
        replace(
            item,
            without_rules=without if (item.provider, item.consumer) == OF_THE_BANK else item.without_rules,
        )
        for item in EVERYTHING
    ]


def test_the_bank_is_told_of_no_finding_of_a_rule_left_out(county: County, tmp_path: Path) -> None:
    _findings(county.database)
    hub = Hub(county.database, tmp_path, agreements=_agreements(LEFT_OUT))

    async def play() -> None:
        async with hub.process() as client:
            _, code, data = await ask(client, hub.headers("bank-system"), QUESTION)
            assert code is None
            assert [node["findingId"] for node in data["findings"]["nodes"]] == ["Q10-1"]
            assert all(node["events"]["totalCount"] == 1 for node in data["findings"]["nodes"])
            assert [data[name]["totalCount"] for name in ("evidenceRows", "findingEvents")] == [1, 1]
            assert data["household"]["findings"]["totalCount"] == data["findings"]["totalCount"] == 1
            assert data["finding"] is None
            # Whose agreement leaves nothing out sees all of it.
            _, _, data = await ask(client, hub.headers("finance-system"), QUESTION)
            assert data["findings"]["totalCount"] == 2

    asyncio.run(play())


def test_the_second_wall_leaves_them_out_by_itself_and_nobody_decides_about_them(county: County) -> None:
    _findings(county.database)
    left_out = f"{DATASETS}-Q12,"
    reader = reading_role(Consumer.BANK, Purpose.LOAN_REVIEW, finds=True)
    with county.database.reading(reader, hub__datasets=left_out) as connection:
        for view in ("finding", "evidence", "finding_event"):
            found = connection.execute(f"select finding_id from shown.{view}".encode()).fetchall()
            assert found == [("Q10-1",)], view
    with county.database.connect(DatabaseRole.DECISION, hub__datasets=left_out) as connection:
        assert connection.execute("select finding_id from computed.finding").fetchall() == [("Q10-1",)]


def test_an_agreement_that_gives_only_evidence_does_not_bring_back_the_findings_another_leaves_out() -> None:
    (without,) = (item for item in _agreements(LEFT_OUT) if (item.provider, item.consumer) == OF_THE_BANK)
    evidence = replace(without, id="E", without_rules=frozenset(), fields={"evidence": without.fields["evidence"]})
    system = replace(actor(role=Role.AGENCY_SYSTEM), agency=Agency.BANK)
    for agreements in ([without], [without, evidence]):
        reach = reach_of(FACE.entities.values(), agreements, system, without.last_day)
        assert ",-Q12," in reach.claim


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"without_rules": ["deaths"]}, "AGREEMENT_MALFORMED"),
        ({"without_rules": "Q12"}, "AGREEMENT_MALFORMED"),
        ({"without_rules": ["Q12"], "provider": "BANK", "consumer": "finance"}, "AGREEMENT_NOT_ALLOWED"),
    ],
)
def test_what_is_no_rule_or_none_of_the_provider_s_is_refused(change: dict[str, Any], code: str) -> None:
    given = next(item for item in sharing.described() if item["id"] == "HUB-BANK")
    with pytest.raises(AccessError) as refusal:
        read_agreement({**given, **change}, CATALOGUE, COUNTY)
    assert refusal.value.code == code


def test_the_demo_s_bank_hears_of_deaths_only_to_apply_for_compensation() -> None:
    read_ones = [read_agreement(given, CATALOGUE, COUNTY) for given in sharing.described()]
    to_bank = [item for item in read_ones if item.consumer is Consumer.BANK and "finding" in item.fields]
    told = {purpose for item in to_bank if "Q12" not in item.without_rules for purpose in item.purposes}
    assert told == {Purpose.RISK_COMPENSATION}
