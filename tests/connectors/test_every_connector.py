"""What every connector keeps, whatever it reads: each is given a small source of its own form."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa
import xlsxwriter

from connectors.bank.connector import TABLES
from connectors.finance.connector import FILES
from connectors.registry import SOURCES, by_agency, connect
from connectors.relief.connector import ENDPOINTS
from connectors.source import Source
from connectors.template.connector import SOURCE as TEMPLATE
from hub.catalog.dataset import Agency
from hub.errors import SettingError
from hub.settings import Settings as HubSettings
from hub.sync.connector import Delivery
from hub.sync.handover import ROW, Batch, Due
from hub.worker import AGENCY_ORDER
from schema import CATALOGUE
from tests.connectors.paged_api import PagedApi, serving

Settings = dict[str, str]
MOST_ROWS = 50_000


def of_bank(request: pytest.FixtureRequest, _: Path) -> Settings:
    """The bank's tables with one row each, every column a text."""
    url = str(request.getfixturevalue("bank"))
    engine = sa.create_engine(url.replace("postgresql:", "postgresql+psycopg:"), poolclass=sa.NullPool)
    with engine.begin() as connection:
        for table in TABLES:
            names = [taken.headings[0] for held in table.mappings for taken in held.fields]
            columns = ", ".join(f'"{name}" text' for name in names)
            values = ", ".join(f"'{number}'" for number, _ in enumerate(names))
            connection.exec_driver_sql(f'create table "{table.table}" ({columns})')
            connection.exec_driver_sql(f'insert into "{table.table}" values ({values})')
    return {"url": url}


def of_finance(_: pytest.FixtureRequest, folder: Path) -> Settings:
    """One workbook of each form, with its first spelling of each heading and one row."""
    for form in FILES:
        book = xlsxwriter.Workbook(str(folder / form.pattern.replace("*", "甲")))
        sheet = book.add_worksheet("甲")
        sheet.write(0, 0, "单位：元")
        for held in form.mappings:
            names = [taken.headings[0] for taken in held.fields]
            sheet.write_row(1, 0, names)
            sheet.write_row(2, 0, [str(number) for number, _ in enumerate(names)])
        book.close()
    return {"folder": str(folder)}


def of_relief(request: pytest.FixtureRequest, _: Path) -> Settings:
    """The bureau's endpoints with two rows each; in the registry a head and another member."""
    rows: dict[str, list[dict[str, Any]]] = {}
    for endpoint in ENDPOINTS:
        names = {taken.headings[0]: "1" for held in endpoint.mappings for taken in held.fields}
        rows[endpoint.path.rpartition("/")[2]] = [names | {"与户主关系": word} for word in ("户主", "配偶")]
    running = serving(PagedApi(rows))
    api = running.__enter__()
    request.addfinalizer(lambda: running.__exit__(None, None, None))
    return {"url": api.url, "client_id": "hub", "client_secret": "geheim"}


def of_template(_: pytest.FixtureRequest, folder: Path) -> Settings:
    content = "序号,站点编号,站点名称,站点类型,服务区域代码\n1,P1,甲站,村级站,522301001001\n2,P2,乙站,村级站,\n"
    (folder / "服务站点_1.csv").write_bytes(content.encode("gb18030"))
    return {"folder": str(folder)}


CASES: dict[str, tuple[Source, Callable[[pytest.FixtureRequest, Path], Settings]]] = {
    "bank": (SOURCES[Agency.BANK], of_bank),
    "finance": (SOURCES[Agency.FINANCE], of_finance),
    "relief": (SOURCES[Agency.RELIEF], of_relief),
    "template": (TEMPLATE, of_template),
}


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Source, Settings]:
    source, make = CASES[request.param]
    return source, make(request, tmp_path)


def read(source: Source, settings: Settings, datasets: tuple[str, ...]) -> list[tuple[Delivery, list[Batch]]]:
    deliveries = source.connect(settings).deliveries(Due(source.agency, datasets))
    return [(delivery, list(delivery.batches())) for delivery in deliveries]


def test_batches_are_bounded_texts_with_increasing_rows(case: tuple[Source, Settings]) -> None:
    source, settings = case
    for delivery, batches in read(source, settings, source.datasets):
        last: dict[str, int] = {}
        for batch in batches:
            columns = batch.part.columns
            assert batch.part.dataset in delivery.datasets
            assert set(batch.rows.columns) == {ROW, *(column.heading for column in columns)}
            assert batch.rows.schema[ROW] == pl.Int64
            assert {batch.rows.schema[column.heading] for column in columns} == {pl.String}
            assert 0 < batch.rows.height <= MOST_ROWS
            rows = batch.rows[ROW]
            assert rows.is_sorted()
            assert rows.n_unique() == len(rows)
            assert rows[0] > last.get(batch.part.dataset, 0)
            last[batch.part.dataset] = rows[-1]


