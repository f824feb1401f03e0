"""What each contract mode makes of a real file, from the folder to the record and the work list."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from connectors import mapping
from connectors.relief.mapping import ENTERPRISE_USE
from connectors.transport.folder import FileForm, FolderConnector
from hub.catalog.dataset import Agency, ContractMode
from hub.catalog.registry import Catalogue
from hub.errors import HubError
from hub.sync.handover import Due, RunReport
from hub.sync.run import sync_agency
from schema import CATALOGUE
from schema.ledger import LEDGER
from tests.support.database import COUNTY
from tests.sync.hub import Hub

FORM = FileForm("户贷企用_*.csv", (ENTERPRISE_USE,))
HEADER = "协议编号,统一社会信用代码,户编号,借据号,使用金额(万元),协议签订日期,协议到期日期,退出日期,年分红(元)"
CODE = "91350100M000100Y43"  # the example of GB 32100-2015


def drop(folder: Path, *, extra: str = "") -> None:
    """Three agreements: a sound one, one whose optional day of leaving is none, one whose amount is no number."""
    rows = [
        f"X1,{CODE},H1,L1,5,2017-03-01,2020-03-01,2019-12-31,4000",
        f"X2,{CODE},H2,L2,5,2017-03-01,2020-03-01,2019-02-31,4000",
        f"X3,{CODE},H3,L3,五,2017-03-01,2020-03-01,,4000",
    ]
    lines = [HEADER, *rows] if not extra else [f"{HEADER},{extra}", *(f"{row},x" for row in rows)]
    (folder / "户贷企用_2020.csv").write_text("\n".join([*lines, ""]), encoding="gb18030")


def sync(hub: Hub, folder: Path, mode: ContractMode, monkeypatch: pytest.MonkeyPatch) -> RunReport:
    declared = Catalogue(
        replace(dataset, mode=mode) if dataset.name == "enterprise_use" else dataset for dataset in CATALOGUE
    )
    monkeypatch.setattr(mapping, "CATALOGUE", declared)
    return sync_agency(
        FolderConnector(Agency.RELIEF, folder, (FORM,), 0.0),
        connect=hub.connect,
        catalogue=declared,
        ledger=LEDGER,
        county=COUNTY,
        due=Due(Agency.RELIEF, ("enterprise_use",)),
    )


def left(hub: Hub) -> dict[str, Any]:
    """By agreement, the day of leaving that is on record."""
    return {key: row["exited_on"] and str(row["exited_on"]) for (key,), row in hub.said("enterprise_use").items()}


def test_evolve_takes_a_file_with_a_column_nobody_agreed_on_and_refuses_only_bad_rows(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(tmp_path, extra="新增列")
    report = sync(hub, tmp_path, ContractMode.EVOLVE, monkeypatch)
    assert report.balances[0].merged.inserted == 1
    assert left(hub) == {"X1": "2019-12-31"}


def test_freeze_refuses_that_file_whole_names_the_column_and_takes_it_without(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(tmp_path, extra="新增列")
    with pytest.raises(HubError, match=r"SOURCE_HEADING_UNKNOWN.*新增列") as refused:
        sync(hub, tmp_path, ContractMode.FREEZE, monkeypatch)
    assert "户贷企用_2020.csv" in refused.value.message
    assert left(hub) == {}
    assert hub.rows("select state, error_code from sync.run") == [("FAILED", "SOURCE_HEADING_UNKNOWN")]
    drop(tmp_path)
    sync(hub, tmp_path, ContractMode.FREEZE, monkeypatch)
    assert left(hub) == {"X1": "2019-12-31"}


def test_discard_value_keeps_the_row_without_its_bad_optional_value_and_lists_it(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(tmp_path)
    report = sync(hub, tmp_path, ContractMode.DISCARD_VALUE, monkeypatch)
    assert (report.balances[0].staged.accepted, report.balances[0].staged.quarantined) == (2, 1)
    assert left(hub) == {"X1": "2019-12-31", "X2": None}
    assert hub.open_entries() == [
        ("enterprise_use", 3, "exited_on", "DATE_UNREADABLE"),
        ("enterprise_use", 4, "amount", "NUMBER_UNREADABLE"),
    ]
    # The same file again: the value is still wrong, and nobody is asked twice.
    again = sync(hub, tmp_path, ContractMode.DISCARD_VALUE, monkeypatch)
    assert (again.balances[0].merged.inserted, again.balances[0].merged.changed) == (0, 0)
    assert len(hub.open_entries()) == 2


def test_discard_row_puts_the_whole_row_aside_for_one_bad_value(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(tmp_path)
    report = sync(hub, tmp_path, ContractMode.DISCARD_ROW, monkeypatch)
    assert (report.balances[0].staged.accepted, report.balances[0].staged.quarantined) == (1, 2)
    assert left(hub) == {"X1": "2019-12-31"}
    assert [row for _, row, _, _ in hub.open_entries()] == [3, 4]
