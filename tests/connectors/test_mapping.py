from __future__ import annotations

import polars as pl
import pytest

from connectors.heading import fold, of_names, unit_in, unit_line
from connectors.mapping import Mapping, Only, take
from hub.errors import CatalogueError, ContractError
from hub.sync.handover import ROW, Unit

RECOVERY = Mapping(
    "recovery",
    (
        take("recovery_id", "追回流水号"),
        take("loan_id", "贷款账号", "贷款帐号"),
        take("recovered_on", "追回日期"),
        take("amount", "追回金额"),
        take("case_id", "案件编号", optional=True),
    ),
    ignored=("备注",),
)
GOOD = ["序号", "追回流水号", "贷款帐号", "追回 日期", "追回金额（万元）"]


def test_headings_match_by_any_declared_spelling_in_any_order() -> None:
    part = RECOVERY.fit(of_names(reversed(GOOD)), "表").part
    assert {column.field: column.heading for column in part.columns} == {
        "recovery_id": "追回流水号",
        "loan_id": "贷款帐号",
        "recovered_on": "追回 日期",
        "amount": "追回金额（万元）",
    }


def test_the_unit_a_heading_states_counts_before_the_declared_one() -> None:
    declared = Mapping("recovery", (*RECOVERY.fields[:3], take("amount", "追回金额", unit=Unit.YUAN)))
    for mapping, name, unit in [
        (RECOVERY, "追回金额(万元)", Unit.TEN_THOUSAND_YUAN),
        (declared, "追回金额(万元)", Unit.TEN_THOUSAND_YUAN),
        (declared, "追回金额", Unit.YUAN),
    ]:
        columns = mapping.fit(of_names([*GOOD[:4], name]), "表").part.columns
        assert {column.field: column.unit for column in columns}["amount"] is unit


@pytest.mark.parametrize(
    ("name", "code"), [("追回金额", "SOURCE_UNIT_MISSING"), ("追回金额(千元)", "SOURCE_UNIT_UNKNOWN")]
)
def test_an_amount_is_never_read_in_a_guessed_unit(name: str, code: str) -> None:
    with pytest.raises(ContractError) as refusal:
        RECOVERY.fit(of_names([*GOOD[:4], name]), "表")
    assert refusal.value.code == code


def test_missing_headings_are_all_named_with_the_nearest_ones() -> None:
    with pytest.raises(ContractError) as refusal:
        RECOVERY.fit(of_names(["追回流水", "贷款帐号", "追回金额(元)"]), "追回.xlsx")
    assert refusal.value.code == "SOURCE_HEADING_MISSING"
    assert "追回.xlsx" in refusal.value.message
    assert "追回流水号, 追回日期" in refusal.value.message
    assert "for 追回流水号 the nearest are 追回流水" in refusal.value.hint


def test_two_columns_for_one_field_are_refused() -> None:
    with pytest.raises(ContractError) as refusal:
        RECOVERY.fit(of_names([*GOOD, "贷款账号"]), "表")
    assert refusal.value.code == "SOURCE_HEADING_AMBIGUOUS"
    assert "贷款账号" in refusal.value.message


def test_an_exact_heading_goes_before_one_that_differs_in_its_unit() -> None:
    columns = RECOVERY.fit(of_names([*GOOD[:4], "追回金额(元)", "追回金额（元/户）"]), "表").part.columns
    assert columns[3].heading == "追回金额(元)"


def test_codes_of_the_catalogue_are_understood_and_own_words_added() -> None:
    mapping = Mapping(
        "repayment",
        (
            take("repayment_id", "流水"),
            take("loan_id", "借据号"),
            take("paid_on", "日期"),
            take("principal", "本金", unit=Unit.YUAN),
            take("penalty", "罚息", unit=Unit.YUAN),
            take("origin", "来源", codes={"追回": "RECOVERY"}),
        ),
    )
    codes = mapping.fit(of_names(["流水", "借据号", "日期", "本金", "罚息", "来源"]), "表").part.columns[-1].codes
    assert (codes["农户"], codes["HOUSEHOLD"], codes["追回"]) == ("HOUSEHOLD", "HOUSEHOLD", "RECOVERY")


def test_constants_stand_in_every_row() -> None:
    mapping = Mapping("recovery", RECOVERY.fields[:4], constants={"case_id": "无"})
    fitted = mapping.fit(of_names(GOOD), "表")
    frame = pl.DataFrame({ROW: [1, 2]} | {name: ["a", "b"] for name in GOOD})
    column = fitted.part.columns[-1]
    assert column.field == "case_id"
    assert fitted.rows(frame)[column.heading].to_list() == ["无", "无"]


def test_a_source_of_finer_grain_gives_each_row_once() -> None:
    mapping = Mapping("recovery", RECOVERY.fields[:4], only=Only("序号", ("户主",)), once=True)
    fitted = mapping.fit(of_names(GOOD), "表")
    head = ["户主", "1", "L1", "20200101", "5"]
    batches = [
        pl.DataFrame([[1, *head], [2, "配偶", *head[1:]]], [ROW, *GOOD], orient="row"),
        pl.DataFrame([[3, *head], [4, "户主 ", "1", "L1", "20200101", "6"]], [ROW, *GOOD], orient="row"),
    ]
    # A row that differs in anything taken is not the same row: the contract has to see both.
    assert [fitted.rows(batch)[ROW].to_list() for batch in batches] == [[1], [4]]


def test_a_mapping_that_contradicts_the_catalogue_cannot_be_declared() -> None:
    with pytest.raises(CatalogueError, match="needs recovered_on, amount"):
        Mapping("recovery", RECOVERY.fields[:2])
    with pytest.raises(CatalogueError, match="no field 'colour'"):
        Mapping("recovery", (*RECOVERY.fields, take("colour", "颜色")))


def test_headings_are_folded() -> None:
    assert fold("贷款余额 （元）\n") == fold("贷款余额(元)") == fold("\u200b贷款余额【元】")
    assert unit_in("本金（人民币万元）") == "人民币万元"
    assert unit_in("务工时间(月)") == ""
    assert unit_line("填报单位:财政局    单位：万元、户") == ""
    assert unit_line("单位:万元") == "万元"
