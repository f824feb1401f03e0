"""Every setting is described where it is declared and explained in docs/settings.md."""

import ast
import re

import pytest

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
    return {name for name in fields if not name.startswith("HUB__")} | set(NAME.findall(source))


@pytest.mark.skipif(not SETTINGS.exists(), reason="hub/settings.py is not written yet")
def test_every_setting_is_explained() -> None:
    page = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    missing = setting_names(SETTINGS.read_text(encoding="utf-8")) - set(NAME.findall(page))
    assert not missing, f"explain in docs/settings.md: {sorted(missing)}"


@pytest.mark.skipif(not SETTINGS.exists(), reason="hub/settings.py is not written yet")
def test_no_setting_is_explained_that_does_not_exist() -> None:
    page = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    stale = set(NAME.findall(page)) - setting_names(SETTINGS.read_text(encoding="utf-8"))
    assert not stale, f"docs/settings.md explains what is gone: {sorted(stale)}"


@pytest.mark.skipif(not SETTINGS.exists(), reason="hub/settings.py is not written yet")
@pytest.mark.parametrize("name", ["docker-compose.yml", "Dockerfile", "Makefile"])
def test_only_real_settings_are_set(name: str) -> None:
    given = set(GIVEN.findall((house.ROOT / name).read_text(encoding="utf-8")))
    unknown = given - setting_names(SETTINGS.read_text(encoding="utf-8"))
    assert given, f"{name} sets nothing: is the pattern still right?"
    assert not unknown, f"{name} sets what the hub does not know: {sorted(unknown)}"


def test_only_settings_names_are_found() -> None:
    source = "class Settings:\n    port: int = 8000\n    _cache: dict\nhome = read('HUB_HOME')"
    assert setting_names(source) == {"HUB_PORT", "HUB_HOME"}
