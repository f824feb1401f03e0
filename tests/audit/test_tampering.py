"""Whatever the owner of the tables does to the log, an auditor and a witness find it, and name the entry."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hub.audit.checkpoints import write_durably
from hub.audit.cosigning import parse_disagreement
from hub.audit.log_key import known_keys
from hub.audit.note import parse_checkpoint, parse_note
from hub.audit.standing import log_standing
from hub.audit.verify import Findings, Trusted, verify
from hub.audit.witness import witness_key
from hub.errors import LogError
from hub.observe.progress import StepTimes
from tests.audit.conftest import COUNT, Scene
from tests.audit.written import invented, write_all
from tests.support.database import COUNTY

K = 333  # the entry that is tampered with: in the second tile, under the second checkpoint
FORGET = ("delete from audit.leaf_run", "delete from audit.node", "delete from audit.checkpoint")


def verified(scene: Scene, **trusted: Any) -> Findings:
    known = {
        "keys": known_keys(scene.folder / "keys").known,
        "remembered": parse_checkpoint(parse_note((scene.folder / "checkpoint").read_text())),
    }
    with scene.reading() as connection:
        return verify(connection, COUNTY, Trusted(**{**known, **trusted}), StepTimes())


def without_memory(scene: Scene, **trusted: Any) -> Findings:
    return verified(scene, **{"remembered": None, **trusted})


def objection(scene: Scene, *, mirrors: bool = True) -> LogError:
    with pytest.raises(LogError) as refusal:
        scene.witness(mirrors=mirrors).run_once()
    return refusal.value


def test_an_honest_log_is_found_sound_and_cosigned_again(scene: Scene) -> None:
    found = verified(scene, mirror=scene.folder / "witness" / "leaves")
    assert found.first == {}
    assert (found.entries, found.size, found.checkpoints, found.waiting) == (COUNT, COUNT, 3, 0)
    assert scene.witness().run_once().added == 0
    write_all(scene.database, 50)
    scene.sequence(scene.signer())
    assert scene.witness().run_once().added == 50
    since = parse_checkpoint(parse_note((scene.folder / "checkpoint").read_text()))
    later = verified(scene, since=since)
    assert (later.first, later.entries, later.size) == ({}, 0, COUNT + 50)


CHANGES = {
    "text": "client = 'city-office' || chr(114 # 1)",
    "text that was missing": "staff = ''",
    "text emptied": "role = null",
    "time": "disclosed_at = disclosed_at + interval '1 microsecond'",
    "integer": "part = 1",
    "count": "row_count = row_count # 1",
    "digest": "response_digest = set_byte(response_digest, 31, get_byte(response_digest, 31) # 1)",
    "list of fields": "fields[1] = 'loan.amounts'",
    "list shortened": "masked = '{}'",
    "field moved between lists": "fields = fields || masked, masked = '{}'",
    "household": "subjects[2] = '00000000-0000-0000-0000-000000000000'",
    "households in another order": "subjects = array[subjects[2], subjects[1]]",
    "household removed": "subjects = subjects[1:1]",
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_changed_column_names_its_entry(scene: Scene, change: str) -> None:
    scene.owner(f"update audit.disclosure set {change} where entry_id = %(k)s", k=scene.entries[K].entry_id)
    found = verified(scene)
    assert (found.first["ENTRY_CHANGED"].index, found.first["ENTRY_CHANGED"].entry_id) == (K, scene.entries[K].entry_id)
    assert found.counts["ENTRY_CHANGED"] == 1


def test_a_changed_id_is_an_entry_gone_and_another_come(scene: Scene) -> None:
    one, other = scene.entries[K].entry_id, invented().entry_id
    scene.owner("update audit.disclosure set entry_id = %(other)s where entry_id = %(one)s", one=one, other=other)
    found = verified(scene)
    assert found.first["ENTRY_MISSING"].entry_id == one
    assert found.first["ENTRY_INSERTED"].entry_id == other


def test_a_deleted_entry_is_named(scene: Scene) -> None:
    scene.owner("delete from audit.disclosure where entry_id = %(k)s", k=scene.entries[K].entry_id)
    found = verified(scene)
    assert (found.first["ENTRY_MISSING"].index, found.first["ENTRY_MISSING"].entry_id) == (K, scene.entries[K].entry_id)
    assert set(found.counts) == {"ENTRY_MISSING", "SUBJECT_INSERTED"}


def test_an_inserted_entry_is_named(scene: Scene) -> None:
    added = write_all(scene.database, 1)[0]
    scene.owner(
        "update audit.disclosure set xid = (select xid from audit.disclosure where entry_id = %(k)s) "
        "where entry_id = %(added)s",
        k=scene.entries[K].entry_id,
        added=added.entry_id,
    )
    found = verified(scene)
    assert found.first["ENTRY_INSERTED"].entry_id == added.entry_id
    assert found.first["SUBJECT_MISSING"].entry_id == added.entry_id
    assert found.counts == {"ENTRY_INSERTED": 1, "SUBJECT_MISSING": 1}


def test_two_entries_that_changed_places_are_named(scene: Scene) -> None:
    one, other = scene.entries[K].entry_id, scene.entries[K + 100].entry_id
    scene.owner(MOVED, k=one, other=other)
    found = verified(scene)
    assert found.first["ENTRY_MISSING"].index == K
    assert found.first["ENTRY_MISSING"].entry_id == one
    assert (found.counts["ENTRY_MISSING"], found.counts["ENTRY_INSERTED"]) == (2, 2)


def test_an_entry_that_never_gets_a_leaf_is_named_once_it_is_late(scene: Scene) -> None:
    added = write_all(scene.database, 1)[0]
    scene.owner(
        "update audit.disclosure set disclosed_at = now() - interval '1 hour' where entry_id = %(k)s", k=added.entry_id
    )
    assert verified(scene).first["ENTRY_WAITING"].entry_id == added.entry_id


_PAIRS_BUT = """update audit.posting p set (subjects, entry_ids) = (
    select coalesce(array_agg(u.subject), '{}'), coalesce(array_agg(u.entry_id), '{}')
    from unnest(p.subjects, p.entry_ids) u (subject, entry_id) where u.entry_id <> %(k)s)
    where %(k)s = any(entry_ids)"""
_PAIR_MORE = """update audit.posting set subjects = subjects || subjects[1], entry_ids = entry_ids || %(k)s::uuid
    where first_index = 300 and bucket = (
        select min(bucket) from audit.posting where first_index = 300 and not %(k)s = any(entry_ids))"""
INDEX_CHANGES = {
    "struck": (_PAIRS_BUT, {"SUBJECT_MISSING": 1}),
    "invented": (_PAIR_MORE, {"SUBJECT_INSERTED": 1}),
}


@pytest.mark.parametrize(("change", "kinds"), INDEX_CHANGES.values(), ids=INDEX_CHANGES)
def test_a_changed_index_by_household_names_the_entry(scene: Scene, change: str, kinds: dict[str, int]) -> None:
    scene.owner(change, k=scene.entries[K].entry_id)
    found = verified(scene)
    assert found.counts == kinds
    assert {fault.entry_id for fault in found.first.values()} == {scene.entries[K].entry_id}


def test_an_index_that_pretends_to_go_further_than_it_does_is_found(scene: Scene) -> None:
    last = scene.entries[-1]
    scene.owner(
        "insert into audit.indexed_block select county, 600, 620, max(last_xid) + 100, %(last)s "
        "from audit.indexed_block group by county",
        last=last.entry_id,
    )
    assert verified(scene).first["SUBJECT_MISSING"].entry_id == last.entry_id
    scene.owner(
        "update audit.indexed_block set last_xid = (select last_xid from audit.leaf_run order by first_index desc "
        "limit 1) where first_index = 600"
    )
    found = verified(scene)
    assert (found.first["SUBJECT_MISSING"].entry_id, found.counts) == (
        scene.entries[600].entry_id,
        {"SUBJECT_MISSING": 20},
    )


@pytest.mark.parametrize("place", ["bucket = bucket + 2000", "month = '2100-01-01'", "first_index = 7777"])
def test_lines_of_the_index_that_lie_where_nobody_looks_are_found(scene: Scene, place: str) -> None:
    scene.owner(
        f"update audit.posting set {place} where first_index = 300 and %(k)s = any(entry_ids)",
        k=scene.entries[K].entry_id,
    )
    assert set(verified(scene).counts) == {"SUBJECT_MISSING", "SUBJECT_INSERTED"}


def test_a_changed_leaf_is_named_by_its_entry(scene: Scene) -> None:
    scene.owner(
        "update audit.leaf_run set hashes = set_byte(hashes, 40, get_byte(hashes, 40) # 1) where first_index = 300"
    )
    found = verified(scene)
    assert (found.first["ENTRY_CHANGED"].index, found.first["ENTRY_CHANGED"].entry_id) == (
        301,
        scene.entries[301].entry_id,
    )
    assert {"NODE_WRONG", "ROOT_WRONG"} <= set(found.counts)


def test_a_removed_run_of_leaves_is_found_where_it_began(scene: Scene) -> None:
    scene.owner("delete from audit.leaf_run where first_index = 300")
    assert verified(scene).first["LEAF_MISSING"].index == 300


def test_a_changed_node_is_found(scene: Scene) -> None:
    scene.owner("update audit.node set hash = sha256('x') where level = 1 and number = 1")
    assert verified(scene).first["NODE_WRONG"].index == 511
    # The roots that are signed next would be others: what anybody sees, a witness sees.
    write_all(scene.database, 1)
    with pytest.raises(LogError) as refusal:
        scene.sequence(scene.signer())
    assert refusal.value.code == "LOG_ROLLED_BACK"


def test_a_changed_checkpoint_is_found(scene: Scene) -> None:
    scene.owner("update audit.checkpoint set note = replace(note, E'\\n520\\n', E'\\n519\\n') where size = 520")
    found = verified(scene)
    assert found.first["SIGNATURE_WRONG"].entry_id == scene.entries[519].entry_id


def rewritten(scene: Scene, *statements: str, keys: str = "keys", **values: object) -> None:
    """History changed by somebody with every right: entries, then a new tree, new checkpoints, signed with ``keys``."""
    scene.owner(*statements, *FORGET, **values)
    scene.sequence(scene.signer(keys, "forged"))


def test_an_entry_rewritten_and_signed_again_with_another_key_is_found(scene: Scene) -> None:
    rewritten(
        scene,
        "update audit.disclosure set client = 'nobody' where entry_id = %(k)s",
        keys="other keys",
        k=scene.entries[K].entry_id,
    )
    found = without_memory(scene, mirror=scene.folder / "witness" / "leaves")
    assert "no known key" in found.first["SIGNATURE_WRONG"].detail
    assert (found.first["LEAF_CHANGED"].index, found.first["LEAF_CHANGED"].entry_id) == (K, scene.entries[K].entry_id)
    assert objection(scene).code == "LOG_KEY_UNKNOWN"


def test_an_entry_rewritten_and_signed_again_with_the_log_s_own_key_is_found(scene: Scene) -> None:
    rewritten(
        scene, "update audit.disclosure set client = 'nobody' where entry_id = %(k)s", k=scene.entries[K].entry_id
    )
    # From inside alone nothing is wrong any more …
    assert without_memory(scene).first == {}
    # … but the data folder, an auditor's checkpoint and a witness's leaves know better, and the last names the entry.
    assert "another root" in verified(scene).first["ROOT_WRONG"].detail
    since = parse_checkpoint(parse_note((scene.folder / "checkpoint").read_text()))
    assert "no continuation" in without_memory(scene, since=since).first["ROLLED_BACK"].detail
    found = without_memory(scene, mirror=scene.folder / "witness" / "leaves")
    assert (found.first["LEAF_CHANGED"].index, found.first["LEAF_CHANGED"].entry_id) == (K, scene.entries[K].entry_id)
    refusal = objection(scene)
    assert refusal.code == "LOG_FORKED"
    assert f"is {K}." in refusal.message


def test_a_witness_without_leaves_finds_it_too(scene: Scene) -> None:
    scene.witness(mirrors=False).run_once()
    rewritten(scene, "update audit.disclosure set part = 7 where entry_id = %(k)s", k=scene.entries[K].entry_id)
    assert objection(scene, mirrors=False).code == "LOG_FORKED"


REMOVED = "delete from audit.disclosure where entry_id = %(k)s"
MOVED = """update audit.disclosure d set xid = o.xid from audit.disclosure o
    where (d.entry_id, o.entry_id) in ((%(k)s, %(other)s), (%(other)s, %(k)s))"""


@pytest.mark.parametrize("change", [REMOVED, MOVED], ids=["removed", "moved"])
def test_a_witness_names_where_an_entry_was_removed_or_moved(scene: Scene, change: str) -> None:
    rewritten(scene, change, k=scene.entries[K].entry_id, other=scene.entries[K + 100].entry_id)
    # As many as before, so that size alone says nothing.
    write_all(scene.database, 5)
    scene.sequence(scene.signer(memory="forged"))
    refusal = objection(scene)
    assert refusal.code == "LOG_FORKED"
    assert f"is {K}." in refusal.message


def test_a_cut_tail_is_found_by_the_data_folder_and_by_a_witness(scene: Scene) -> None:
    scene.owner(
        "delete from audit.disclosure where entry_id = any(%(tail)s)",
        "delete from audit.leaf_run where first_index >= 520",
        "delete from audit.checkpoint where size > 520",
        tail=[entry.entry_id for entry in scene.entries[520:]],
    )
    found = verified(scene)
    assert found.first["ROLLED_BACK"].index == 520
    refusal = objection(scene)
    assert refusal.code == "LOG_SHRANK"
    assert "is 520." in refusal.message


def test_a_restored_backup_that_grew_again_is_found(scene: Scene) -> None:
    scene.owner(
        "delete from audit.disclosure where entry_id = any(%(tail)s)",
        "delete from audit.leaf_run where first_index >= 520",
        "delete from audit.checkpoint where size > 520",
        tail=[entry.entry_id for entry in scene.entries[520:]],
    )
    write_all(scene.database, 150)
    with pytest.raises(LogError) as refused:
        scene.sequence(scene.signer())
    assert refused.value.code == "LOG_ROLLED_BACK"
    scene.sequence(scene.signer(memory="forged"))
    assert verified(scene).first["ROOT_WRONG"].index == 520
    refusal = objection(scene)
    assert refusal.code == "LOG_FORKED"
    assert "is 520." in refusal.message


def test_an_objection_reaches_the_hub_with_evidence_and_stands_until_the_witness_cosigns_again(scene: Scene) -> None:
    rewritten(scene, "update audit.disclosure set part = 7 where entry_id = %(k)s", k=scene.entries[K].entry_id)
    objection(scene)
    key = witness_key(scene.folder / "witness", "bank.example/witness").public
    with scene.reading() as connection:
        witness = log_standing(connection, COUNTY, [key]).witnesses[0]
    assert witness.disagreement is not None
    assert (witness.disagreement.code, witness.disagreement.index) == ("LOG_FORKED", K)
    assert witness.entry_id == scene.entries[K].entry_id
    evidence = next((scene.folder / "witness").glob("disagreement-*.note"))
    held = parse_disagreement(evidence.read_text(), key)
    # Two checkpoints over as many entries, both signed by the log, with two roots.
    kept, shown = (parse_checkpoint(parse_note(text)) for text in (held.kept, held.shown))
    assert kept.size == shown.size
    assert kept.root != shown.root
    _forget_past(scene.folder / "witness")
    scene.owner("update audit.disagreement set reported_at = reported_at - interval '1 minute'")
    scene.witness().run_once()
    with scene.reading() as connection:
        assert log_standing(connection, COUNTY, [key]).witnesses[0].disagreement is None


def _forget_past(folder: Path) -> None:
    (folder / "state.json").unlink()


def test_a_witness_that_was_cut_while_fetching_goes_on(scene: Scene) -> None:
    write_all(scene.database, 30)
    scene.sequence(scene.signer())
    leaves = scene.folder / "witness" / "leaves"
    # Leaves of a fetch whose checkpoint was never kept, and half of one.
    write_durably(leaves, leaves.read_bytes() + b"x" * 48)
    assert scene.witness().run_once().added == 30
    assert verified(scene, mirror=leaves).first == {}
