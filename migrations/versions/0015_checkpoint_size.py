"""Find checkpoints by their size: what a witness cosigned, and what verifying reads in order."""

from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.execute("set local role hub_owner")
    op.execute("create index checkpoint_size_idx on audit.checkpoint (county, size)")
    op.execute("reset role")
