"""Writes the three agencies' deliveries into a folder; the same seed and scale give the same bytes."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

from demo.layout import MOST_REPLICAS, SEED
from demo.published import AS_OF, CHOSEN, PUBLISHED

# To be raised whenever what is written changes, so that prepared folders are written anew.
VERSION = 5

Report = Callable[[str, int, int], None]


def _manifest(scale: int, *, faults: bool) -> dict[str, object]:
    return {
        "scale": scale,
        "seed": SEED,
        "version": VERSION,
        "faults": faults,
        "as_of": AS_OF,
        "published": {".".join(path): value for path, value in {**PUBLISHED, **CHOSEN}.items()},
    }


def prepare(folder: Path, scale: int = 1, *, faults: bool = True, report: Report | None = None) -> None:
    """Writes the deliveries at ``scale`` times the published page into ``folder``, unless they are there already.

    ``report`` is told (what, done, total). The manifest is written last: without it a folder counts as unfinished
    and is written anew.
    """
    if not 1 <= scale <= MOST_REPLICAS:
        raise ValueError(f"The scale must be from 1 to {MOST_REPLICAS}.")
    say = report or (lambda _what, _done, _total: None)
    wanted = _manifest(scale, faults=faults)
    path = folder / "manifest.json"
    if path.exists():
        found = json.loads(path.read_text(encoding="utf-8"))
        if all(found.get(name) == value for name, value in wanted.items()):
            return
        path.unlink()
    for name in ("bank", "finance", "relief"):
        shutil.rmtree(folder / name, ignore_errors=True)
    from demo.deliveries import write  # here: a demo that is started again need not wait for what invents people

    rows = write(folder, scale, say, faults=faults)
    path.write_text(json.dumps({**wanted, "rows": rows}, ensure_ascii=False, indent=2), encoding="utf-8")
