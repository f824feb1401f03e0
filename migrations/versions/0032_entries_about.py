"""The index by household is read by its buckets alone."""

from pathlib import Path

from alembic import op

revision = "0032"
down_revision = "0031"

_SQL = Path(__file__).parents[1] / "sql"


def upgrade() -> None:
    op.execute("set local role hub_owner")
    op.execute((_SQL / "0032_entries_about.sql").read_text("utf-8"))
    op.execute("reset role")
