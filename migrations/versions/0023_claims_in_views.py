"""Views ask for their dataset once, instead of a policy at every row."""

from pathlib import Path

from alembic import op

revision = "0023"
down_revision = "0022"

_SQL = Path(__file__).parents[1] / "sql"


def upgrade() -> None:
    op.execute("set local role hub_owner")
    op.execute((_SQL / "0023_claims_in_views_tables.sql").read_text("utf-8"))
    op.execute("set local role hub_viewer")
    op.execute((_SQL / "0023_claims_in_views.sql").read_text("utf-8"))
    op.execute("reset role")
