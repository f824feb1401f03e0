from __future__ import annotations

import gc
import hashlib
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from connectors.transport.folder import FileForm, FolderConnector
from connectors.transport.sftp import SftpConnector
from hub.catalog.dataset import Agency
from hub.errors import HubError
from hub.sync.connector import Delivery
from hub.sync.handover import Due
from tests.connectors import sheets
from tests.connectors.sftp_server import PASSWORD, Dropbox, serving
from tests.connectors.test_delimited import HEADER, RENEWAL

FORMS = (
    FileForm("贴息_*.xlsx", (sheets.SUBSIDY,), archive="贴息_*.zip"),
    FileForm("续贷_*.csv", (RENEWAL,)),
)
DUE = Due(Agency.FINANCE, ("renewal", "subsidy_payment"))
RENEWALS = Due(Agency.FINANCE, ("renewal",))
# Several hundred kilobytes, so that a transfer can break in its middle.
LINES = "".join(f"L{number},L0,20200708,{number},{'种养' * 10}\n" for number in range(6000))


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Dropbox]:
    (tmp_path / "下发").mkdir()
    with serving(tmp_path) as running:
        yield running


@pytest.fixture
def drop(box: Dropbox) -> Path:
    folder = box.folder / "下发"
    (folder / "续贷_1.csv").write_text(f"{HEADER}\n{LINES}", encoding="utf-8")
    return folder


def connector(box: Dropbox, **changes: object) -> SftpConnector:
    return SftpConnector(Agency.FINANCE, box.server(**changes), FORMS)


def read(found: Iterator[Delivery]) -> dict[str, tuple[str, pl.DataFrame]]:
    rows = {delivery.name: (delivery, pl.concat(batch.rows for batch in delivery.batches())) for delivery in found}
    return {name: (delivery.digest, frame) for name, (delivery, frame) in rows.items()}


def refused(box: Dropbox, **changes: object) -> HubError:
    with pytest.raises(HubError) as refusal:
        read(connector(box, **changes).deliveries(RENEWALS))
    assert PASSWORD not in str(refusal.value)
    assert "127.0.0.1" not in str(refusal.value)
    assert refusal.value.__cause__ is None
    return refusal.value


def test_the_same_forms_read_the_same_from_a_server_as_from_a_folder(box: Dropbox, drop: Path) -> None:
    sheets.write(drop / "贴息_1.xlsx", {"表": [sheets.row(1)]})
    with zipfile.ZipFile(drop / "贴息_2.zip", "w") as archive:
        archive.write(sheets.write(box.folder / "贴息_2.xlsx", {"表": [sheets.row(2)]}), "二季度/贴息_2.xlsx")
    here = read(FolderConnector(Agency.FINANCE, drop, FORMS, 0.0).deliveries(DUE))
    there = read(connector(box).deliveries(DUE))
    assert list(there) == list(here) == ["续贷_1.csv", "贴息_1.xlsx", "贴息_2.zip/二季度/贴息_2.xlsx"]
    for name, (digest, rows) in here.items():
        assert there[name][0] == digest
        assert there[name][1].equals(rows)


def test_a_key_of_its_own_logs_in_without_a_password(box: Dropbox, drop: Path) -> None:
    key = box.folder / "key"
    box.user_key.write_private_key(str(key))
    assert list(read(connector(box, private_key=key, password="").deliveries(RENEWALS))) == ["续贷_1.csv"]
    assert refused(box, private_key=box.folder / "nowhere").code == "SETTING_SOURCE_KEY"


def test_a_server_with_another_key_is_refused_before_anything_is_said(box: Dropbox, drop: Path) -> None:
    assert refused(box, host_keys=("SHA256:" + "A" * 43,)).code == "SOURCE_HOST_KEY"
    assert refused(box, host_keys=()).code == "SOURCE_HOST_KEY"
    assert box.logins == 0
    wrong_and_right = ("SHA256:" + "A" * 43, box.host_key.get_fingerprint())
    assert read(connector(box, host_keys=wrong_and_right).deliveries(RENEWALS))


def test_a_wrong_password_is_refused_once(box: Dropbox, drop: Path) -> None:
    assert refused(box, password="another").code == "SOURCE_LOGIN_REFUSED"
    assert box.logins == 1


def test_a_transfer_that_breaks_goes_on_where_it_broke(box: Dropbox, drop: Path) -> None:
    content = (drop / "续贷_1.csv").read_bytes()
    box.break_after, box.breaks = 200_000, 2
    ((digest, rows),) = read(connector(box).deliveries(RENEWALS)).values()
    assert box.breaks == 0, "both breaks were met"
    assert digest == hashlib.sha256(content).hexdigest()
    assert rows.height == 6000
    assert min(box.reads[-3:]) > 0
    assert len([offset for offset in box.reads if offset == 0]) == 1, "the beginning was fetched once"


def test_a_list_that_breaks_off_is_asked_for_again(box: Dropbox, drop: Path) -> None:
    box.list_breaks = 2
    assert list(read(connector(box).deliveries(RENEWALS))) == ["续贷_1.csv"]
    assert box.list_breaks == 0, "both breaks were met"
    box.list_breaks = 1000
    assert refused(box).code == "SOURCE_UNREACHABLE", "it is not the folder's fault"


