"""Which test process runs what: files together, more of them where they share a costly start, the longest first.

What is long and begins last is what the other process waits for.
"""

from __future__ import annotations

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

# Files below these share what is made once for each process: a demo that serves, the agencies' books.
TOGETHER = ("tests/acceptance/", "tests/demo/")
# By their processor time; everything else takes a few seconds.
LONGEST = (
    "tests/acceptance/",
    "tests/demo/",
    "tests/audit/test_cut_wire.py",
    "tests/property/test_same_answer.py",
    "tests/sync/test_merge_properties.py",
    "tests/sync/test_fault_matrix.py",
    "tests/property/test_two_walls.py",
    "tests/rules/test_linking.py",
    "tests/sync/test_rollup.py",
    "tests/rules/test_findings.py",
    "tests/web/test_export.py",
    "tests/rules/test_findings_by_change.py",
    "tests/rules/test_run.py",
    "tests/rules/test_findings_mutants.py",
    "tests/sync/test_indicator_reference.py",
    "tests/rules/test_entitlement_reference.py",
    "tests/audit/test_by_hand.py",
    "tests/property/test_small_groups.py",
    "tests/query/test_explain.py",
    "tests/sync/test_faults.py",
    "tests/sync/test_late.py",
    "tests/sync/test_normalise.py",
)


def unit(nodeid: str) -> str:
    """The name of what is run in one process."""
    file = nodeid.split("::", 1)[0]
    return next((folder for folder in TOGETHER if file.startswith(folder)), file)


def turn(nodeid: str) -> int:
    """The longest in their order; the others after them, as they came."""
    name = unit(nodeid)
    return LONGEST.index(name) if name in LONGEST else len(LONGEST)


class Distribution(LoadFileScheduling):  # type: ignore[misc]  # published without types
    """Hands units to processes in the order in which they were collected."""

    def __init__(self, config: pytest.Config, log: Producer | None = None) -> None:
        config.option.loadscopereorder = False
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        return unit(nodeid)
