"""What clients have spent of their requests and of the households they may be told of."""

from pathlib import Path

from alembic import op

revision = "0019"
down_revision = "0018"

_SQL = Path(__file__).parents[1] / "sql"


def upgrade() -> None:
    op.execute("set local role hub_owner")
    op.execute((_SQL / "0019_budget.sql").read_text("utf-8"))
    op.execute("reset role")