def test_a_file_the_account_may_not_read_is_refused_at_once_by_name(box: Dropbox, drop: Path) -> None:
    box.locked = ["续贷_1.csv"]
    error = refused(box)
    assert error.code == "SOURCE_FILE_UNREADABLE"
    assert "续贷_1.csv" in error.message
    assert box.logins == 2, "once to list, once to fetch"


@pytest.mark.parametrize("passphrase", [None, "geheim"])
def test_a_key_that_cannot_be_used_is_the_hubs_own_fault(box: Dropbox, drop: Path, passphrase: str | None) -> None:
    key = box.folder / "key"
    if passphrase:
        box.user_key.write_private_key(str(key), passphrase=passphrase)
    else:
        key.write_text("no key", encoding="ascii")
    assert refused(box, private_key=key, password="").code == "SETTING_SOURCE_KEY"
    assert box.logins == 0


def test_a_transfer_that_keeps_breaking_ends_the_run(box: Dropbox, drop: Path) -> None:
    box.break_after, box.breaks = 0, 1000
    error = refused(box)
    assert error.code == "SOURCE_UNREACHABLE"
    assert 1000 - box.breaks <= 10, "bounded"


def test_a_file_replaced_while_a_transfer_was_broken_is_not_patched_together(box: Dropbox, drop: Path) -> None:
    path = drop / "续贷_1.csv"

    def replace_once() -> None:
        if box.read >= 200_000:
            path.write_text(f"{HEADER}\n{LINES}L9,L0,20200708,1,\n", encoding="utf-8")

    box.on_read = replace_once
    box.break_after, box.breaks = 200_000, 1
    assert refused(box).code == "SOURCE_FILE_UNFINISHED"


def test_a_file_replaced_by_one_of_its_size_and_second_is_fetched_from_its_beginning(box: Dropbox, drop: Path) -> None:
    path = drop / "续贷_1.csv"
    seen = path.stat()
    other = path.read_bytes().replace("种".encode(), "养".encode())

    def replace_once() -> None:
        if box.read >= 200_000:
            path.write_bytes(other)
            os.utime(path, ns=(seen.st_atime_ns, seen.st_mtime_ns))

    box.on_read = replace_once
    box.break_after, box.breaks = 200_000, 1
    ((digest, _),) = read(connector(box).deliveries(RENEWALS)).values()
    assert digest == hashlib.sha256(other).hexdigest()


def test_a_file_that_grows_is_refused(box: Dropbox, drop: Path) -> None:
    def grow() -> None:
        with (drop / "续贷_1.csv").open("a", encoding="utf-8") as file:
            file.write("L9,L0,20200708,1,\n")

    box.on_read = grow
    error = refused(box)
    assert error.code == "SOURCE_FILE_UNFINISHED"
    assert "续贷_1.csv changed while it was fetched" in error.message


@pytest.mark.parametrize("name", ["续贷_2.csv.filepart", "~$续贷_1.csv"])
def test_an_unfinished_file_is_refused_by_name(box: Dropbox, drop: Path, name: str) -> None:
    (drop / name).write_bytes(b"x")
    assert refused(box).code == "SOURCE_FILE_UNFINISHED"


@pytest.mark.parametrize("name", ["续贷_/../../续贷_2.csv", "/srv/续贷_2.csv", "..\\续贷_2.csv"])
def test_a_name_that_leads_out_of_the_folder_is_refused_and_nothing_is_fetched(
    box: Dropbox, drop: Path, name: str
) -> None:
    box.invented = [name]
    assert refused(box).code == "SOURCE_NAME_UNSAFE"
    assert box.reads == []


def test_a_missing_file_or_folder_is_refused(box: Dropbox) -> None:
    assert refused(box).code == "SOURCE_FILE_MISSING"
    assert refused(box, folder="/nowhere").code == "SOURCE_FOLDER_UNREADABLE"


def test_a_server_that_is_down_is_named_without_its_address(box: Dropbox) -> None:
    assert refused(box, port=1).code == "SOURCE_UNREACHABLE"


def test_a_checksum_beside_the_file_is_held_against_it(box: Dropbox, drop: Path) -> None:
    digest = hashlib.sha256((drop / "续贷_1.csv").read_bytes()).hexdigest()
    (drop / "续贷_1.csv.sha256").write_text(f"{digest}  续贷_1.csv\n", encoding="utf-8")
    assert read(connector(box).deliveries(RENEWALS))
    (drop / "续贷_1.csv.sha256").write_text("0" * 64, encoding="utf-8")
    assert refused(box).code == "SOURCE_FILE_BROKEN"


def test_nothing_stays_behind(box: Dropbox, drop: Path) -> None:
    running = connector(box)
    spool = running._spool.path
    assert read(running.deliveries(RENEWALS))
    assert (spool.parent.stat().st_mode & 0o777) == 0o700
    del running
    gc.collect()
    assert not spool.exists()