def test_every_field_is_known_and_every_required_one_is_there(case: tuple[Source, Settings]) -> None:
    source, settings = case
    seen = set()
    for _, batches in read(source, settings, source.datasets):
        for batch in batches:
            dataset = CATALOGUE[batch.part.dataset]
            given = {column.field for column in batch.part.columns}
            assert given <= set(dataset.field_names)
            assert {item.name for item in dataset.fields if item.required} <= given
            seen.add(dataset.name)
    assert seen == set(source.datasets)


def test_the_same_content_has_the_same_digest(case: tuple[Source, Settings]) -> None:
    source, settings = case
    digests = [
        {delivery.name: delivery.digest for delivery, _ in read(source, settings, source.datasets)} for _ in range(2)
    ]
    assert digests[0] == digests[1]
    assert all(len(digest) == 64 for digest in digests[0].values())


def test_each_dataset_can_be_fetched_alone(case: tuple[Source, Settings]) -> None:
    source, settings = case
    for dataset in source.datasets:
        found = read(source, settings, (dataset,))
        assert {batch.part.dataset for _, batches in found for batch in batches} == {dataset}
        assert {name for delivery, _ in found for name in delivery.datasets} == {dataset}
    assert read(source, settings, ()) == []


def test_datasets_come_before_those_that_are_placed_through_them(case: tuple[Source, Settings]) -> None:
    source, settings = case
    order = [dataset.name for dataset in CATALOGUE]
    firsts = [min(map(order.index, delivery.datasets)) for delivery, _ in read(source, settings, source.datasets)]
    assert firsts == sorted(firsts)


def test_settings_are_described_and_checked(case: tuple[Source, Settings]) -> None:
    source, settings = case
    assert all(setting.about for setting in source.settings)
    for setting in source.settings:
        if setting.required:
            with pytest.raises(SettingError, match=setting.name):
                source.connect({name: text for name, text in settings.items() if name != setting.name})
    with pytest.raises(SettingError, match="colour"):
        source.connect(settings | {"colour": "red"})


def test_the_registry_covers_the_catalogue() -> None:
    for agency, source in SOURCES.items():
        assert set(source.datasets) == {dataset.name for dataset in CATALOGUE.of_agency(agency)}
    with pytest.raises(SettingError, match="HUB has no connector"):
        connect(Agency.HUB, {})


def test_every_source_is_in_its_turn_and_its_settings_and_schedule_are_the_hub_s() -> None:
    assert set(AGENCY_ORDER) == set(SOURCES)
    for agency, source in SOURCES.items():
        wanted = {f"{agency.lower()}_{name}" for name in ("schedule", *(setting.name for setting in source.settings))}
        assert wanted <= set(HubSettings.model_fields)
        for setting in source.settings:
            kind = HubSettings.model_fields[f"{agency.lower()}_{setting.name}"].annotation
            assert ("SecretStr" in str(kind)) == setting.secret, setting.name


def test_a_second_connector_of_an_agency_does_not_take_the_place_of_the_first() -> None:
    with pytest.raises(SettingError, match=r"SETTING_SOURCE_TWICE.*RELIEF"):
        by_agency(*SOURCES.values(), TEMPLATE)


def test_one_row_of_the_registry_feeds_three_datasets(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    settings = of_relief(request, tmp_path)
    found = read(SOURCES[Agency.RELIEF], settings, ("household", "person", "membership"))
    counts = {batch.part.dataset: batch.rows.height for _, batches in found for batch in batches}
    assert counts == {"household": 1, "person": 2, "membership": 2}


def test_the_template_carries_a_region_down_and_fills_what_is_not_said(tmp_path: Path) -> None:
    batch = read(TEMPLATE, of_template(None, tmp_path), TEMPLATE.datasets)[0][1][0]  # type: ignore[arg-type]
    by_field = {column.field: batch.rows[column.heading].to_list() for column in batch.part.columns}
    assert by_field["region_code"] == ["522301001001"] * 2
    assert by_field["has_commerce_post"] == ["否"] * 2
    assert "has_withdrawal_post" not in by_field
