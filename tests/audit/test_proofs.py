"""What an agency can check by itself: a proof, without the hub."""

from __future__ import annotations

import json
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from hub.audit.entry import encode, leaf_hash
from hub.audit.log_key import log_keys
from hub.audit.prove import prove
from hub.audit.witness import witness_key
from hub.errors import LogError
from tests.architecture.house import ROOT
from tests.audit.conftest import Scene
from tests.audit.written import invented, write_all
from tests.support.database import COUNTY

VERIFIER = ROOT / "examples" / "verifier" / "verify.py"


def proof_of(scene: Scene, number: int) -> dict[str, Any]:
    with scene.reading() as connection:
        bundle = prove(connection, COUNTY, scene.entries[number].entry_id)
    entry = scene.entries[number]
    assert entry.request_digest is not None
    assert entry.response_digest is not None
    bundle["receipt"] = {
        "entry": str(entry.entry_id),
        "log": "relief-credit-hub/522301",
        "request": entry.request_digest.hex(),
        "response": entry.response_digest.hex(),
        "leaf": leaf_hash(encode(entry)).hex(),
    }
    return bundle


def verifier(scene: Scene, bundle: dict[str, Any], *more: str, keys: str = "keys") -> subprocess.CompletedProcess[str]:
    path = scene.folder / "proof.json"
    path.write_text(json.dumps(bundle))
    key = str(log_keys(scene.folder / keys, "relief-credit-hub/522301").known[0])
    # -I: nothing of the hub can be imported by chance.
    command = [sys.executable, "-I", str(VERIFIER), str(path), "--key", key, *more]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_proof_holds_without_the_hub_and_names_who_cosigned(scene: Scene) -> None:
    witness = str(witness_key(scene.folder / "witness", "bank.example/witness").public)
    done = verifier(scene, proof_of(scene, 333), "--witness", witness)
    assert done.returncode == 0, done.stderr
    assert "is number 333 of 620" in done.stdout
    assert "cosigned by bank.example/witness" in done.stdout
    assert "import hub" not in VERIFIER.read_text()


def _change_entry(bundle: dict[str, Any]) -> None:
    bundle["entry"]["client"] = "somebody-else"


def _change_receipt(bundle: dict[str, Any]) -> None:
    bundle["receipt"]["response"] = "00" * 32


def _change_place(bundle: dict[str, Any]) -> None:
    bundle["index"] += 1


def _shorten(bundle: dict[str, Any]) -> None:
    bundle["proof"].pop()


def _change_root(bundle: dict[str, Any]) -> None:
    bundle["checkpoint"] = bundle["checkpoint"].replace("\n620\n", "\n621\n")


def _spoil(bundle: dict[str, Any]) -> None:
    bundle["proof"] = [5]


@pytest.mark.parametrize("change", [_change_entry, _change_receipt, _change_place, _shorten, _change_root, _spoil])
def test_a_changed_proof_does_not_hold(scene: Scene, change: Any) -> None:
    bundle = proof_of(scene, 100)
    change(bundle)
    done = verifier(scene, bundle)
    assert done.returncode == 1
    assert "DOES NOT HOLD" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_proof_does_not_hold_for_another_key_or_a_witness_that_did_not_sign(scene: Scene) -> None:
    assert verifier(scene, proof_of(scene, 5), keys="other keys").returncode == 1
    stranger = str(witness_key(scene.folder / "stranger", "finance.example/witness").public)
    assert "has not cosigned" in verifier(scene, proof_of(scene, 5), "--witness", stranger).stderr


def test_every_entry_at_the_edges_of_tiles_and_runs_can_be_proved(scene: Scene) -> None:
    check = runpy.run_path(str(VERIFIER))["check"]
    key = str(log_keys(scene.folder / "keys", "relief-credit-hub/522301").known[0])
    for number in (0, 1, 255, 256, 299, 300, 511, 512, 519, 520, 619):
        check(proof_of(scene, number), key, [])


def test_what_cannot_be_proved_says_why(scene: Scene) -> None:
    with scene.reading() as connection:
        with pytest.raises(LogError) as refusal:
            prove(connection, COUNTY, invented().entry_id)
        assert refusal.value.code == "LOG_ENTRY_UNKNOWN"
        waiting = write_all(scene.database, 1)[0]
        with pytest.raises(LogError) as refusal:
            prove(connection, COUNTY, waiting.entry_id)
        assert refusal.value.code == "LOG_ENTRY_WAITING"
        scene.owner("update audit.disclosure set part = 9 where entry_id = %(k)s", k=scene.entries[7].entry_id)
        with pytest.raises(LogError) as refusal:
            prove(connection, COUNTY, scene.entries[7].entry_id)
        assert refusal.value.code == "LOG_ENTRY_CHANGED"


def test_the_verifier_stays_small_enough_to_be_read() -> None:
    assert len(Path(VERIFIER).read_text().splitlines()) < 160
