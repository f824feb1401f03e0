"""Several files, each for its own share of a dataset: what one no longer holds goes, what is in none now stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.transport.folder import FileForm, FolderConnector
from hub.catalog.dataset import Agency
from hub.errors import HubError
from hub.sync.handover import Due, Merged
from hub.sync.run import sync_agency
from schema import CATALOGUE
from schema.ledger import LEDGER
from tests.connectors.test_delimited import HEADER, RENEWAL
from tests.support.database import COUNTY
from tests.sync.hub import Hub

SHARES = FileForm("续贷_*.csv", (RENEWAL,), share=True)
TOGETHER = FileForm("续贷_*.csv", (RENEWAL,))


def drop(folder: Path, year: int, *loans: str) -> None:
    lines = (f"{loan},L0,20200708,{amount}," for loan, _, amount in (loan.partition("=") for loan in loans))
    (folder / f"续贷_{year}.csv").write_text("\n".join([HEADER, *lines, ""]), encoding="utf-8")


def sync(hub: Hub, folder: Path, form: FileForm = SHARES) -> Merged:
    report = sync_agency(
        FolderConnector(Agency.BANK, folder, (form,), 0.0),
        connect=hub.connect,
        catalogue=CATALOGUE,
        ledger=LEDGER,
        county=COUNTY,
        due=Due(Agency.BANK, ("renewal",)),
    )
    return report.balances[0].merged


def known(hub: Hub) -> list[str]:
    return sorted(key for (key,) in hub.said("renewal"))


def test_a_file_that_was_taken_away_withdraws_nothing(hub: Hub, tmp_path: Path) -> None:
    drop(tmp_path, 2019, "L1=5", "L2=5")
    drop(tmp_path, 2020, "L3=5")
    sync(hub, tmp_path)
    (tmp_path / "续贷_2019.csv").unlink()
    drop(tmp_path, 2020, "L4=5")
    merged = sync(hub, tmp_path)
    assert (merged.inserted, merged.withdrawn) == (1, 1)
    assert known(hub) == ["L1", "L2", "L4"]
    again = sync(hub, tmp_path)
    assert (again.inserted, again.changed, again.withdrawn) == (0, 0, 0)


def test_a_corrected_file_withdraws_what_it_no_longer_holds(hub: Hub, tmp_path: Path) -> None:
    drop(tmp_path, 2019, "L1=5", "L2=5")
    drop(tmp_path, 2020, "L3=5")
    sync(hub, tmp_path)
    (tmp_path / "续贷_2020.csv").unlink()
    drop(tmp_path, 2019, "L1=7")
    merged = sync(hub, tmp_path)
    assert (merged.changed, merged.withdrawn) == (1, 1)
    assert known(hub) == ["L1", "L3"]


@pytest.mark.parametrize("form", [SHARES, TOGETHER])
def test_a_file_that_comes_without_a_row_beside_others_withdraws_nothing_and_is_named(
    hub: Hub, tmp_path: Path, form: FileForm
) -> None:
    drop(tmp_path, 2019, "L1=5", "L2=5")
    drop(tmp_path, 2020, "L3=5")
    sync(hub, tmp_path, form)
    drop(tmp_path, 2019)
    with pytest.raises(HubError, match=r"SYNC_DELIVERY_EMPTY.*续贷_2019\.csv.*2 records"):
        sync(hub, tmp_path, form)
    assert known(hub) == ["L1", "L2", "L3"]


def test_a_quarantined_row_of_a_file_that_was_taken_away_stays_open(hub: Hub, tmp_path: Path) -> None:
    drop(tmp_path, 2019, "L1=?")
    drop(tmp_path, 2020, "L3=5")
    sync(hub, tmp_path)
    (tmp_path / "续贷_2019.csv").unlink()
    sync(hub, tmp_path)
    assert hub.open_entries() == [("renewal", 2, "amount", "NUMBER_UNREADABLE")]
    drop(tmp_path, 2019, "L1=5")
    sync(hub, tmp_path)
    assert hub.open_entries() == []


def test_without_it_all_files_together_are_the_dataset(hub: Hub, tmp_path: Path) -> None:
    drop(tmp_path, 2019, "L1=5")
    drop(tmp_path, 2020, "L3=5")
    sync(hub, tmp_path, TOGETHER)
    (tmp_path / "续贷_2019.csv").unlink()
    assert sync(hub, tmp_path, TOGETHER).withdrawn == 1


def test_a_file_that_tells_of_an_older_day_changes_nothing_and_one_that_tells_of_none_is_refused(
    hub: Hub, tmp_path: Path
) -> None:
    dated = FileForm("续贷_*.csv", (RENEWAL,), only_last=True, as_of=r"_(\d{4}-?\d\d-?\d\d)")
    drop(tmp_path, 20200708, "L1=5", "L2=5")
    assert sync(hub, tmp_path, dated).inserted == 2
    assert hub.rows("select distinct (as_of at time zone 'Asia/Shanghai')::text from sync.freshness") == [
        ("2020-07-08 23:59:59",)
    ]
    (tmp_path / "续贷_20200708.csv").unlink()
    drop(tmp_path, 20200601, "L1=7")
    late = sync(hub, tmp_path, dated)
    assert (late.inserted, late.changed, late.withdrawn, late.late) == (0, 0, 0, 1)
    assert known(hub) == ["L1", "L2"]
    drop(tmp_path, 2021, "L1=7")
    with pytest.raises(HubError, match="SOURCE_DAY_MISSING"):
        sync(hub, tmp_path, dated)
    assert known(hub) == ["L1", "L2"]
