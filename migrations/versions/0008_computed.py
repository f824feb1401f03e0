"""What the hub computes: schemas computed and rules, the login hub_rules, policy parameters."""

from pathlib import Path

from alembic import op

revision = "0008"
down_revision = "0007"

_SQL = Path(__file__).parents[1] / "sql"


def upgrade() -> None:
    # Roles belong to the server: another hub on it, or its operator, may have made this one.
    op.execute(
        "do $$ begin create role hub_rules login nosuperuser nobypassrls nocreatedb nocreaterole noinherit; "
        "exception when duplicate_object or unique_violation then null; end $$"
    )
    op.execute(
        "do $$ begin if not pg_has_role(current_user, 'hub_rules', 'set') then grant hub_rules to current_user; "
        "end if; end $$"
    )
    for schema in ("computed", "rules"):
        op.execute(f"create schema {schema} authorization hub_owner")
    op.execute("set local role hub_owner")
    op.execute((_SQL / "0008_computed.sql").read_text("utf-8"))
    op.execute("reset role")
    op.execute("grant usage on schema public to hub_rules")
    op.execute("grant select on public.alembic_version to hub_rules")
