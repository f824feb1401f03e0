"""Every role × every field × (clear, masked, refused) under the demo's agreements, as a file to review like code."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from demo import sharing
from demo.actors import ACTORS
from hub.access.agreement import read_agreement
from hub.access.reach import reach_of
from hub.actor import Actor, Purpose, Role
from hub.catalog.dataset import Agency
from schema import CATALOGUE
from tests.support.county import FACE
from tests.support.database import COUNTY

REVIEWED = Path(__file__).parents[1] / "snapshots" / "access.txt"
AGREEMENTS = tuple(read_agreement(given, CATALOGUE, COUNTY) for given in sharing.described())
OFFICER = ("security-officer", Role.SECURITY_OFFICER, None, COUNTY)
LETTERS = {"clear": "C", "masked": "m", None: "."}


def actors() -> Iterator[tuple[str, Role, Agency | None, str]]:
    for known in ACTORS:
        yield known.name, Role(known.role), Agency(known.agency) if known.agency else None, known.region
    yield OFFICER


def matrix() -> Iterator[str]:
    columns = "  ".join(f"{number}={purpose.value}" for number, purpose in enumerate(Purpose, start=1))
    yield "# C clear, m masked, f only in figures about a smallest group, . refused"
    yield "# one letter for each purpose, in this order:"
    yield f"# {columns}"
    for name, role, agency, region in actors():
        reaches = [
            reach_of(FACE.entities.values(), AGREEMENTS, Actor(name, role, region, purpose, agency), date(2026, 1, 1))
            for purpose in Purpose
        ]
        yield ""
        allowed = "".join("y" if reach.is_allowed else "." for reach in reaches)
        ledger = "".join("y" if reach.has_ledger else "." for reach in reaches)
        yield f"== {name}: purposes {allowed}, ledger {ledger}"
        for entity in FACE.entities.values():
            for item in entity.attributes:
                seen = "".join(
                    "f" if reach.smallest_group(entity, item) else LETTERS[reach.sight(entity, item)]
                    for reach in reaches
                )
                yield f"{seen}  {entity.name}.{item.name}"


def test_who_sees_which_field_is_what_was_reviewed() -> None:
    text = "\n".join(matrix()) + "\n"
    if not REVIEWED.exists():
        REVIEWED.write_text(text, "utf-8")
        pytest.fail("access.txt was missing and has been written: review it, then run again")
    assert text == REVIEWED.read_text("utf-8"), f"remove {REVIEWED.name}, run, and review"


def test_no_role_outside_the_registry_sees_health_and_no_administrator_sees_a_record() -> None:
    parts = REVIEWED.read_text("utf-8").split("\n== ")[1:]
    by_name = {part.partition(":")[0]: part.splitlines() for part in parts}
    for name in ("bank-system", "finance-system", "city-officer", "village-officer"):
        assert "......  person.health" in by_name[name]
    for name in ("auditor", "operator", "security-officer"):
        seen = [line for line in by_name[name][1:] if line[:6] != "......" and "  " in line]
        open_ones = {"region", "service_point", "sync_run", "sync_run_dataset"}
        datasets = {line.split("  ")[1].partition(".")[0] for line in seen}
        assert not {CATALOGUE[item].agency for item in datasets - open_ones if item in CATALOGUE} - {Agency.HUB}
