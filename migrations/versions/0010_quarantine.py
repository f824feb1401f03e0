"""Quarantine as a work list: units and codes of each part, and what people decided."""

from pathlib import Path

from alembic import op

revision = "0010"
down_revision = "0009"

_SQL = Path(__file__).parents[1] / "sql"


def upgrade() -> None:
    op.execute("set local role hub_owner")
    op.execute((_SQL / "0010_quarantine.sql").read_text("utf-8"))
    op.execute("reset role")
