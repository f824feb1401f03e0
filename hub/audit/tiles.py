"""Tiles of the tree by the paths of C2SP tlog-tiles, such as ``0/x001/x234/067.p/12``: what anybody may fetch.

Leaves' hashes tell nothing of the entries: every entry holds 74 random bits in its id.
"""

from __future__ import annotations

import re

from hub.audit.merkle import TILE
from hub.errors import LogError

_PATH = re.compile(r"(\d|[1-5]\d|6[0-3])/((?:x\d{3}/)*\d{3})(?:\.p/([1-9]\d{0,2}))?", re.ASCII)
_LONGEST = 64


def tile_path(level: int, number: int, width: int = TILE) -> str:
    """The path of tile ``number`` of a level, with as many hashes as ``width``."""
    groups = [f"{number % 1000:03}"]
    while number := number // 1000:
        groups.insert(0, f"x{number % 1000:03}")
    return f"{level}/{'/'.join(groups)}" + ("" if width == TILE else f".p/{width}")


def parse_tile_path(path: str) -> tuple[int, int, int]:
    """Level, number and width; LOG_TILE_UNKNOWN for what is no tile's path."""
    match = _PATH.fullmatch(path) if len(path) <= _LONGEST else None
    number = int(match[2].replace("/", "").replace("x", "")) if match else 0
    width = int(match[3] or TILE) if match else 0
    if match is None or width > TILE or tile_path(int(match[1]), number, width) != path or number >= 1 << 55:
        raise tile_unknown()
    return int(match[1]), number, width


def tile_unknown() -> LogError:
    """What is said of a tile that is not there."""
    return LogError(
        "LOG_TILE_UNKNOWN",
        "The log has no such tile.",
        "Ask for tiles within the size of a checkpoint, by the paths of C2SP tlog-tiles.",
        status=404,
    )
