"""The three connectors against the demo's three agencies, as they will meet in `make demo`."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

from connectors.registry import SOURCES
from demo import bank as demo_bank
from demo.layout import workbooks_folder
from hub.catalog.dataset import Agency
from hub.sync.handover import Batch, Due
from tests.demo.sources import Sources

RELIEF_ENDPOINTS = {
    "region": "regions",
    "person": "households-by-person",
    "membership": "households-by-person",
    "application": "applications",
    "enterprise": "enterprises",
    "enterprise_use": "enterprise-uses",
    "risk_event": "risk-events",
    "officer_assignment": "officer-assignments",
    "visit": "visits",
    "service_point": "service-points",
    "classification_change": "reclassified",
    "interest_collection": "interest",
}
CLEAR = "geheim"


@contextmanager
def relief_bureau(folder: Path) -> Iterator[str]:
    secret = folder.with_name("secret")  # beside the books, which other tests compare
    secret.write_text(CLEAR, encoding="utf-8")
    command = [sys.executable, "-m", "demo.relief", "--folder", str(folder), "--secret-file", str(secret)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def batches(agency: Agency, settings: dict[str, str]) -> Iterator[Batch]:
    source = SOURCES[agency]
    for delivery in source.connect(settings).deliveries(Due(agency, source.datasets)):
        yield from delivery.batches()


def test_every_row_of_the_demo_arrives(faulty: Sources, bank: str) -> None:
    folder = faulty.folder
    demo_bank.load(bank, folder)
    written = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["rows"]
    read: Counter[str] = Counter()
    sums: list[Decimal | int] = []
    totals: list[Decimal | int] = []
    with relief_bureau(folder) as address:
        for agency, settings in {
            Agency.BANK: {"url": bank},
            Agency.FINANCE: {"folder": str(workbooks_folder(folder))},
            Agency.RELIEF: {"url": address, "client_id": "hub", "client_secret": CLEAR},
        }.items():
            for batch in batches(agency, settings):
                read[batch.part.dataset] += batch.rows.height
                if batch.part.dataset == "subsidy_payment":
                    paid = next(c.heading for c in batch.part.columns if c.field == "amount")
                    sums.append(sum(Decimal(text.replace(",", "")) for text in batch.rows[paid]))
                    totals.append(Decimal(batch.control_totals[paid].replace(",", "")))
    assert read.pop("household") == written["applications"], "one file per household"
    assert read == Counter({name: written[RELIEF_ENDPOINTS.get(name, name)] for name in read})
    assert len(totals) > 300, "one sheet per township and half-year"
    assert sums == totals
