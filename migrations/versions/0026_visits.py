"""Visits after lending, the bank's register of changes of classification, and what bad loans amount to."""

from pathlib import Path

from alembic import op

revision = "0026"
down_revision = "0025"

_SQL = Path(__file__).parents[1] / "sql"


def upgrade() -> None:
    op.execute("set local role hub_owner")
    op.execute((_SQL / "0026_visits.sql").read_text("utf-8"))
    op.execute("set local role hub_viewer")
    op.execute((_SQL / "0026_visits_views.sql").read_text("utf-8"))
    op.execute("reset role")
