"""What is unusual in the disclosure log, by the hour."""

from pathlib import Path

from alembic import op

revision = "0030"
down_revision = "0029"

_SQL = Path(__file__).parents[1] / "sql"


def upgrade() -> None:
    op.execute("set local role hub_owner")
    op.execute((_SQL / "0030_log_alarms.sql").read_text("utf-8"))
    op.execute("set local role hub_viewer")
    op.execute((_SQL / "0030_log_alarms_view.sql").read_text("utf-8"))
    op.execute("reset role")
