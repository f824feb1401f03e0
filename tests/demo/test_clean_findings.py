"""A part of the world without planted faults, through the real connectors and rules: it opens no fault."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from pydantic import SecretStr

from demo import bank as demo_bank
from demo import finance
from demo.bank_rows import bank_frames
from demo.books import Books
from demo.columns import chosen
from demo.days import BATCHES
from demo.layout import workbooks_folder
from demo.places import VILLAGE_TOWNSHIP
from demo.relief_rows import relief_frames
from demo.replica import clean_books
from demo.run import AGENCIES
from demo.wording import household_numbers, loan_numbers
from hub.catalog.rule import Kind, Standing
from hub.computing import add_policy, rulebook
from hub.rules.findings import Findings
from hub.rules.run import run_rules
from hub.settings import Settings
from hub.storage.roles import DatabaseRole
from hub.storage.server import DatabaseServer, connect
from hub.sync.watch import Unwatched
from hub.worker import parse_due, sync
from schema import CATALOGUE
from tests.demo.test_connectors import CLEAR, relief_bureau
from tests.support.database import Database

pytestmark = pytest.mark.timeout(500)
# The whole of it takes a minute of the processor; these, and whoever was compensated, hold every kind of loan.
TOWNSHIPS = (9,)


def _part(books: Books, folder: Path) -> None:
    """Write what the agencies would deliver if there were only some townships' households."""
    loans, households = books.plan.loans, books.plan.households
    kept = np.isin(VILLAGE_TOWNSHIP[households["village"]], TOWNSHIPS)
    kept[loans["household"][books.cases["loan"]]] = True
    kept_loan = kept[loans["household"]]
    none = np.zeros(len(loans["household"]), dtype=np.int64)
    numbers = {
        "借据号": loan_numbers(none[kept_loan], loans["number"][kept_loan]),
        "户编号": household_numbers(none[: kept.sum()], np.flatnonzero(kept).astype(np.int64)),
    }
    for agency, frames in (("bank", bank_frames(books, 0, 1)), ("relief", relief_frames(books, 0, 1))):
        (folder / agency).mkdir(parents=True)
        for stem, frame in _of(frames, numbers):
            frame.write_parquet(folder / agency / f"{stem}-0000.parquet")
    books.subsidies = chosen(books.subsidies, kept_loan[books.subsidies["loan"]])
    workbooks = workbooks_folder(folder)
    workbooks.mkdir(parents=True)
    for batch in range(len(BATCHES)):
        finance._write_batch(workbooks, books, books, 1, batch)
    finance._write_cases(workbooks, books, books, 1)
    finance._write_fund(workbooks, books, books, 1)
    (folder / "manifest.json").write_text("{}", "utf-8")


def _of(
    frames: Iterator[tuple[str, pl.DataFrame]], numbers: dict[str, pl.Series]
) -> Iterator[tuple[str, pl.DataFrame]]:
    for stem, frame in frames:
        kept = [
            pl.col(name).str.strip_chars().is_in(wanted.implode())
            for name, wanted in numbers.items()
            if name in frame.columns
        ]
        yield stem, frame.filter(kept) if kept else frame


def test_a_world_without_faults_opens_no_fault(bank: str, database: Database, tmp_path: Path) -> None:
    folder = tmp_path / "world"
    _part(clean_books(), folder)
    demo_bank.load(bank, folder)
    server = DatabaseServer(database.owner, database.roles)
    with relief_bureau(folder) as address:
        settings = Settings(
            home=tmp_path,
            bank_url=SecretStr(bank),
            finance_folder=workbooks_folder(folder),
            relief_url=address,
            relief_client_id="hub",
            relief_client_secret=SecretStr(CLEAR),
        )
        add_policy(settings, server, files("demo").joinpath("policy.toml").read_text("utf-8"))
        for name in AGENCIES:
            sync(settings, server, parse_due(name), Unwatched())
    with database.connect() as connection:
        assert connection.execute("select dataset, code, field, reason from sync.quarantine").fetchall() == []
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
    # The rules did look: what falls due soon is a warning and needs no fault.
    assert ran["W01"].found > 0
    assert {code: ran[code].found for code in ("W21", "W22", "W31")} == {"W21": 0, "W22": 0, "W31": 0}
    assert all(judged.standing is not Standing.FAILED for judged in findings.judged)
