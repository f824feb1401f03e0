from __future__ import annotations

import hashlib
import os
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from connectors.transport.folder import FileForm, FolderConnector
from hub.catalog.dataset import Agency
from hub.clock import now
from hub.errors import ContractError, SourceError
from hub.sync.connector import Delivery
from hub.sync.handover import Due
from tests.connectors import sheets
from tests.connectors.test_delimited import HEADER, RENEWAL

FORMS = (
    FileForm("贴息_*.xlsx", (sheets.SUBSIDY,)),
    FileForm("续贷_*.csv", (RENEWAL,)),
)
BOTH = Due(Agency.FINANCE, ("renewal", "subsidy_payment"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number in (2, 1):
        sheets.write(tmp_path / f"贴息_{number}.xlsx", {"表": [sheets.row(number)]})
    (tmp_path / "续贷_1.csv").write_text(f"{HEADER}\nL1,L0,20200708,5,\n", encoding="utf-8")
    (tmp_path / "说明.txt").write_text("", encoding="utf-8")
    return tmp_path


def deliveries(folder: Path, due: Due = BOTH, settle_seconds: float = 0.0) -> list[Delivery]:
    return list(FolderConnector(Agency.FINANCE, folder, FORMS, settle_seconds).deliveries(due))


def refusal(folder: Path) -> SourceError:
    with pytest.raises(SourceError) as refused:
        deliveries(folder)
    return refused.value


def test_files_come_in_the_order_of_the_catalogue_and_their_names(folder: Path) -> None:
    assert [found.name for found in deliveries(folder)] == ["续贷_1.csv", "贴息_1.xlsx", "贴息_2.xlsx"]


def test_only_what_is_due_is_looked_at(folder: Path) -> None:
    (folder / "贴息_3.xlsx").write_bytes(b"")
    assert [found.name for found in deliveries(folder, Due(Agency.FINANCE, ("renewal",)))] == ["续贷_1.csv"]


def test_the_digest_is_that_of_the_bytes(folder: Path) -> None:
    delivery = deliveries(folder)[0]
    assert delivery.digest == ""
    list(delivery.batches())
    assert delivery.digest == hashlib.sha256((folder / "续贷_1.csv").read_bytes()).hexdigest()


@pytest.mark.parametrize(
    ("name", "content"),
    [("贴息_3.xlsx", b""), ("~$贴息_1.xlsx", b"x"), ("贴息_3.xlsx.part", b"x"), ("续贷_2.csv.tmp", b"x")],
)
def test_an_unfinished_file_is_refused_by_name(folder: Path, name: str, content: bytes) -> None:
    (folder / name).write_bytes(content)
    error = refusal(folder)
    assert error.code == "SOURCE_FILE_UNFINISHED"
    assert name.removeprefix("~$").removesuffix(".part").removesuffix(".tmp") in error.message


def test_a_file_that_grows_is_refused(folder: Path) -> None:
    growing = folder / "续贷_1.csv"

    def grow() -> None:
        for _ in range(20):
            with growing.open("a", encoding="utf-8") as file:
                file.write("L1,L0,20200708,5,\n")
            time.sleep(0.02)

    writer = threading.Thread(target=grow)
    writer.start()
    try:
        with pytest.raises(SourceError, match=r"续贷_1\.csv is still being written"):
            deliveries(folder, settle_seconds=0.2)
    finally:
        writer.join()


def test_only_a_young_file_is_waited_for(folder: Path) -> None:
    """A copy over a network may stand still for longer than a moment; an old file holds no run up."""
    begun = now()
    due = replace(BOTH, moment=begun)

    def look(settle_seconds: float) -> list[Delivery]:
        return list(FolderConnector(Agency.FINANCE, folder, FORMS, settle_seconds).deliveries(due))

    for path in folder.iterdir():
        os.utime(path, (begun.timestamp() - 100,) * 2)
    started = time.perf_counter()
    assert len(look(90)) == 3
    assert time.perf_counter() - started < 60
    os.utime(folder / "续贷_1.csv", (begun.timestamp(),) * 2)
    writer = threading.Timer(0.6, lambda: (folder / "续贷_1.csv").write_text(HEADER, encoding="utf-8"))
    writer.start()
    try:
        with pytest.raises(SourceError, match=r"续贷_1\.csv is still being written"):
            look(2.0)
    finally:
        writer.join()


def test_a_file_whose_ending_is_in_capitals_is_not_left_out(folder: Path) -> None:
    (folder / "贴息_2.xlsx").rename(folder / "贴息_2.XLSX")
    assert [found.name for found in deliveries(folder)] == ["续贷_1.csv", "贴息_1.xlsx", "贴息_2.XLSX"]
    assert sum(batch.rows.height for found in deliveries(folder)[1:] for batch in found.batches()) == 2


def test_a_file_replaced_while_it_is_read_is_refused(folder: Path) -> None:
    def slowly() -> Iterator[object]:
        for batch in deliveries(folder)[0].batches():
            (folder / "续贷_1.csv").write_text(f"{HEADER}\nL1,L0,20200708,50000,\n", encoding="utf-8")
            yield batch

    with pytest.raises(SourceError, match="changed while it was read"):
        list(slowly())


def test_a_missing_file_or_folder_is_refused(folder: Path) -> None:
    (folder / "续贷_1.csv").unlink()
    assert refusal(folder).code == "SOURCE_FILE_MISSING"
    assert refusal(folder / "nowhere").code == "SOURCE_FOLDER_UNREADABLE"


def test_a_form_may_name_its_sheets(tmp_path: Path) -> None:
    sheets.write(tmp_path / "贴息_1.xlsx", {"明细甲": [sheets.row(1)], "封面": []})
    named = (FileForm("贴息_*.xlsx", (sheets.SUBSIDY,), sheets="明细*"),)
    connector = FolderConnector(Agency.FINANCE, tmp_path, named, 0.0)
    batches = [batch for found in connector.deliveries(BOTH) for batch in found.batches()]
    assert [batch.part.sheet for batch in batches] == ["明细甲"]
    absent = (FileForm("贴息_*.xlsx", (sheets.SUBSIDY,), sheets="汇总"),)
    with pytest.raises(SourceError, match="no visible sheet named like 汇总"):
        [list(found.batches()) for found in FolderConnector(Agency.FINANCE, tmp_path, absent, 0.0).deliveries(BOTH)]


def test_a_csv_with_an_ending_of_a_workbook_is_not_guessed_at(tmp_path: Path) -> None:
    (tmp_path / "贴息_1.xlsx").write_text("序号,凭证号\n1,2\n", encoding="utf-8")
    with pytest.raises((SourceError, ContractError)):
        [list(found.batches()) for found in deliveries(tmp_path, Due(Agency.FINANCE, ("subsidy_payment",)))]
