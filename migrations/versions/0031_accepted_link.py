"""Keep where records belong because a person said so."""

from pathlib import Path

from alembic import op

revision = "0031"
down_revision = "0030"

_SQL = Path(__file__).parents[1] / "sql"


def upgrade() -> None:
    op.execute("set local role hub_owner")
    op.execute((_SQL / "0031_accepted_link.sql").read_text("utf-8"))
    op.execute("reset role")
