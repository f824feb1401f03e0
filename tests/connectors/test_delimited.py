from __future__ import annotations

import codecs
from pathlib import Path

import polars as pl
import pytest

from connectors.mapping import Mapping, take
from connectors.transport.folder import FileDelivery, FileForm
from hub.errors import ContractError, HubError, SourceError
from hub.sync.handover import ROW, Unit

RENEWAL = Mapping(
    "renewal",
    (
        take("loan_id", "借据号"),
        take("previous_loan_id", "上笔借据号"),
        take("renewed_on", "续贷日期"),
        take("amount", "续贷金额"),
        take("reason", "续贷原因"),
    ),
)
HEADER = "借据号,上笔借据号,续贷日期,续贷金额(元),续贷原因"
FORM = FileForm("*", (RENEWAL,))


def read(path: Path, form: FileForm = FORM) -> pl.DataFrame:
    return pl.concat(batch.rows for batch in FileDelivery(path, form, form.mappings).batches())


def refused(path: Path, form: FileForm = FORM) -> HubError:
    with pytest.raises(HubError) as refusal:
        read(path, form)
    return refusal.value


def drop(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "续贷.csv"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_every_usual_encoding_gives_the_same_text(tmp_path: Path, encoding: str, end: str) -> None:
    path = drop(
        tmp_path, end.join([HEADER, "L1,L0,2020.7.8,5000000000.01,㛃䶮𠮷億·阿卜", "L2,L1,20200708,,"]), encoding
    )
    rows = read(path)
    assert rows.columns[1:] == HEADER.split(",")
    assert rows.row(0) == (2, "L1", "L0", "2020.7.8", "5000000000.01", "㛃䶮𠮷億·阿卜")
    assert rows.row(1) == (3, "L2", "L1", "20200708", None, None)


def test_three_chinese_headings_stay_three_columns(tmp_path: Path) -> None:
    assert read(drop(tmp_path, f"{HEADER}\n1,2,3,4,5\n")).row(0) == (2, "1", "2", "3", "4", "5")


def test_quotes_may_hold_separators_and_line_ends(tmp_path: Path) -> None:
    rows = read(drop(tmp_path, f'{HEADER}\nL1,L0,20200708,"50,000.00","种植,\n养殖"\nL2,L1,20200708,1,"引""号"\n'))
    assert rows["续贷金额(元)"].to_list() == ["50,000.00", "1"]
    assert rows["续贷原因"].to_list() == ["种植,\n养殖", '引"号']
    assert rows[ROW].to_list() == [2, 3]


def test_bars_need_no_quotes_and_two_byte_characters_may_hold_one(tmp_path: Path) -> None:
    form = FileForm("*", (RENEWAL,), separator="|", quoted=False)
    text = HEADER.replace(",", "|") + '\nL1|L0|20200708|5|億"元\n'
    assert b"|" in "億".encode("gb18030")
    assert read(drop(tmp_path, text, "gb18030"), form).row(0) == (2, "L1", "L0", "20200708", "5", '億"元')


def test_a_file_without_header_has_its_headings_declared(tmp_path: Path) -> None:
    form = FileForm("*", (RENEWAL,), separator="|", quoted=False, headings=tuple(HEADER.split(",")))
    assert read(drop(tmp_path, "L1|L0|20200708|5|\nL2|L1|20200708|5|\n"), form)[ROW].to_list() == [1, 2]


def test_titles_blank_lines_and_totals_are_not_data(tmp_path: Path) -> None:
    path = drop(tmp_path, f"续贷登记簿\n单位：元\n{HEADER}\nL1,L0,20200708,5,\n,,,,\n\nL2,L1,20200708,6,\n合计,,,11,\n")
    batches = list(FileDelivery(path, FORM, FORM.mappings).batches())
    assert batches[0].rows[ROW].to_list() == [4, 7]
    assert batches[0].control_totals == {"续贷金额(元)": "11"}
    assert batches[0].part.columns[3].unit is Unit.YUAN


@pytest.mark.parametrize("blank", ["", "\n", "\r\n\r\n\r\n"])
def test_blank_lines_below_the_header_are_no_torn_rows(tmp_path: Path, blank: str) -> None:
    assert read(drop(tmp_path, f"{HEADER}\n{blank}")).height == 0
    rows = read(drop(tmp_path, f"{HEADER}\n{blank}L1,L0,20200708,5,\n"))
    assert rows[ROW].to_list() == [2 + blank.count("\n")], "rows are counted as the user sees them"


@pytest.mark.parametrize("filler", [0, 9 << 20], ids=["first block", "second block"])
def test_a_bad_byte_refuses_the_file_and_names_its_place(tmp_path: Path, filler: int) -> None:
    path = tmp_path / "续贷.csv"
    line = f"L1,L0,20200708,5,{'种' * 30}\n".encode()
    before = f"{HEADER}\n".encode() + line * (1 + filler // len(line))
    path.write_bytes(before + "秘密,".encode()[:4] + b"\xff\xff\n" + line)
    error = refused(path)
    assert (type(error), error.code) == (SourceError, "SOURCE_ENCODING")
    assert f"line {before.count(10) + 1}, byte {len(before) + 4 - 1} " in error.message
    assert error.__cause__ is None
    assert "秘" not in str(error)


def test_a_file_marked_as_utf_8_must_be_it(tmp_path: Path) -> None:
    path = tmp_path / "续贷.csv"
    path.write_bytes(codecs.BOM_UTF8 + f"{HEADER}\n".encode() + "种植".encode("gb18030"))
    assert refused(path).code == "SOURCE_ENCODING"


def test_utf_16_is_refused_with_advice(tmp_path: Path) -> None:
    assert "CSV" in refused(drop(tmp_path, f"{HEADER}\n", "utf-16")).hint


@pytest.mark.parametrize("torn", ["L2,L1,2020", "L2,L1,20200708,5,原因,多", 'L2,L1,20200708,5,"没有完'])
def test_a_torn_line_refuses_the_file(tmp_path: Path, torn: str) -> None:
    error = refused(drop(tmp_path, f"{HEADER}\nL1,L0,20200708,5,\n{torn}"))
    assert (type(error), error.code) == (ContractError, "SOURCE_ROW_TORN")
    assert "没有完" not in str(error)


def test_one_short_and_one_long_line_do_not_even_out(tmp_path: Path) -> None:
    lines = ["L1,L0,20200708,5", "L2,L1,20200708,5,原因,多"]
    assert refused(drop(tmp_path, "\n".join([HEADER, *lines]))).code == "SOURCE_ROW_TORN"


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
@pytest.mark.parametrize("quoted", [False, True])
def test_blocks_join_without_a_seam(tmp_path: Path, encoding: str, *, quoted: bool) -> None:
    count = 200_000
    reason = '"种,{}植"' if quoted else "种{}植"
    lines = (f"L{number},L0,20200708,{number}.01,{reason.format('养殖' * (number % 7))}" for number in range(count))
    rows = read(drop(tmp_path, "\n".join([HEADER, *lines]), encoding))
    assert rows[ROW].to_list() == list(range(2, count + 2))
    assert rows["借据号"].to_list() == [f"L{number}" for number in range(count)]
    assert rows["续贷金额(元)"].cast(pl.Decimal(12, 2)).sum() * 100 == sum(number * 100 + 1 for number in range(count))
