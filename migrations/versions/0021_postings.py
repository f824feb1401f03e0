"""The disclosure log's index by household is written by the sequencer, not by whoever answers."""

from pathlib import Path

from alembic import op

revision = "0021"
down_revision = "0020"

_SQL = Path(__file__).parents[1] / "sql"


def upgrade() -> None:
    op.execute("set local role hub_owner")
    op.execute((_SQL / "0021_postings.sql").read_text("utf-8"))
    op.execute("reset role")
