"""A sum of bigint that stays bigint, for the roll-up's running totals."""

from pathlib import Path

from alembic import op

revision = "0004"
down_revision = "0003"

_SQL = Path(__file__).parents[1] / "sql"


def upgrade() -> None:
    op.execute("set local role hub_owner")
    op.execute((_SQL / "0004_bigint_total.sql").read_text("utf-8"))
    op.execute("reset role")
