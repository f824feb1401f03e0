"""Scheduled work: procrastinate's own tables in a schema of theirs, and how each dataset stands."""

from pathlib import Path

from alembic import op
from procrastinate.schema import SchemaManager

revision = "0007"
down_revision = "0006"

_HERE = Path(__file__).parents[1]


def upgrade() -> None:
    op.execute("create schema procrastinate authorization hub_owner")
    op.execute("set local role hub_owner")
    op.execute((_HERE / "sql/0007_schedule.sql").read_text("utf-8"))
    op.execute("set local search_path = procrastinate")
    # Its own text, from the installed package: pyproject.toml holds the minor version, decision 0005 says what an
    # upgrade takes.
    op.get_bind().exec_driver_sql(SchemaManager.get_schema().replace("%", "%%"))
    op.execute("grant usage on schema procrastinate to hub_connector")
    op.execute("grant select, insert, update, delete on all tables in schema procrastinate to hub_connector")
    op.execute("grant usage on all sequences in schema procrastinate to hub_connector")
    op.execute("revoke execute on all functions in schema procrastinate from public")
    op.execute("grant execute on all functions in schema procrastinate to hub_connector")
    op.execute("reset search_path")
    op.execute("reset role")
