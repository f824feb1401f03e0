"""Remember the rows of the last whole delivery by their digest."""

from pathlib import Path

from alembic import op

revision = "0016"
down_revision = "0015"

_SQL = Path(__file__).parents[1] / "sql"


def upgrade() -> None:
    op.execute("set local role hub_owner")
    op.execute((_SQL / "0016_remembered.sql").read_text("utf-8"))
    op.execute("reset role")
