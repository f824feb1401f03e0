"""First loads: let the connector take the indexes of an empty record table down and put the same ones up again."""

from pathlib import Path

from alembic import op

revision = "0002"
down_revision = "0001"

_SQL = Path(__file__).parents[1] / "sql"


def upgrade() -> None:
    op.execute("set local role hub_owner")
    op.execute((_SQL / "0002_first_load.sql").read_text("utf-8"))
    op.execute("reset role")
