"""Keep where a delivery of changes ended, so that the next one begins there."""

from pathlib import Path

from alembic import op

revision = "0022"
down_revision = "0021"

_SQL = Path(__file__).parents[1] / "sql"


def upgrade() -> None:
    op.execute("set local role hub_owner")
    op.execute((_SQL / "0022_cursors.sql").read_text("utf-8"))
    op.execute("reset role")
