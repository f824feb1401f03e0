"""What the architecture tests look at: the tree's own files, whether committed yet or not."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("hub", "schema", "connectors", "demo", "migrations", "bench")
EVERYWHERE = (*PACKAGES, "tests", "examples", "docs")


def files(suffix: str, folders: tuple[str, ...] = EVERYWHERE) -> Iterator[Path]:
    for folder in folders:
        yield from sorted((ROOT / folder).rglob(f"*{suffix}"))


def shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), shown(path))
