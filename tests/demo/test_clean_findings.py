"""The world without planted faults, through the real connectors and rules: no fault is opened, only warnings."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest
from pydantic import SecretStr

from demo import bank as demo_bank
from demo import finance
from hub.catalog.rule import Kind, Standing
from hub.computing import add_policy, rulebook
from hub.rules.findings import Findings
from hub.rules.run import run_rules
from hub.settings import Settings
from hub.storage.roles import DatabaseRole
from hub.storage.server import DatabaseServer, connect
from hub.sync.watch import Unwatched
from hub.worker import AGENCY_ORDER, parse_due, sync
from schema import CATALOGUE
from tests.demo.sources import Sources
from tests.demo.test_connectors import CLEAR, relief_bureau
from tests.support.database import Database

pytestmark = pytest.mark.timeout(500)


def test_a_world_without_faults_opens_no_fault(clean: Sources, bank: str, database: Database, tmp_path: Path) -> None:
    demo_bank.load(bank, clean.folder)
    server = DatabaseServer(database.owner, database.roles)
    with relief_bureau(clean.folder) as address:
        settings = Settings(
            home=tmp_path,
            bank_url=SecretStr(bank),
            finance_folder=finance.folder(clean.folder),
            relief_url=address,
            relief_client_id="hub",
            relief_client_secret=SecretStr(CLEAR),
        )
        add_policy(settings, server, files("demo").joinpath("policy.toml").read_text("utf-8"))
        for agency in AGENCY_ORDER:
            sync(settings, server, parse_due(agency.lower()), Unwatched())
    with database.connect() as connection:
        refused = connection.execute("select dataset, code, field, reason from sync.quarantine").fetchall()
    assert refused == []
    book = rulebook(settings)
    run_rules(
        lambda: connect(server.conninfo(DatabaseRole.RULES)),
        catalogue=CATALOGUE,
        rulebook=book,
        county=settings.county,
    )
    (findings,) = (item for item in book.computations if isinstance(item, Findings))
    ran = {judged.rule.code: judged for judged in findings.judged if judged.has_run}
    faults = {code: judged.found for code, judged in ran.items() if judged.rule.kind is Kind.FAULT}
    assert len(faults) > 35
    assert {code: found for code, found in faults.items() if found} == {}
    # Warnings there are, so the rules did look; what is overdue or due soon needs no fault.
    assert ran["W01"].found > 100
    assert ran["W02"].found == 4
    assert {code: ran[code].found for code in ("W21", "W22", "W31")} == {"W21": 0, "W22": 0, "W31": 0}
    assert all(judged.standing is not Standing.FAILED for judged in findings.judged)
