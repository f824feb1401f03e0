"""Whoever answers questions sees how the log stands, and nothing of who saw what about whom."""

from pathlib import Path

from alembic import op

revision = "0033"
down_revision = "0032"

_SQL = Path(__file__).parents[1] / "sql"


def upgrade() -> None:
    op.execute("set local role hub_owner")
    op.execute((_SQL / "0033_readers_of_the_log.sql").read_text("utf-8"))
    op.execute("reset role")
