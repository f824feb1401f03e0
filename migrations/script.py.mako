"""${message}.

Timeouts: 4 s for a lock, 5 min for a statement. Add nullable, fill in batches, then enforce; see migrations/README.md.
"""

from alembic import op

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    op.execute("set local role hub_owner")
