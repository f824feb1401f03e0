"""Links between records, conflicts between agencies, and what people decided about them."""

from pathlib import Path

from alembic import op

revision = "0014"
down_revision = "0013"

_SQL = Path(__file__).parents[1] / "sql"


def upgrade() -> None:
    op.execute("set local role hub_owner")
    op.execute((_SQL / "0014_links.sql").read_text("utf-8"))
    op.execute("reset role")
