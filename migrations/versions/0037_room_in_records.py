"""Leave room in the pages of the records, and let the connector have their statistics taken."""

from pathlib import Path

from alembic import op

revision = "0037"
down_revision = "0036"

_SQL = Path(__file__).parents[1] / "sql"


def upgrade() -> None:
    op.execute("set local role hub_owner")
    op.execute((_SQL / "0037_room_in_records.sql").read_text("utf-8"))
    op.execute("reset role")
