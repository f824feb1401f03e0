"""The lock files: complete, agreeing, with hashes, and without any address to install from."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.architecture import house

RUN = house.ROOT / "requirements/run.lock"
DEVELOPMENT = house.ROOT / "requirements/dev.lock"
ADDRESS = re.compile(r"://|file:|^\s*(-i|-f|--(extra-)?index-url|--find-links|--trusted-host)\b|\s@\s", re.MULTILINE)
PIN = re.compile(r"^(?P<name>[a-z0-9.-]+)==(?P<version>\S+)", re.MULTILINE)


def pins(text: str) -> dict[str, str]:
    return {match["name"]: match["version"] for match in PIN.finditer(text)}


def without_hash(text: str) -> list[str]:
    entries = re.split(r"\n(?=[a-z])", text)
    return [entry.splitlines()[0] for entry in entries if "==" in entry and "--hash=sha256:" not in entry]


def unmet(requirements: list[str], locked: dict[str, str]) -> list[str]:
    wanted = [Requirement(text) for text in requirements]
    return [
        str(need)
        for need in wanted
        if (name := canonicalize_name(need.name)) not in locked
        or not need.specifier.contains(locked[name], prereleases=True)
    ]


def declared(*groups: str) -> list[str]:
    project = tomllib.loads((house.ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    lists = [project["project"]["dependencies"], project["build-system"]["requires"]]
    lists += [project["dependency-groups"][group] for group in groups]
    return [text for part in lists for text in part]


@pytest.mark.parametrize("lock", [RUN, DEVELOPMENT], ids=lambda lock: lock.name)
def test_a_lock_holds_hashes_and_no_address(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    assert not ADDRESS.search(text)
    assert not without_hash(text)


def test_everything_declared_is_locked() -> None:
    remedy = "run `make lock` and commit requirements/"
    assert not unmet(declared("build"), pins(RUN.read_text(encoding="utf-8"))), remedy
    assert not unmet(declared("build", "dev"), pins(DEVELOPMENT.read_text(encoding="utf-8"))), remedy


def test_development_has_the_very_pins_of_running() -> None:
    run, development = (pins(lock.read_text(encoding="utf-8")) for lock in (RUN, DEVELOPMENT))
    assert run.items() <= development.items(), run.items() - development.items()


def test_these_rules_can_be_broken() -> None:
    assert ADDRESS.search("--index-url somewhere")
    assert ADDRESS.search("loan @ git+ssh://host/loan")
    assert without_hash("loan==1.0\n")
    assert unmet(["loan>=2"], {"loan": "1.0"})
    assert unmet(["loan"], {}) == ["loan"]
    assert not unmet(["Loan>=1"], {"loan": "1.0"})
