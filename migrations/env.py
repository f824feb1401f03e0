"""Alembic's entry: run the steps on the connection that ``hub.storage.migrate`` hands over."""

from alembic import context
from sqlalchemy import Connection, text

# Migrations must not hold the house hostage: better to fail and be run again at night.
LOCK_TIMEOUT = "4s"
STATEMENT_TIMEOUT = "5min"


def run(connection: Connection) -> None:
    """Upgrade in one transaction per step; a second migrator waits for the first."""
    connection.execute(text("select pg_advisory_lock(hashtext('relief-credit-hub migrations'))"))
    connection.execute(
        text("select set_config('lock_timeout', :lock, false), set_config('statement_timeout', :statement, false)"),
        {"lock": LOCK_TIMEOUT, "statement": STATEMENT_TIMEOUT},
    )
    connection.commit()
    context.configure(connection=connection, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()


run(context.config.attributes["connection"])
