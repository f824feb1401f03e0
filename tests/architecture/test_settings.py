"""Every setting is described where it is declared and explained in docs/settings.md."""

import ast
import re

import pytest

from hub.settings import Settings
from tests.architecture import house

SETTINGS = house.ROOT / "hub/settings.py"
PAGE = house.ROOT / "docs/settings.md"
NAME = re.compile(r"\bHUB_[A-Z0-9]+(?:_[A-Z0-9]+)*\b")
# `HUB_X: value`, `HUB_X=value`; not `${HUB_X}`, which compose reads for itself, nor its mention in a comment.
GIVEN = re.compile(r"^(?!\s*#).*?(HUB_[A-Z_]+)(?:: |=)", re.MULTILINE)


def setting_names(source: str) -> set[str]:
    """Fields of the class ``Settings``, as environment variables, and names spelled out in full."""
    fields = {
        f"HUB_{statement.target.id.upper()}"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ClassDef) and node.name == "Settings"
        for statement in node.body
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name)
    }
    return {name for name in fields if not name.startswith("HUB__")} | names_in(source)


def names_in(text: str) -> set[str]:
    """``HUB_X_FILE`` names a file with the value of ``HUB_X``: the same setting."""
    return {name.removesuffix("_FILE") for name in NAME.findall(text)}


def test_every_setting_is_explained() -> None:
    page = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    missing = setting_names(SETTINGS.read_text(encoding="utf-8")) - names_in(page)
    assert not missing, f"explain in docs/settings.md: {sorted(missing)}"


def test_every_setting_is_described_where_it_is_declared() -> None:
    undescribed = [name for name, field in Settings.model_fields.items() if not field.description]
    assert not undescribed


def test_no_setting_is_explained_that_does_not_exist() -> None:
    page = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    stale = names_in(page) - setting_names(SETTINGS.read_text(encoding="utf-8"))
    assert not stale, f"docs/settings.md explains what is gone: {sorted(stale)}"


@pytest.mark.parametrize("name", ["docker-compose.yml", "Dockerfile", "Makefile"])
def test_only_real_settings_are_set(name: str) -> None:
    given = {found.removesuffix("_FILE") for found in GIVEN.findall((house.ROOT / name).read_text(encoding="utf-8"))}
    unknown = given - setting_names(SETTINGS.read_text(encoding="utf-8"))
    assert given, f"{name} sets nothing: is the pattern still right?"
    assert not unknown, f"{name} sets what the hub does not know: {sorted(unknown)}"


def test_only_settings_names_are_found() -> None:
    source = "class Settings:\n    port: int = 8000\n    _cache: dict\nhome = read('HUB_HOME_FILE')"
    assert setting_names(source) == {"HUB_PORT", "HUB_HOME"}


def test_the_page_says_of_each_setting_what_its_declaration_says() -> None:
    rows = {
        cells[1].strip().strip("`"): (cells[2].strip().strip("`"), "|".join(cells[3:-1]).strip())
        for cells in (
            line.split("|") for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")
        )
    }
    for name, field in Settings.model_fields.items():
        default, description = rows[f"HUB_{name.upper()}"]
        assert description == field.description, name
        if not field.default_factory:
            assert default == ("none" if field.default is None else str(field.default)), name
