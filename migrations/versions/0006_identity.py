"""Identity: a role of its own, clients, staff, what may be used once, and the count of changes to who may do what."""

from pathlib import Path

from alembic import op

revision = "0006"
down_revision = "0005"

_SQL = Path(__file__).parents[1] / "sql"


def upgrade() -> None:
    op.execute(
        "do $$ begin create role hub_identity login nosuperuser nobypassrls nocreatedb nocreaterole noinherit; "
        "exception when duplicate_object or unique_violation then null; end $$"
    )
    op.execute(
        "do $$ begin if not pg_has_role(current_user, 'hub_identity', 'set') then grant hub_identity to current_user; "
        "end if; end $$"
    )
    op.execute("create schema identity authorization hub_owner")
    op.execute("set local role hub_owner")
    op.execute((_SQL / "0006_identity.sql").read_text("utf-8"))
    op.execute("reset role")
    op.execute("grant usage on schema public to hub_identity")
    op.execute("grant select on public.alembic_version to hub_identity")
