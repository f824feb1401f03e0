"""From a record back to the cell it was read from."""

from hub.catalog.dataset import Agency
from hub.sync.handover import Kind
from hub.sync.trace import trace
from schema import CATALOGUE
from tests.support.database import COUNTY
from tests.sync.hub import Hub
from tests.sync.invented import InventedDelivery, loan


def test_every_version_of_a_record_leads_to_its_delivery_sheet_row_and_cell(hub: Hub) -> None:
    first = InventedDelivery("loan", [loan(2, 2), loan(1, 1)], name="june", sheet="明细", kind=Kind.FILE)
    second = InventedDelivery("loan", [loan(1, 1, balance="0"), loan(2, 2)], name="july", sheet="明细", kind=Kind.FILE)
    hub.sync(Agency.BANK, [first])
    hub.sync(Agency.BANK, [second])
    with hub.database.connect() as connection:
        now, then = trace(connection, COUNTY, CATALOGUE["loan"], ("L0001",))
        (unchanged,) = trace(connection, COUNTY, CATALOGUE["loan"], ("L0002",))
        assert trace(connection, COUNTY, CATALOGUE["loan"], ("L9999",)) == []
    assert (now.delivery, now.sheet, now.row, now.superseded_by) == ("july", "明细", 1, None)
    assert (then.delivery, then.row, then.superseded_by, then.agency) == ("june", 2, "CHANGED", Agency.BANK)
    assert then.superseded_at == now.recorded_at
    assert (unchanged.delivery, unchanged.row) == ("june", 1)
    assert [cell.cell for cell in now.cells if cell.field == "balance"] == ["balance"]
