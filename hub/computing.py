"""The composition root of what the hub computes: rules, policy and database come together here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import date

from hub.catalog.policy import NotConfigured, ValueKind
from hub.errors import RuleError, SyncError
from hub.rules import policy_file
from hub.rules.compensation import CaseStandings, standing_sql
from hub.rules.entitlement.compute import Entitlements, sql_digest
from hub.rules.findings import Findings
from hub.rules.fund import FundStandings, fund_sql
from hub.rules.linking import SQL_TEXT, Linking, accepted_links, decide_conflict, decide_link, rejected_links
from hub.rules.policy import Connection, PolicyBook, declare, stored
from hub.rules.run import Rulebook, RulesReport, run_rules
from hub.settings import Settings
from hub.storage.migrate import require_newest
from hub.storage.roles import DatabaseRole
from hub.storage.server import DatabaseServer, connect
from hub.sync.handover import Due
from schema import CATALOGUE
from schema.ledger import LEDGER
from schema.policy import POLICY
from schema.rules import FACTS, RULES


def rulebook(settings: Settings) -> Rulebook:
    """What is worked out in this county, in order; if its version changes, all is worked out anew."""
    off = switched_off(settings)
    version = repr((list(RULES), FACTS, sorted(off), sql_digest(), standing_sql(), fund_sql(), SQL_TEXT))
    computations = (Linking(), Entitlements(), CaseStandings(), FundStandings(), Findings(RULES, FACTS, off=off))
    return Rulebook(POLICY, computations=computations, version=version)


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


def work_out(settings: Settings, server: DatabaseServer) -> RulesReport | None:
    """What follows from all runs that brought something in and were not followed yet.

    None before the bank has delivered: there is nothing to judge by.
    """
    try:
        report = compute(settings, server)
        return compute(settings, server) if follow_links(settings, server) else report
    except RuleError as error:
        if error.code != "RULES_NOTHING_BOOKED":
            raise
        return None


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


def settle_link(  # who decides what about which, and why
    settings: Settings, server: DatabaseServer, key: tuple[str, str, str], action: str, by: str, reason: str
) -> None:
    """Accept, reject or undo a link: dataset, record, entity's key. The record moves, and what follows from it too."""
    with _as_rules(settings, server) as connection:
        decide_link(connection, settings.county, key, action, by, reason)
    if follow_links(settings, server):
        work_out(settings, server)


def follow_links(settings: Settings, server: DatabaseServer) -> bool:
    """Move records to what was accepted of them, away from what was refused, and back where either was undone.

    Says whether any decision was followed.

    While a source is being synced its records stay; whoever works out what follows from that sync moves them.
    """
    from hub.sync import accepted
    from hub.sync.run import sync_agency

    with _as_rules(settings, server) as connection:
        county = settings.county
        wanted = accepted.Decided(accepted_links(connection, county), rejected_links(connection, county))
    conninfo = server.conninfo(DatabaseRole.CONNECTOR)
    with closing(connect(conninfo)) as connection:
        waiting = accepted.still_to_follow(connection, settings.county, wanted)
    followed = False
    for name, moves in sorted(waiting.items()):
        dataset = CATALOGUE[name]
        try:
            sync_agency(
                accepted.NothingToRead(dataset.agency),
                connect=lambda: connect(conninfo),
                catalogue=CATALOGUE,
                ledger=LEDGER,
                county=settings.county,
                due=Due(dataset.agency, (name,)),
                errand=accepted.errand(dataset, moves),
            )
        except SyncError as error:
            if error.code != "SYNC_ALREADY_RUNNING":
                raise
        else:
            followed = True
    return followed


def settle_conflict(  # as above
    settings: Settings, server: DatabaseServer, conflict: str, action: str, by: str, reason: str
) -> None:
    """Explain a conflict, or open it again."""
    with _as_rules(settings, server) as connection:
        decide_conflict(connection, settings.county, conflict, action, by, reason)


def links(settings: Settings, server: DatabaseServer, *, state: str | None, most: int) -> list[tuple[str, ...]]:
    """Links by grade, the alerts first: dataset, record, entity, its key, grade, method, state, by whom."""
    with _as_rules(settings, server) as connection:
        rows = connection.execute(
            "select dataset, record_key, entity, entity_key, grade, method, state, coalesce(decided_by, '')"
            " from computed.record_link where county = %s and (%s::text is null or state = %s)"
            " order by is_alert desc, grade, dataset, record_key limit %s",
            (settings.county, state, state, most),
        ).fetchall()
    return [tuple(map(str, row)) for row in rows]


def conflicts(settings: Settings, server: DatabaseServer, *, state: str | None, most: int) -> list[tuple[str, ...]]:
    """Conflicts: number, state, who says something in which records (never the values), by whom explained."""
    with _as_rules(settings, server) as connection:
        rows = connection.execute(
            "select c.conflict_id, c.state, coalesce(string_agg(k.agency || ' ' || k.dataset || ' ' || k.record_key,"
            " '; ' order by k.position), ''), coalesce(c.decided_by, '') from computed.conflict c"
            " left join computed.claim k on k.county = c.county and k.conflict_id = c.conflict_id"
            " where c.county = %s and (%s::text is null or c.state = %s) group by c.county, c.conflict_id"
            " order by c.conflict_id limit %s",
            (settings.county, state, state, most),
        ).fetchall()
    return [tuple(map(str, row)) for row in rows]
