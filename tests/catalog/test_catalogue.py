from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from hub.catalog.dataset import Check, Dataset, Link, Placement, Through
from hub.catalog.field import Code, Field, FieldType, Mask, Sensitivity
from hub.catalog.reference import reference_page
from hub.catalog.registry import Catalogue, columns_of
from hub.errors import CatalogueError
from schema import CATALOGUE
from schema.ledger import LEDGER

PAGE = Path(__file__).parents[2] / "docs/reference/catalogue.md"
REGION = CATALOGUE["region"]


def test_the_reference_page_is_what_the_catalogue_prints() -> None:
    assert PAGE.read_text("utf-8") == reference_page(CATALOGUE, LEDGER), "run: hub schema reference > " + str(PAGE.name)


def test_every_item_is_described_in_both_languages() -> None:
    for dataset in CATALOGUE:
        described: list[Dataset | Field] = [dataset, *dataset.fields]
        for item in described:
            assert item.en
            assert item.about.endswith((".", ")"))
            assert any("\u4e00" <= character <= "\u9fff" for character in item.zh + item.about_zh), item.name


def test_what_identifies_a_person_is_masked() -> None:
    wanted = {
        FieldType.IDENTITY_NUMBER: Mask.IDENTITY_NUMBER,
        FieldType.PHONE: Mask.PHONE,
        FieldType.ACCOUNT: Mask.ACCOUNT,
    }
    for dataset in CATALOGUE:
        for item in dataset.fields:
            assert item.mask is wanted.get(item.type, item.mask), f"{dataset.name}.{item.name}"
            if item.mask:
                assert item.sensitivity >= Sensitivity.PERSONAL


def test_datasets_stand_after_those_they_are_placed_through() -> None:
    seen: set[str] = set()
    for dataset in CATALOGUE:
        assert {step.dataset for step in dataset.placement.through} <= seen
        seen.add(dataset.name)


def test_a_relation_can_be_followed_both_ways() -> None:
    for dataset in CATALOGUE:
        for link in dataset.links:
            back = [item for item in CATALOGUE.relations(link.target) if item.name == link.inverse]
            assert [(item.target, item.many) for item in back] == [(dataset.name, not link.inverse_one)]
            assert {ours for ours, _ in back[0].pairs} <= set(columns_of(CATALOGUE[link.target]))


EXTRA = Field("extra", FieldType.TEXT, "另", "Extra", "x.", "x。")


@pytest.mark.parametrize(
    "changed",
    [
        replace(REGION, name="Region"),
        replace(REGION, fields=(*REGION.fields, REGION.fields[0])),
        replace(REGION, fields=(*REGION.fields, replace(EXTRA, name="county"))),
        replace(REGION, fields=(*REGION.fields, replace(EXTRA, type=FieldType.CODE))),
        replace(REGION, fields=(*REGION.fields, replace(EXTRA, codes={"A": Code("a", "甲")}))),
        replace(REGION, key=("parent_code",)),
        replace(REGION, links=(Link("x", "nowhere", {"code": "code"}, "x", "y", "y"),)),
        replace(REGION, links=(Link("x", "region", {"code": "nothing"}, "x", "y", "y"),)),
        replace(REGION, links=(Link("name", "region", {"code": "code"}, "x", "y", "y"),)),
        replace(REGION, placement=Placement(through=(Through("nowhere", {"code": "code"}),))),
        replace(REGION, placement=Placement(region_field="nothing")),
        replace(REGION, checks=(Check("code", ">", "nothing", "x"),)),
    ],
)
def test_a_contradiction_is_refused_when_the_catalogue_is_made(changed: object) -> None:
    with pytest.raises(CatalogueError):
        Catalogue([changed])  # type: ignore[list-item]


def test_a_dataset_declared_twice_is_refused() -> None:
    with pytest.raises(CatalogueError):
        Catalogue([REGION, REGION])


def test_an_unknown_dataset_is_refused_with_the_known_ones() -> None:
    with pytest.raises(CatalogueError, match="household"):
        CATALOGUE["houshold"]


def test_every_measure_is_shown_and_every_figure_is_kept() -> None:
    shown = {name for _, item in LEDGER.indicators() for name in (item.measure, item.denominator) if name}
    shown |= {name for item in LEDGER.named for name in (*item.numerator, *item.denominator)}
    assert shown == {measure.name for measure in LEDGER.measures}
