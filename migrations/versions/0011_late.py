"""Count the rows of late deliveries."""

from pathlib import Path

from alembic import op

revision = "0011"
down_revision = "0010"

_SQL = Path(__file__).parents[1] / "sql"


def upgrade() -> None:
    op.execute("set local role hub_owner")
    op.execute((_SQL / "0011_late.sql").read_text("utf-8"))
    op.execute("reset role")
