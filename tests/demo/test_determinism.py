"""The same seed and scale give the same bytes, and a prepared folder is left alone."""

import hashlib
import json
from pathlib import Path

import pytest

from demo.world import prepare
from tests.demo.sources import Sources


def digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_a_prepared_folder_is_not_touched(faulty: Sources) -> None:
    before = {path: path.stat().st_mtime_ns for path in faulty.folder.rglob("*")}
    prepare(faulty.folder)
    assert {path: path.stat().st_mtime_ns for path in faulty.folder.rglob("*")} == before


def test_a_half_written_folder_is_written_anew_with_the_same_bytes(faulty: Sources, tmp_path: Path) -> None:
    (tmp_path / "bank").mkdir()
    (tmp_path / "bank" / "loan-0007.parquet").write_bytes(b"left by a killed run")
    told: list[tuple[str, int, int]] = []
    prepare(tmp_path, report=lambda *what: told.append(what))
    assert digests(tmp_path) == digests(faulty.folder)
    assert {what for what, _, _ in told} == {"bank and relief", "finance"}
    assert all(done <= total for _, done, total in told)
    assert told[-1][1] == told[-1][2]


def test_the_manifest_counts_what_was_written(faulty: Sources) -> None:
    manifest = json.loads((faulty.folder / "manifest.json").read_text("utf-8"))
    assert (manifest["scale"], manifest["faults"]) == (1, True)
    assert manifest["rows"]["loan"] == faulty.loans.height == 6257
    assert manifest["rows"]["subsidy_payment"] == faulty.subsidies.height + 2  # and two for quarantine
    assert manifest["published"]["subsidyPaid.amount"] == "31660700.00"


@pytest.mark.parametrize("scale", [0, -3, 1_000_000])
def test_a_scale_out_of_range_is_refused(tmp_path: Path, scale: int) -> None:
    with pytest.raises(ValueError, match="scale"):
        prepare(tmp_path, scale)
    assert not list(tmp_path.iterdir())
