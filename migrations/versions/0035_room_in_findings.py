"""Leave room in the pages of the findings: a day that has passed then costs no index entries."""

from pathlib import Path

from alembic import op

revision = "0035"
down_revision = "0034"

_SQL = Path(__file__).parents[1] / "sql"


def upgrade() -> None:
    op.execute("set local role hub_owner")
    op.execute((_SQL / "0035_room_in_findings.sql").read_text("utf-8"))
    op.execute("reset role")
