"""The disclosure log in monthly partitions, its index by household, and a role that reads it."""

from pathlib import Path

from alembic import op

revision = "0003"
down_revision = "0002"

_SQL = Path(__file__).parents[1] / "sql"


def upgrade() -> None:
    # Roles belong to the server: another hub on it may have made it.
    op.execute(
        "do $$ begin create role hub_audit login nosuperuser nobypassrls nocreatedb nocreaterole noinherit; "
        "exception when duplicate_object or unique_violation then null; end $$"
    )
    op.execute(
        "do $$ begin if not pg_has_role(current_user, 'hub_audit', 'set') then grant hub_audit to current_user; "
        "end if; end $$"
    )
    op.execute("grant usage on schema public to hub_audit")
    op.execute("grant select on public.alembic_version to hub_audit")
    op.execute("create schema audit_month authorization hub_owner")
    op.execute("set local role hub_owner")
    op.execute((_SQL / "0003_disclosure_log.sql").read_text("utf-8"))
    op.execute("reset role")
