"""docs/fapi.md names tests: each must exist."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
NAMED = re.compile(r"`([\w/]+\.py|…)::(test_\w+)`")


def missing(page: str) -> list[str]:
    """Tests that a page names and nobody wrote; ``…`` stands for the file named before."""
    found: list[str] = []
    file = ""
    for named, test in NAMED.findall(page):
        file = file if named == "…" else named
        path = ROOT / "tests" / file
        if not path.is_file() or f"def {test}(" not in path.read_text("utf-8"):
            found.append(f"{file}::{test}")
    return found


def test_every_test_that_the_page_names_is_there() -> None:
    page = (ROOT / "docs/fapi.md").read_text("utf-8")
    assert not missing(page)
    rows = [line for line in page.splitlines() if line.startswith("| ") and "shown by" not in line]
    assert len(rows) > 25
    unproved = [row for row in rows if not NAMED.search(row)]
    reasons = ("does not apply", "secrets.token_urlsafe")
    assert all(any(reason in row for reason in reasons) for row in unproved), unproved


def test_a_test_that_is_gone_would_be_noticed() -> None:
    assert missing("`identity/test_staff.py::test_that_nobody_wrote`")
    assert missing("`identity/test_nothing.py::test_that_nobody_wrote`")
