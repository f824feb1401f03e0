"""Where the benches keep what they install, make and write; all of it inside the clone, none of it committed."""

from __future__ import annotations

from pathlib import Path

CLONE = Path(__file__).resolve().parent.parent
WORK = CLONE / ".work"
PEERS = WORK / "peers"
RESULTS = WORK / "bench"


def result(name: str) -> Path:
    """The file for the results called ``name``."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    return RESULTS / name
