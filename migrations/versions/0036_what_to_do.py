"""Keep what to do about a run that failed and a row that did not pass, beside why."""

from pathlib import Path

from alembic import op

revision = "0036"
down_revision = "0035"

_SQL = Path(__file__).parents[1] / "sql"


def upgrade() -> None:
    op.execute("set local role hub_owner")
    op.execute((_SQL / "0036_what_to_do.sql").read_text("utf-8"))
    op.execute("reset role")
