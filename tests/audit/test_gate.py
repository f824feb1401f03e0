"""When the hub stops disclosing, what /log serves to whom, and what may be dropped."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import pytest

from hub.audit.expiry import expire
from hub.audit.gate import DisclosureGate, Limits
from hub.audit.log_key import known_keys
from hub.audit.note import parse_checkpoint, parse_note
from hub.audit.sequencer import sequence_once
from hub.audit.standing import log_standing
from hub.audit.tree import Connection
from hub.audit.verify import Trusted, verify
from hub.audit.witness import witness_key
from hub.clock import now
from hub.errors import DatabaseError, LogError
from hub.observe.progress import StepTimes
from hub.proving import gate_of, sequence_always, standing_of_log
from hub.settings import Settings
from hub.storage.roles import DatabaseRole
from hub.storage.server import DatabaseServer
from tests.audit.conftest import COUNT, Scene
from tests.audit.written import reading, write_all
from tests.support.database import COUNTY, Database


@dataclass
class Clock:
    seconds: float = 1_000

    def __call__(self) -> float:
        return self.seconds


def code_of(gate: DisclosureGate) -> str | None:
    gate.look()
    refusal = gate.refusal()
    return None if refusal is None else refusal.code


def test_disclosing_stops_when_the_signed_log_lags_and_goes_on_when_it_has_caught_up(scene: Scene) -> None:
    clock = Clock()
    gate = DisclosureGate(scene.reading, COUNTY, (), Limits(900), clock)
    assert code_of(gate) is None
    write_all(scene.database, 1, milliseconds=int(now().timestamp() * 1000))
    assert code_of(gate) is None
    clock.seconds += 899
    assert code_of(gate) is None
    clock.seconds += 2
    assert code_of(gate) == "LOG_BEHIND"
    # Leaves alone are not enough: they must be signed.
    with scene.reading() as connection:
        sequence_once(connection, COUNTY)
    assert code_of(gate) == "LOG_BEHIND"
    scene.sequence(scene.signer())
    assert code_of(gate) is None
    gate.stop()


def test_the_login_that_serves_sees_how_the_log_stands(scene: Scene) -> None:
    server = DatabaseServer(scene.database.owner, scene.database.roles)
    gate = gate_of(Settings(home=scene.folder, county=COUNTY), server)
    gate.look()
    assert gate.standing is not None
    gate.stop()


def test_an_entry_of_a_wrong_clock_stops_nothing_by_itself(scene: Scene) -> None:
    clock = Clock()
    gate = DisclosureGate(scene.reading, COUNTY, (), Limits(900), clock)
    written = write_all(scene.database, 1)
    scene.owner("update audit.disclosure set disclosed_at = '2001-01-01' where entry_id = %(k)s", k=written[0].entry_id)
    assert code_of(gate) is None
    # A restart forgets how long it has waited for half a minute, no longer.
    clock.seconds += 31
    assert code_of(gate) == "LOG_BEHIND"
    gate.stop()


def test_a_log_that_cannot_be_seen_is_trusted_no_longer_than_it_may_lag(scene: Scene) -> None:
    clock = Clock()

    def broken() -> Connection:
        raise DatabaseError("DATABASE_UNREACHABLE", "No connection.", "Look.")

    gate = DisclosureGate(broken, COUNTY, (), Limits(900), clock)
    assert code_of(gate) is None
    clock.seconds += 901
    assert code_of(gate) == "LOG_UNSEEN"


def test_a_witness_that_disagrees_or_is_silent_stops_disclosing_by_setting(scene: Scene) -> None:
    clock = Clock()
    keys = (witness_key(scene.folder / "witness", "bank.example/witness").public,)
    silent = DisclosureGate(scene.reading, COUNTY, keys, Limits(900, silence_seconds=3600), clock)
    assert code_of(silent) is None
    scene.owner("update audit.cosignature set received_at = received_at - interval '2 hours'")
    assert code_of(silent) == "LOG_WITNESS_SILENT"
    silent.stop()
    scene.owner(
        "update audit.disclosure set part = 7 where entry_id = %(k)s",
        *(f"delete from audit.{table}" for table in ("leaf_run", "node", "checkpoint")),
        k=scene.entries[1].entry_id,
    )
    scene.sequence(scene.signer(memory="forged"))
    with pytest.raises(LogError):
        scene.witness().run_once()
    strict = DisclosureGate(scene.reading, COUNTY, keys, Limits(900), clock)
    assert code_of(strict) == "LOG_WITNESS_DISAGREES"
    assert "at entry 1." in str(strict.refusal())
    lenient = DisclosureGate(scene.reading, COUNTY, keys, Limits(900, at_disagreement=False), clock)
    assert code_of(lenient) is None
    strict.stop()
    lenient.stop()


def test_a_hub_that_takes_no_objection_does_not_keep_its_witness_from_telling(scene: Scene) -> None:
    def deaf(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            return httpx.Response(403)
        served = scene.client.get(str(request.url))
        return httpx.Response(served.status_code, content=served.content)

    scene.owner(
        "update audit.disclosure set part = 7 where entry_id = %(k)s",
        *(f"delete from audit.{table}" for table in ("leaf_run", "node", "checkpoint")),
        k=scene.entries[1].entry_id,
    )
    scene.sequence(scene.signer(memory="forged"))
    client = httpx.Client(transport=httpx.MockTransport(deaf), base_url=scene.client.base_url)
    with client, pytest.raises(LogError) as refusal:
        replace(scene, client=client).witness().run_once()
    assert refusal.value.code == "LOG_FORKED"
    assert "entry that differs is 1." in refusal.value.message
    assert "LOG_HUB_REFUSED" in refusal.value.message
    assert list((scene.folder / "witness").glob("disagreement-*.note"))


def test_strangers_may_read_the_tree_and_add_nothing(scene: Scene) -> None:
    get, post = scene.client.get, scene.client.post
    assert parse_checkpoint(parse_note(get("/log/checkpoint").text)).size == COUNT
    assert len(get("/log/tile/0/001").content) == 256 * 32
    assert len(get("/log/tile/0/002.p/108").content) == 108 * 32
    tiles = ("0/002", "0/002.p/200", "0/1", "x/001", "0/x000/001")
    for path in (*(f"tile/{tile}" for tile in tiles), "consistency?from=9&to=9999"):
        assert get(f"/log/{path}").status_code == 404, path
    for name, text in (
        ("cosignatures", get("/log/checkpoint").text.rpartition("\u2014")[0]),
        ("disagreements", "\n\n"),
    ):
        assert post(f"/log/{name}", content=text.encode()).status_code in {400, 403}
    assert post("/log/cosignatures", content=b"x" * 300_000).status_code == 413


def test_a_cosignature_sent_again_is_no_news(scene: Scene) -> None:
    text = scene.client.get("/log/checkpoint").text
    count = "select count(*) from audit.cosignature"
    with scene.database.connect() as owner:
        before = owner.execute(count).fetchone()
        assert scene.client.post("/log/cosignatures", content=text.encode()).status_code == 200
        assert owner.execute(count).fetchone() == before


def test_a_month_is_dropped_when_its_time_is_over_and_the_log_stays_sound(database: Database, tmp_path: Path) -> None:
    scene = Scene(database, tmp_path, None, [])  # type: ignore[arg-type]  # nothing is fetched
    with database.connect() as owner:
        for table in ("disclosure", "posting"):
            owner.execute(
                f"create table audit_month.{table}_2001_09 partition of audit.{table} "
                "for values from ('2001-09-01Z') to ('2001-10-01Z')"
            )
            owner.execute(f"alter table audit_month.{table}_2001_09 owner to hub_owner")
    old = 1_000_000_000_000  # 9 September 2001
    write_all(database, 300, milliseconds=old)
    write_all(database, 20)
    with reading(database) as log:
        with pytest.raises(LogError) as refusal:
            expire(log, database.owner, COUNTY, 3, dry_run=False)
        assert refusal.value.code == "LOG_MONTH_UNSOUND"
        scene.sequence(scene.signer())
        assert [entries for _, entries in expire(log, database.owner, COUNTY, 3, dry_run=True)] == [300]
        assert [entries for _, entries in expire(log, database.owner, COUNTY, 3, dry_run=False)] == [300]
        assert expire(log, database.owner, COUNTY, 3, dry_run=False) == []
        found = verify(log, COUNTY, Trusted(known_keys(tmp_path / "keys").known), StepTimes())
        assert (found.first, found.expired, found.size) == ({}, 300, 320)
        write_all(database, 3)
        scene.sequence(scene.signer())
        scene_size = log_standing(log, COUNTY).signed_size
        assert scene_size == 323
        with database.connect() as owner:
            owner.execute("update audit.expired_month set entries = 299")
        found = verify(log, COUNTY, Trusted(known_keys(tmp_path / "keys").known), StepTimes())
        assert set(found.first) == {"MONTH_WRONG"}


WORKER = """
import sys
from pathlib import Path
from hub.audit.checkpoints import Signer
from hub.audit.log_key import log_keys
from hub.audit.sequencer import sequence_once
from hub.audit.tree import open_log
origin, county = "relief-credit-hub/522301", "522301"
folder = Path(sys.argv[2])
connection = open_log(sys.argv[1], county)
signer = Signer(origin, log_keys(folder / "keys", origin), folder / "checkpoint")
print("ready", flush=True)
while True:
    sequence_once(connection, county, most=7)
    signer.sign_newest(connection, county)
