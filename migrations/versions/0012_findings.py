"""Findings: rules, findings, evidence and events, and the login hub_decision."""

from pathlib import Path

from alembic import op

revision = "0012"
down_revision = "0011"

_SQL = Path(__file__).parents[1] / "sql"


def upgrade() -> None:
    # Roles belong to the server: another hub on it, or its operator, may have made this one.
    op.execute(
        "do $$ begin create role hub_decision login nosuperuser nobypassrls nocreatedb nocreaterole noinherit; "
        "exception when duplicate_object or unique_violation then null; end $$"
    )
    op.execute(
        "do $$ begin if not pg_has_role(current_user, 'hub_decision', 'set') then grant hub_decision to current_user; "
        "end if; end $$"
    )
    op.execute("set local role hub_owner")
    op.execute((_SQL / "0012_findings.sql").read_text("utf-8"))
    op.execute("reset role")
    op.execute("grant usage on schema public to hub_decision")
    op.execute("grant select on public.alembic_version to hub_decision")
