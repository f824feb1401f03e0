from __future__ import annotations

import stat
import struct
import zipfile
from pathlib import Path

import pytest

from connectors.reader import archive as archives
from connectors.transport.folder import FileForm, FolderConnector
from hub.catalog.dataset import Agency
from hub.errors import HubError
from hub.sync.handover import Due
from tests.connectors import sheets
from tests.connectors.test_delimited import HEADER, RENEWAL

FORMS = (FileForm("续贷_*.csv", (RENEWAL,), archive="续贷*.zip"), FileForm("贴息_*.xlsx", (sheets.SUBSIDY,)))
DUE = Due(Agency.FINANCE, ("renewal",))
LINE = f"{HEADER}\nL1,L0,20200708,5,\n".encode()


def names(folder: Path) -> dict[str, int]:
    found = FolderConnector(Agency.FINANCE, folder, FORMS, 0.0).deliveries(DUE)
    return {delivery.name: sum(batch.rows.height for batch in delivery.batches()) for delivery in found}


def refused(folder: Path) -> HubError:
    with pytest.raises(HubError) as refusal:
        names(folder)
    assert refusal.value.__cause__ is None
    return refusal.value


def pack(folder: Path, *entries: tuple[str | zipfile.ZipInfo, bytes], name: str = "续贷.zip") -> Path:
    with zipfile.ZipFile(folder / name, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry, data in entries:
            archive.writestr(entry, data, zipfile.ZIP_DEFLATED)
    return folder / name


def test_files_in_an_archive_are_deliveries_of_their_own_beside_bare_ones(tmp_path: Path) -> None:
    pack(tmp_path, ("2020/续贷_2.csv", LINE), ("续贷_1.csv", LINE), ("说明.txt", b"x"))
    (tmp_path / "续贷_3.csv").write_bytes(LINE)
    assert names(tmp_path) == {"续贷_3.csv": 1, "续贷.zip/2020/续贷_2.csv": 1, "续贷.zip/续贷_1.csv": 1}


def test_a_name_packed_by_a_chinese_windows_is_read(tmp_path: Path) -> None:
    path = pack(tmp_path, ("XXXX_1.csv", LINE))
    path.write_bytes(path.read_bytes().replace(b"XXXX", "续贷".encode("gb18030")))
    assert names(tmp_path) == {"续贷.zip/续贷_1.csv": 1}


@pytest.mark.parametrize(
    "name",
    ["../续贷_1.csv", "/etc/续贷_1.csv", "a/../../续贷_1.csv", "..\\续贷_1.csv", "C:\\续贷_1.csv", "续贷_1\n.csv"],
)
def test_a_name_that_leads_out_of_the_archive_refuses_it(tmp_path: Path, name: str) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    pack(inner, ("续贷_0.csv", LINE), (name, LINE))
    assert refused(inner).code == "SOURCE_ARCHIVE_UNSAFE"
    assert [path.name for path in tmp_path.rglob("*.csv")] == []


def test_a_link_refuses_the_archive(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("续贷_1.csv")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    pack(tmp_path, (link, b"/etc/passwd"))
    assert refused(tmp_path).code == "SOURCE_ARCHIVE_UNSAFE"


def test_an_archive_that_says_it_is_too_large_is_refused_unread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack(tmp_path, ("续贷_1.csv", LINE + b"0" * 10_000_000))
    assert (tmp_path / "续贷.zip").stat().st_size < 20_000
    monkeypatch.setattr(archives, "MOST_UNPACKED_BYTES", 5_000_000)
    assert refused(tmp_path).code == "SOURCE_FILE_TOO_LARGE"
    monkeypatch.undo()
    monkeypatch.setattr(archives, "MOST_MEMBERS", 0)
    assert refused(tmp_path).code == "SOURCE_FILE_TOO_LARGE"


def shrink_stated_size(path: Path, to: int) -> None:
    """Make the archive say that its only file is smaller than what it unpacks to."""
    content = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        place = content.find(signature) + offset
        content[place : place + 4] = struct.pack("<I", to)
    path.write_bytes(content)


def test_an_archive_that_lies_about_its_size_is_refused_after_one_byte_too_many(tmp_path: Path) -> None:
    path = pack(tmp_path, ("续贷_1.csv", LINE + b"L1,L0,20200708,5,\n" * 500_000))
    shrink_stated_size(path, len(LINE))
    assert refused(tmp_path).code == "SOURCE_FILE_BROKEN"


@pytest.mark.parametrize("keep", [0.2, 0.9])
def test_half_an_archive_is_refused(tmp_path: Path, keep: float) -> None:
    path = pack(tmp_path, ("续贷_1.csv", LINE * 100))
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * keep)])
    assert refused(tmp_path).code == "SOURCE_FILE_BROKEN"


def test_a_locked_archive_is_refused_by_name(tmp_path: Path) -> None:
    path = pack(tmp_path, ("续贷_1.csv", LINE))
    content = bytearray(path.read_bytes())
    content[content.find(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    assert refused(tmp_path).code == "SOURCE_FILE_LOCKED"


def test_an_archive_that_holds_none_of_the_files_is_a_missing_file(tmp_path: Path) -> None:
    pack(tmp_path, ("别的.csv", LINE))
    assert refused(tmp_path).code == "SOURCE_FILE_MISSING"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no disk that is always full")
def test_a_full_disk_is_not_held_against_the_archive(tmp_path: Path) -> None:
    path = pack(tmp_path, ("续贷_1.csv", LINE))
    with pytest.raises(HubError) as refusal:
        archives.unpack(path, archives.members(path)[0], Path("/dev/full"))
    assert refusal.value.code == "SOURCE_NO_ROOM"
