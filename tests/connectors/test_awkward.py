"""The folder of awkward files: each gets the treatment its line of docs/awkward-files.md promises."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from connectors.transport.folder import FolderConnector
from hub.catalog.dataset import Agency
from hub.errors import HubError
from hub.sync.contract import check
from hub.sync.handover import Due
from schema import CATALOGUE
from tests.connectors.awkward import Outcome, Problem
from tests.connectors.problems import PROBLEMS

PAGE = Path(__file__).resolve().parents[2] / "docs/awkward-files.md"


def outcome(folder: Path, problem: Problem) -> Outcome:
    """The problem's file through folder, reader and contract, as a sync takes it."""
    found = Outcome()
    rows: dict[str, list[pl.DataFrame]] = {}
    due = Due(Agency.RELIEF, tuple(mapping.dataset for mapping in problem.form.mappings))
    try:
        for delivery in FolderConnector(Agency.RELIEF, folder, (problem.form,), 0.0).deliveries(due):
            for batch in delivery.batches():
                checked = check(CATALOGUE[batch.part.dataset], batch, source=delivery.name)
                rows.setdefault(batch.part.dataset, []).append(checked.rows)
                found.totals.update(checked.totals)
                for reject in checked.rejects:
                    found.rejects.append((reject.row, reject.field, reject.code))
                    found.raw.append(dict(reject.raw))
                    found.cells.append(reject.cell)
            found.deliveries[delivery.name] = delivery.digest
    except HubError as refusal:
        found.refusal = refusal
    found.rows = {dataset: pl.concat(some) for dataset, some in rows.items()}
    return found


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.file)
def test_an_awkward_file_gets_its_treatment(tmp_path: Path, problem: Problem) -> None:
    problem.make(tmp_path / problem.file)
    found = outcome(tmp_path, problem)
    expects_refusal = "file refused" in problem.treatment
    assert expects_refusal == (found.refusal is not None), found.refusal
    assert problem.holds(found), found


def test_the_page_lists_every_problem_with_its_file_and_treatment() -> None:
    lines = PAGE.read_text(encoding="utf-8").partition("## ")[0].splitlines()
    table = [line for line in lines if line.startswith("| ") and "`" in line]
    assert table == [f"| {item.problem} | `{item.file}` | {item.treatment} |" for item in PROBLEMS]
