"""The composition root of what the hub computes: rules, policy and database come together here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import date

from hub.catalog.policy import NotConfigured, ValueKind
from hub.errors import RuleError
from hub.rules import policy_file
from hub.rules.entitlement.compute import Entitlements, sql_digest
from hub.rules.findings import Findings
from hub.rules.policy import Connection, PolicyBook, declare, stored
from hub.rules.run import Rulebook, RulesReport, run_rules
from hub.settings import Settings
from hub.storage.migrate import require_newest
from hub.storage.roles import DatabaseRole
from hub.storage.server import DatabaseServer, connect
from schema import CATALOGUE
from schema.policy import POLICY
from schema.rules import FACTS, RULES


def rulebook(settings: Settings) -> Rulebook:
    """What is worked out in this county, in order; if its version changes, all is worked out anew."""
    off = switched_off(settings)
    version = repr((list(RULES), FACTS, sorted(off), sql_digest()))
    return Rulebook(POLICY, computations=(Entitlements(), Findings(RULES, FACTS, off=off)), version=version)


def switched_off(settings: Settings) -> frozenset[str]:
    """The rules that open no findings here. Raises ``CatalogueError`` for an unknown one."""
    codes = [name.strip() for name in settings.rules_off.split(",") if name.strip()]
    return frozenset(RULES[code].code for code in codes)


_PRINTED = {ValueKind.MONEY: 100, ValueKind.SHARE: 10_000, ValueKind.NUMBER: 1}


def compute(
    settings: Settings, server: DatabaseServer, *, as_of: date | None = None, anew: bool = False
) -> RulesReport:
    """Work out everything that follows from the records, in one transaction. Raises ``HubError``, nothing changed."""
    conninfo = server.conninfo(DatabaseRole.RULES)
    require_newest(conninfo)
    return run_rules(
        lambda: connect(conninfo),
        catalogue=CATALOGUE,
        rulebook=rulebook(settings),
        county=settings.county,
        as_of=as_of,
        anew=anew,
    )


def try_rules(
    settings: Settings, server: DatabaseServer, codes: frozenset[str], *, as_of: date | None = None
) -> Findings:
    """What the rules with ``codes`` (all, if none) would open and close, over every household; nothing is kept.

    A rule that is switched off is tried if it is named. Raises ``CatalogueError`` for an unknown code.
    """
    codes = frozenset(RULES[code].code for code in codes)
    conninfo = server.conninfo(DatabaseRole.RULES)
    require_newest(conninfo)
    findings = Findings(RULES, FACTS, off=switched_off(settings) - codes, only=codes)
    run_rules(
        lambda: connect(conninfo),
        catalogue=CATALOGUE,
        rulebook=Rulebook(POLICY, (findings,)),
        county=settings.county,
        as_of=as_of,
        anew=True,
        dry_run=True,
    )
    return findings


def rules_here(settings: Settings, server: DatabaseServer) -> Sequence[tuple[str, str, str, str, str, int]]:
    """Every rule as it stands here: code, 规则, standing, what it lacks, day of the last run, open findings."""
    with _as_rules(settings, server) as connection:
        rows = connection.execute(
            "select r.code, r.title_zh || ' ' || r.title, r.standing, coalesce(r.lacks, ''),"
            " coalesce(r.last_run_on::text, ''), (select count(*) from computed.finding f"
            " where f.county = r.county and f.rule_code = r.code and f.state <> 'CLOSED')"
            " from computed.rule r where r.county = %s order by r.code",
            (settings.county,),
        ).fetchall()
    return [(str(a), str(b), str(c), str(d), str(e), int(str(f))) for a, b, c, d, e, f in rows]


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
