"""The composition root of what the hub computes: rules, policy and database come together here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import date

from hub.catalog.policy import NotConfigured, ValueKind
from hub.errors import RuleError
from hub.rules import policy_file
from hub.rules.policy import Connection, PolicyBook, declare, stored
from hub.rules.run import Rulebook, RulesReport, run_rules
from hub.settings import Settings
from hub.storage.migrate import require_newest
from hub.storage.roles import DatabaseRole
from hub.storage.server import DatabaseServer, connect
from schema import CATALOGUE
from schema.policy import POLICY

RULEBOOK = Rulebook(POLICY, computations=())

_PRINTED = {ValueKind.MONEY: 100, ValueKind.SHARE: 10_000, ValueKind.NUMBER: 1}


def compute(settings: Settings, server: DatabaseServer, *, as_of: date | None = None) -> RulesReport:
    """Work out everything that follows from the records, in one transaction. Raises ``HubError``, nothing changed."""
    conninfo = server.conninfo(DatabaseRole.RULES)
    require_newest(conninfo)
    return run_rules(
        lambda: connect(conninfo), catalogue=CATALOGUE, rulebook=RULEBOOK, county=settings.county, as_of=as_of
    )


def after_sync(settings: Settings, server: DatabaseServer, _report: object) -> None:
    """Follow a run that brought something in. Before the bank has delivered, there is nothing to judge by."""
    try:
        compute(settings, server)
    except RuleError as error:
        if error.code != "RULES_NOTHING_BOOKED":
            raise


@contextmanager
def _as_rules(settings: Settings, server: DatabaseServer) -> Iterator[Connection]:
    conninfo = server.conninfo(DatabaseRole.RULES)
    require_newest(conninfo)
    with closing(connect(conninfo)) as connection, connection.transaction():
        connection.execute("select set_config('hub.county', %s, true)", (settings.county,))
        yield connection


def add_policy(settings: Settings, server: DatabaseServer, text: str) -> int:
    """Keep the values of a policy file, all or none; how many are new or ended."""
    with _as_rules(settings, server) as connection:
        return policy_file.add_policy(connection, POLICY, settings.county, policy_file.read_policy(text, POLICY))


def policy_on(settings: Settings, server: DatabaseServer, day: date) -> Sequence[tuple[str, str, str, str, str, str]]:
    """Every parameter on ``day`` in print: name, 参数, value, unit, who set it, since when."""
    with _as_rules(settings, server) as connection:
        declare(connection, POLICY, settings.county)
        book = PolicyBook(POLICY, stored(connection, POLICY, settings.county))
    rows = []
    for parameter in POLICY:
        value = book.at(parameter.name, day)
        if isinstance(value, NotConfigured):
            rows.append((parameter.name, parameter.zh, "not configured 未设定", "", "", ""))
            continue
        period = next(item for item in book.periods_of(parameter.name) if item.holds_on(day))
        shown = f"{value / _PRINTED[parameter.kind]:g}" if isinstance(value, int) else value
        unit = "" if parameter.kind in {ValueKind.CODE, ValueKind.NUMBER} else parameter.kind.value
        rows.append((parameter.name, parameter.zh, shown, unit, period.level.name, str(period.valid_from)))
    return rows
