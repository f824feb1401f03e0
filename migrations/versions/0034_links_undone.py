"""Keep what a person said a record does not belong to, and which identity numbers came with 15 digits."""

from pathlib import Path

from alembic import op

revision = "0034"
down_revision = "0033"

_SQL = Path(__file__).parents[1] / "sql"


def upgrade() -> None:
    op.execute("set local role hub_owner")
    op.execute((_SQL / "0034_links_undone.sql").read_text("utf-8"))
    op.execute("reset role")
