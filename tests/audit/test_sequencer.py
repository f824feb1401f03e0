"""The order of entries, and what is signed, whatever transactions, clocks and crashes do."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.audit.checkpoints import Signer, last_checkpoint
from hub.audit.entry import encode, leaf_hash
from hub.audit.leaves import LEAF_COLUMNS, leaves
from hub.audit.log_key import add_key, known_keys, log_keys
from hub.audit.merkle import Frontier
from hub.audit.note import parse_checkpoint, parse_note, sm3_root
from hub.audit.sequencer import sequence_once
from hub.audit.tree import SHA256, SM3, Connection, StoredTree
from hub.errors import LogError
from hub.storage.roles import DatabaseRole
from tests.audit.written import invented, reading, write, write_all
from tests.support.database import COUNTY, Database

ORIGIN = "relief-credit-hub/522301"


@pytest.fixture
def log(database: Database) -> Iterator[Connection]:
    with reading(database) as connection:
        yield connection


def in_order(log: Connection) -> list[UUID]:
    return [entry_id for run in StoredTree(log, COUNTY).runs(0, 10_000) for entry_id in run.entry_ids]


def test_entries_become_leaves_in_the_order_of_their_transactions(database: Database, log: Connection) -> None:
    entries = write_all(database, 700, at_once=1)
    assert sequence_once(log, COUNTY, most=600).appended == 600
    assert sequence_once(log, COUNTY).size == 700
    assert sequence_once(log, COUNTY).appended == 0
    assert in_order(log) == [entry.entry_id for entry in entries]
    tree, frontier = StoredTree(log, COUNTY), Frontier()
    for entry in entries:
        frontier.append(leaf_hash(encode(entry)))
    assert tree.root(700) == frontier.root()
    assert tree.index_of(entries[300].entry_id, tree.head(301).xid) == 300


words = st.none() | st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=12)
lists = st.lists(words.filter(bool), max_size=3).map(tuple)
digests = st.none() | st.binary(max_size=40)


@given(
    st.fixed_dictionaries(
        {
            "client": words,
            "code": words,
            "token_id": words,
            "fields": lists,
            "masked": lists,
            "row_count": st.integers(-(2**63), 2**63 - 1),
            "part": st.integers(-(2**31), 2**31 - 1),
            "subjects": st.lists(st.uuids(), max_size=4).map(tuple),
            "request_digest": digests,
            "operation_digest": digests,
        }
    ),
    st.integers(-(2**40), 2**47),
)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_fast_way_to_a_leaf_gives_the_entry_s_own_bytes(
    database: Database, log: Connection, values: dict[str, Any], moment: int
) -> None:
    entry = invented(**{**values, "disclosed_at": moment})
    with database.connect(DatabaseRole.LOG) as connection:
        write(connection, [entry])
    rows = log.cursor(binary=True).execute(
        f"select {LEAF_COLUMNS} from audit.disclosure d where d.entry_id = %s", (entry.entry_id,)
    )
    assert [leaf.hash for leaf in leaves(rows)] == [leaf_hash(encode(entry))]


def test_an_entry_that_commits_late_comes_before_none_that_was_taken(database: Database, log: Connection) -> None:
    slow, quick = database.connect(DatabaseRole.LOG), database.connect(DatabaseRole.LOG)
    first, second = invented(), invented()
    with slow, quick:
        with slow.transaction():
            write(slow, [first])
            write(quick, [second])
            assert sequence_once(log, COUNTY).appended == 0
        assert sequence_once(log, COUNTY).appended == 2
    assert in_order(log) == [first.entry_id, second.entry_id]


def test_a_sync_that_takes_an_hour_does_not_hold_the_log_up(database: Database, log: Connection) -> None:
    with database.connect(DatabaseRole.CONNECTOR) as connector, connector.transaction():
        connector.execute("select pg_current_xact_id()")
        write_all(database, 3)
        assert sequence_once(log, COUNTY).appended == 3


def test_an_unknown_writer_does(database: Database, log: Connection) -> None:
    with database.connect() as somebody, somebody.transaction():
        somebody.execute("select pg_current_xact_id()")
        write_all(database, 3)
        assert sequence_once(log, COUNTY).appended == 0


def test_clocks_that_jump_change_nothing_of_the_order(database: Database, log: Connection) -> None:
    clocks = [1_790_000_000_000, 946_684_800_000, 4_102_444_800_000, 1_790_000_000_001]
    made = [invented(clock) for clock in clocks]
    with database.connect(DatabaseRole.LOG) as connection:
        for entry in made:
            write(connection, [entry])
    sequence_once(log, COUNTY)
    assert in_order(log) == [entry.entry_id for entry in made]
    assert [run.month for run in StoredTree(log, COUNTY).runs(0, 9)] == [
        *(date(2026, 9, 1), date(2000, 1, 1), date(2100, 1, 1), date(2026, 9, 1)),
    ]


def test_two_sequencers_at_once_are_as_good_as_one(database: Database, log: Connection) -> None:
    entries = write_all(database, 400, at_once=10)

    def work() -> None:
        with reading(database) as connection:
            for _ in range(30):
                sequence_once(connection, COUNTY, most=20)

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    while sequence_once(log, COUNTY).appended:
        pass
    assert in_order(log) == [entry.entry_id for entry in sorted(entries, key=lambda entry: entry.entry_id)]


def test_while_one_acts_another_leaves_the_log_alone(database: Database, log: Connection) -> None:
    write_all(database, 3)
    with reading(database) as other, other.transaction():
        sequence_once(other, COUNTY)
        assert sequence_once(log, COUNTY).size is None


def test_nobody_who_logs_in_can_change_the_tree(database: Database, log: Connection) -> None:
    write_all(database, 300)
    sequence_once(log, COUNTY)
    for table in ("leaf_run", "node", "checkpoint", "cosignature", "disagreement", "expired_month"):
        for role in DatabaseRole:
            with database.connect(role) as connection:
                for text in (f"update audit.{table} set county = '1'", f"delete from audit.{table}"):
                    with pytest.raises(psycopg.errors.InsufficientPrivilege):
                        connection.execute(text)


def test_a_server_loaded_from_a_dump_is_noticed(database: Database, log: Connection) -> None:
    write_all(database, 1)
    sequence_once(log, COUNTY)
    with database.connect() as owner:
        owner.execute("update audit.leaf_run set xids = array[4000000000000], last_xid = 4000000000000")
    with pytest.raises(LogError) as refusal:
        sequence_once(log, COUNTY)
    assert refusal.value.code == "LOG_ORDER_LOST"


def signer(folder: Path, *, with_sm3: bool = False) -> Signer:
    return Signer(ORIGIN, log_keys(folder / "keys", ORIGIN), folder / "log" / "checkpoint", with_sm3)


def test_a_checkpoint_is_signed_stored_and_remembered(database: Database, log: Connection, tmp_path: Path) -> None:
    assert signer(tmp_path).sign_newest(log, COUNTY) is None
    write_all(database, 5)
    sequence_once(log, COUNTY)
    made = signer(tmp_path).sign_newest(log, COUNTY)
    assert made is not None
    assert (made.size, made.root) == (5, StoredTree(log, COUNTY).root(5))
    stored = last_checkpoint(log, COUNTY)
    assert stored is not None
    assert (tmp_path / "log" / "checkpoint").read_text() == str(stored.note)
    assert signer(tmp_path).sign_newest(log, COUNTY) is None


def test_after_a_change_of_key_the_newest_checkpoint_is_signed_by_both(
    database: Database, log: Connection, tmp_path: Path
) -> None:
    write_all(database, 5)
    sequence_once(log, COUNTY)
    signer(tmp_path).sign_newest(log, COUNTY)
    add_key(tmp_path / "keys", ORIGIN)
    assert signer(tmp_path).sign_newest(log, COUNTY)
    stored = last_checkpoint(log, COUNTY)
    assert stored is not None
    known = {key.key_id for key in known_keys(tmp_path / "keys").known}
    assert {item.key_id for item in stored.note.signatures} == known
    assert len(known) == 2


def test_roots_by_sm3_are_made_of_what_was_there_before_the_setting(
    database: Database, log: Connection, tmp_path: Path
) -> None:
    write_all(database, 600, at_once=100)
    sequence_once(log, COUNTY)
    signer(tmp_path).sign_newest(log, COUNTY)
    sequence_once(log, COUNTY, algorithms=(SHA256, SM3))
    assert signer(tmp_path, with_sm3=True).sign_newest(log, COUNTY)
    stored = last_checkpoint(log, COUNTY)
    assert stored is not None
    key = log_keys(tmp_path / "keys", ORIGIN).known_for_sm3[0]
    roots = [sm3_root(stored.checkpoint, item, key) for item in stored.note.signatures]
    assert StoredTree(log, COUNTY).root(600, SM3) in roots


def test_a_restored_backup_is_not_signed_on(database: Database, log: Connection, tmp_path: Path) -> None:
    write_all(database, 9)
    sequence_once(log, COUNTY)
    signer(tmp_path).sign_newest(log, COUNTY)
    with database.connect() as owner:
        # As if the backup had been taken before any of it was in the tree.
        for table in ("leaf_run", "checkpoint"):
            owner.execute(f"delete from audit.{table}")
        owner.execute(
            "delete from audit.disclosure where entry_id = (select max(entry_id::text)::uuid from audit.disclosure)"
        )
    sequence_once(log, COUNTY)
    with pytest.raises(LogError) as refusal:
        signer(tmp_path).sign_newest(log, COUNTY)
    assert refusal.value.code == "LOG_ROLLED_BACK"
    # New entries do not make it a continuation.
    write_all(database, 9)
    sequence_once(log, COUNTY)
    with pytest.raises(LogError) as refusal:
        signer(tmp_path).sign_newest(log, COUNTY)
    assert refusal.value.code == "LOG_ROLLED_BACK"
    assert last_checkpoint(log, COUNTY) is None


def test_a_data_folder_with_other_keys_signs_nothing(database: Database, log: Connection, tmp_path: Path) -> None:
    write_all(database, 1)
    sequence_once(log, COUNTY)
    signer(tmp_path / "one").sign_newest(log, COUNTY)
    with pytest.raises(LogError) as refusal:
        signer(tmp_path / "two").sign_newest(log, COUNTY)
    assert refusal.value.code == "LOG_KEY_FOREIGN"


def test_a_crash_between_the_file_and_the_database_is_made_good(
    database: Database, log: Connection, tmp_path: Path
) -> None:
    write_all(database, 4)
    sequence_once(log, COUNTY)
    signer(tmp_path).sign_newest(log, COUNTY)
    with database.connect() as owner:
        owner.execute("delete from audit.checkpoint")
    assert signer(tmp_path).sign_newest(log, COUNTY)
    stored = last_checkpoint(log, COUNTY)
    assert stored is not None
    assert parse_checkpoint(parse_note((tmp_path / "log" / "checkpoint").read_text())) == stored.checkpoint
