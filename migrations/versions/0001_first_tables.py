"""First tables: roles, schemas, records with their history, sync, roll-ups, disclosure log; row security forced."""

from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None

_SQL = Path(__file__).parents[1] / "sql"
_LOGINS = ("hub_connector", "hub_api", "hub_log")


def upgrade() -> None:
    for role, attributes in (("hub_owner", "nologin"), *((login, "login") for login in _LOGINS)):
        # Roles belong to the server: another hub on it may have made them.
        op.execute(
            f"do $$ begin create role {role} {attributes} nosuperuser nobypassrls nocreatedb nocreaterole noinherit; "
            "exception when duplicate_object or unique_violation then null; end $$"
        )
        op.execute(
            f"do $$ begin if not pg_has_role(current_user, '{role}', 'set') then grant {role} to current_user; "
            "end if; end $$"
        )
    for schema in ("record", "history", "sync", "rollup", "audit"):
        op.execute(f"create schema {schema} authorization hub_owner")
    op.execute("revoke create on schema public from public")
    op.execute("set local role hub_owner")
    op.execute((_SQL / "0001_tables.sql").read_text("utf-8"))
    op.execute((_SQL / "0001_security.sql").read_text("utf-8"))
    op.execute("reset role")
    # So that each login can see by itself whether the schema is the one its code was written for.
    op.execute("grant usage on schema public to hub_connector, hub_api, hub_log")
    op.execute("grant select on public.alembic_version to hub_connector, hub_api, hub_log")
