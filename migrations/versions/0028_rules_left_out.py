"""What an agreement leaves out of the findings, by rule."""

from pathlib import Path

from alembic import op

revision = "0028"
down_revision = "0027"

_SQL = Path(__file__).parents[1] / "sql"


def upgrade() -> None:
    op.execute("set local role hub_owner")
    op.execute((_SQL / "0028_rules_left_out.sql").read_text("utf-8"))
    op.execute("set local role hub_viewer")
    op.execute((_SQL / "0028_rules_left_out_views.sql").read_text("utf-8"))
    op.execute("reset role")
