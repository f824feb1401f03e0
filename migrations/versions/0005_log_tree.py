"""The disclosure log's tree: leaves, nodes, checkpoints, what witnesses say, months dropped."""

from pathlib import Path

from alembic import op

revision = "0005"
down_revision = "0004"

_SQL = Path(__file__).parents[1] / "sql"


def upgrade() -> None:
    op.execute("set local role hub_owner")
    op.execute((_SQL / "0005_log_tree.sql").read_text("utf-8"))
    op.execute("reset role")
