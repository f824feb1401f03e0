"""What the risk-compensation fund could bear at the end of each day."""

from pathlib import Path

from alembic import op

revision = "0027"
down_revision = "0026"

_SQL = Path(__file__).parents[1] / "sql"


def upgrade() -> None:
    op.execute("set local role hub_owner")
    op.execute((_SQL / "0027_fund_standing.sql").read_text("utf-8"))
    op.execute("set local role hub_viewer")
    op.execute((_SQL / "0027_fund_standing_view.sql").read_text("utf-8"))
    op.execute("reset role")
