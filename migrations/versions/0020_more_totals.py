"""Totals for more indicators; `hub migrate` or the next sync counts them from the records."""

from pathlib import Path

from alembic import op

revision = "0020"
down_revision = "0019"

_SQL = Path(__file__).parents[1] / "sql"


def upgrade() -> None:
    op.execute("set local role hub_owner")
    op.execute((_SQL / "0020_more_totals.sql").read_text("utf-8"))
    op.execute("reset role")
