"""Where each compensation case stands, and what it owes whom."""

from pathlib import Path

from alembic import op

revision = "0017"
down_revision = "0016"

_SQL = Path(__file__).parents[1] / "sql"


def upgrade() -> None:
    op.execute("set local role hub_owner")
    op.execute((_SQL / "0017_case_standing.sql").read_text("utf-8"))
    op.execute("reset role")
