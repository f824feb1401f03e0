"""Nobody in the demo can be real, and every number is well formed."""

import polars as pl

from demo.identity import credit_code, is_identity_number
from demo.places import TOWNSHIP_NAMES, VILLAGE_CODES, VILLAGE_NAMES
from tests.demo.sources import Sources

# GB/T 2260: provinces, regions and cities that have or had a code; 71, 81 to 83 and 9x serve other documents.
ASSIGNED = {
    *(
        str(code)
        for first, last in ((11, 15), (21, 23), (31, 37), (41, 46), (50, 54), (61, 65))
        for code in range(first, last + 1)
    ),
    *("71", "81", "82", "83"),
}


def test_identity_numbers_are_well_formed_and_of_no_province(either: Sources) -> None:
    numbers = either.persons["identity"].to_list()
    assert all(is_identity_number(number) for number in numbers)
    areas = {number[:2] for number in numbers}
    assert areas.isdisjoint(ASSIGNED)
    assert not {area for area in areas if area.startswith("9")}


def test_the_check_sees_a_wrong_digit() -> None:
    # The worked example of GB 11643-1999.
    assert is_identity_number("11010519491231002X")
    assert not is_identity_number("110105194912310021")
    assert not is_identity_number("11010519491231002")


def test_birthday_and_sex_agree_with_the_identity_number(either: Sources) -> None:
    rows = either.raw("relief", "households-by-person").select("性别", "出生日期")
    rows = rows.with_columns(identity=either.persons["identity"])
    assert rows.select((pl.col("identity").str.slice(6, 8) == pl.col("出生日期")).all()).item()
    odd = pl.col("identity").str.slice(16, 1).cast(pl.Int64) % 2 == 1
    assert rows.select((odd == (pl.col("性别") == "男")).all()).item()


def test_no_good_identity_number_looks_cut(either: Sources) -> None:
    assert not either.persons["identity"].str.ends_with("000").any()


def test_telephones_and_cards_are_of_no_range_in_use(either: Sources) -> None:
    rows = either.raw("relief", "households-by-person")
    phones = pl.concat([rows["户联系电话"], rows["联系电话"].filter(rows["联系电话"] != "")])
    phones = pl.concat([phones, either.raw("relief", "officer-assignments")["联系电话"]])
    assert phones.str.contains(r"^128\d{8}$").all()
    cards = pl.concat([either.loans["card"], either.repayments["payer"], either.subsidies["card"]])
    assert cards.str.contains(r"^9905223\d{12}$").all()


def test_credit_codes_carry_both_check_characters(either: Sources) -> None:
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    codes = either.raw("relief", "enterprises")["统一社会信用代码"].to_list()
    assert len(codes) == len(set(codes)) == 92
    for code in codes:
        weighted = sum(alphabet.index(c) * pow(3, place, 31) for place, c in enumerate(code[:17]))
        assert alphabet[(31 - weighted % 31) % 31] == code[17]
        assert code[2:4] == "57"
    assert credit_code(3, cooperative=True).startswith("93")


def test_main_labourers_borrow_and_heads_lead(clean: Sources) -> None:
    assert clean.placed["main"].all()
    sizes = clean.persons.group_by("household").agg(pl.len(), pl.col("size").first())
    assert sizes.select((pl.col("len") == pl.col("size")).all()).item()


def test_regions_form_a_tree(either: Sources) -> None:
    rows = either.raw("relief", "regions")
    codes = set(rows["区划代码"])
    assert len(codes) == rows.height == 1 + len(TOWNSHIP_NAMES) + len(VILLAGE_CODES)
    assert set(rows["上级区划代码"].drop_nulls()) <= codes
    assert len(set(VILLAGE_NAMES)) == len(VILLAGE_NAMES)
    assert set(either.persons["village"]) <= set(VILLAGE_CODES)