"""


def test_a_worker_killed_anywhere_leaves_a_log_that_the_next_one_continues(database: Database, tmp_path: Path) -> None:
    scene = Scene(database, tmp_path, None, [])  # type: ignore[arg-type]  # nothing is fetched
    scene.signer()
    write_all(database, 900, at_once=100)
    for milliseconds in (20, 70, 150):
        worker = subprocess.Popen(
            [sys.executable, "-c", WORKER, database.conninfo(DatabaseRole.AUDIT), str(tmp_path)],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": "."},
        )
        assert worker.stdout is not None
        assert worker.stdout.readline() == b"ready\n"
        time.sleep(milliseconds / 1000)
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        worker.stdout.close()
    scene.sequence(scene.signer())
    remembered = parse_checkpoint(parse_note((tmp_path / "checkpoint").read_text()))
    with reading(database) as log:
        found = verify(log, COUNTY, Trusted(known_keys(tmp_path / "keys").known, remembered=remembered), StepTimes())
    assert (found.first, found.size, found.waiting) == ({}, 900, 0)


def test_a_working_hub_s_sequencer_signs_and_ends_when_it_is_told_to(database: Database, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, log_checkpoint_seconds=1)
    server = DatabaseServer(database.owner, database.roles)
    write_all(database, 40)
    said: list[str] = []

    async def work() -> None:
        working = asyncio.create_task(sequence_always(settings, server, said.append))
        for _ in range(200):
            await asyncio.sleep(0.05)
            if (tmp_path / "log" / "checkpoint").exists():
                break
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)

    asyncio.run(work())
    found = standing_of_log(settings, server)
    assert (found.size, found.signed_size, found.waiting, said) == (40, 40, None, [])
