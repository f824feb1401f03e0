"""Records are read through views, by a role for each consumer and purpose that has only the columns agreed on."""

from pathlib import Path

from alembic import op

revision = "0018"
down_revision = "0017"

_SQL = Path(__file__).parents[1] / "sql"
_CONSUMERS = (
    "bank",
    "finance",
    "relief",
    "city_staff",
    "township_staff",
    "village_staff",
    "auditor",
    "operator",
    "security_officer",
)
_PURPOSES = (
    "loan_review",
    "subsidy_review",
    "risk_compensation",
    "programme_supervision",
    "household_request",
    "audit",
)


def upgrade() -> None:
    reading = [f"hub_{kind}_{who}_{why}" for who in _CONSUMERS for why in _PURPOSES for kind in ("reads", "finds")]
    for role in ("hub_viewer", "hub_readers", *reading):
        # Roles belong to the server: another hub on it may have made them.
        op.execute(
            f"do $$ begin create role {role} nologin nosuperuser nobypassrls nocreatedb nocreaterole inherit; "
            "exception when duplicate_object or unique_violation then null; end $$"
        )
    op.execute(
        "do $$ begin if not pg_has_role(current_user, 'hub_viewer', 'set') then grant hub_viewer to current_user; "
        "end if; end $$"
    )
    listed = ", ".join(reading)
    op.execute(f"grant hub_readers to {listed}")
    # The login has none of their rights until it takes one of them on.
    op.execute(f"grant {listed} to hub_api with inherit false, set true")
    op.execute("create schema shown authorization hub_viewer")
    op.execute("set local role hub_owner")
    op.execute((_SQL / "0018_reading_tables.sql").read_text("utf-8"))
    op.execute("set local role hub_viewer")
    op.execute((_SQL / "0018_reading_views.sql").read_text("utf-8"))
    op.execute("reset role")
