"""Sharing agreements: their register."""

from pathlib import Path

from alembic import op

revision = "0009"
down_revision = "0008"

_SQL = Path(__file__).parents[1] / "sql"


def upgrade() -> None:
    op.execute("create schema access authorization hub_owner")
    op.execute("set local role hub_owner")
    op.execute((_SQL / "0009_agreements.sql").read_text("utf-8"))
    op.execute("reset role")
