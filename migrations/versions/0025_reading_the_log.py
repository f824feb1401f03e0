"""Auditors read the disclosure log through views, and whoever may ask about a household through a function."""

from pathlib import Path

from alembic import op

revision = "0025"
down_revision = "0024"

_SQL = Path(__file__).parents[1] / "sql"


def upgrade() -> None:
    op.execute("set local role hub_owner")
    op.execute((_SQL / "0025_reading_the_log_tables.sql").read_text("utf-8"))
    op.execute("set local role hub_viewer")
    op.execute((_SQL / "0025_reading_the_log_views.sql").read_text("utf-8"))
    op.execute("reset role")
