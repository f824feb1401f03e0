"""Every import contract must be able to break: each meets a bad import in a model of the house."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

MODEL_HOUSE = """
hub/__init__ hub/cli/__init__ hub/cli/main hub/app hub/worker hub/computing hub/proving hub/measuring
hub/disclosing hub/settings hub/errors hub/actor hub/clock
hub/web/__init__ hub/identity/__init__ hub/graph/__init__ hub/access/__init__ hub/audit/__init__
hub/query/__init__ hub/query/plan hub/sync/__init__ hub/sync/connector hub/sync/handover
hub/rules/__init__ hub/storage/__init__ hub/catalog/__init__ hub/observe/__init__
schema/__init__ schema/loan connectors/__init__ connectors/reader connectors/bank/__init__
connectors/finance/__init__ connectors/relief/__init__ connectors/template/__init__
demo/__init__ demo/run migrations/__init__
""".split()  # noqa: SIM905 -- a house plan reads better than a list of strings

ALLOWED_IMPORTS = {
    "hub/cli/main": "import hub.app, hub.worker, hub.settings, connectors.bank, demo.run, uvicorn",
    "hub/app": "import hub.settings, hub.web, hub.graph, hub.storage, schema.loan, starlette",
    "hub/web/__init__": "import starlette.routing, hub.graph, hub.errors",
    "hub/graph/__init__": "import strawberry, graphql, hub.access, hub.query.plan",
    "hub/query/plan": "import hub.catalog, hub.actor",
    "hub/actor": "import hub.catalog",
    "schema/loan": "import hub.catalog",
    "connectors/bank/__init__": "import hub.sync.handover, connectors.reader, schema.loan",
    "demo/run": "import hub.app, starlette.applications",
}

BAD_IMPORTS = [
    ("The rooms of the hub lie in layers", "hub/storage/__init__", "hub.query.plan"),
    ("The rooms of the hub lie in layers", "hub/sync/__init__", "hub.query.plan"),
    ("Only the composition roots read settings", "hub/web/__init__", "hub.settings"),
    ("The catalogue's entries know only the catalogue's words", "schema/loan", "sqlalchemy"),
    ("The catalogue's entries know only the catalogue's words", "schema/loan", "hub.errors"),
    ("The hub learns the catalogue as an argument", "hub/graph/__init__", "schema.loan"),
    ("Connectors know only the protocol", "connectors/bank/__init__", "hub.storage"),
    ("Connectors are strangers to each other", "connectors/bank/__init__", "connectors.relief"),
    ("Words, rights, plans and the clock are pure", "hub/query/plan", "sqlalchemy"),
    ("Starlette stays at the door", "hub/sync/__init__", "starlette.requests"),
    ("GraphQL stays behind its face", "hub/query/__init__", "graphql"),
    ("The demo enters by the front door", "demo/run", "hub.query.plan"),
    ("The hub runs without the demo", "hub/app", "demo.run"),
]


# One process for all houses: starting it costs more than what it does.
LINT = """
import os, sys
from contextlib import redirect_stdout
from importlinter.cli import lint_imports
for folder in sys.argv[1:]:
    os.chdir(folder)
    with redirect_stdout(open("report.txt", "w", encoding="utf-8")):
        lint_imports(no_cache=True)
"""
BAD_ROOM = "hub/attic"


def build_model_house(folder: Path, bad_file: str, bad_import: str) -> None:
    for name in {*MODEL_HOUSE, bad_file}:
        file = folder / f"{name}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        extra = f"\nimport {bad_import}" if name == bad_file else ""
        file.write_text(ALLOWED_IMPORTS.get(name, "") + extra + "\n")
    shutil.copy(ROOT / "pyproject.toml", folder)


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], str]:
    """What is said of a house with one bad import, by the file and its import."""
    folders = {}
    for bad in (("hub/errors", "errno"), (BAD_ROOM, "errno"), *((file, bad) for _, file, bad in BAD_IMPORTS)):
        folders[bad] = tmp_path_factory.mktemp("house")
        build_model_house(folders[bad], *bad)
    subprocess.run([sys.executable, "-I", "-c", LINT, *map(str, folders.values())], check=True)
    return {bad: (folder / "report.txt").read_text("utf-8") for bad, folder in folders.items()}


def test_the_model_house_keeps_every_contract(reports: dict[tuple[str, str], str]) -> None:
    assert ", 0 broken." in reports["hub/errors", "errno"]


@pytest.mark.parametrize(("contract", "file", "bad_import"), BAD_IMPORTS)
def test_a_bad_import_breaks_its_contract(
    reports: dict[tuple[str, str], str], contract: str, file: str, bad_import: str
) -> None:
    report = reports[file, bad_import]
    broken = [line for line in report.splitlines() if " BROKEN" in line]
    assert any(line.startswith(contract) for line in broken), report


def test_a_room_without_a_place_in_the_layers_is_found(reports: dict[tuple[str, str], str]) -> None:
    assert "hub.attic" in reports[BAD_ROOM, "errno"]
