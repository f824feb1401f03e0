"""Run the rules over what a run looks at, and bring the findings to what they say."""

# ruff: noqa: S608 -- a rule's SQL is declared in schema/rules, values only as parameters

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from importlib.resources import files

import psycopg

from hub.catalog.policy import NotConfigured
from hub.catalog.rule import Reach, Rule, RuleBook, Standing
from hub.clock import monotonic_milliseconds, now
from hub.rules.evidence import keep_evidence
from hub.rules.rounds import NEW_DAY, RECOUNTED, Round, SharedFacts, enter, rounds
from hub.rules.work import RuleWork, statements

_RECONCILE = files("hub.rules").joinpath("findings_reconcile.sql").read_text("utf-8")

_FOUND = (
    'create temp table found (rule_code text collate "C", subject text collate "C", fact text, household_id text'
    ' collate "C", region text collate "C", loan_id text collate "C", since date, amount bigint, days integer,'
    " severity text, group_key text, evidence text[]) on commit drop;"
    'create temp table judged (rule_code text collate "C" primary key, is_county boolean, kind text, severity text,'
    " subject_dataset text, disposal text, responsible text) on commit drop"
)
_JUDGED = (
    "insert into judged values (%(code)s, %(is_county)s, %(kind)s, %(severity)s, %(subject)s, %(disposal)s,"
    " %(responsible)s) on conflict do nothing"
)


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of one rule in a run: whether it ran, what it lacks, how many facts it found, how long it took."""

    rule: Rule
    standing: Standing
    lacks: str = ""
    found: int = 0
    milliseconds: int = 0
    has_run: bool = False


@dataclass(frozen=True, slots=True)
class Changes:
    """How many findings of one rule a run opened, opened again and closed, and how many are open now."""

    opened: int
    reopened: int
    closed: int
    open_now: int


def _untold(_step: str, _milliseconds: int, _facts: int | None) -> None:
    """Tell nobody."""


@dataclass(slots=True)
class Findings:
    """The computation of all findings. ``off``: rules switched off. ``only``: for a trial, none but these.

    ``tell`` is called after each rule, and after what surrounds them: its name, milliseconds, how many facts.

    After ``compute``, ``judged`` and ``changes`` say by rule what the run did.
    """

    rules: RuleBook
    facts: str
    off: frozenset[str] = frozenset()
    only: frozenset[str] = frozenset()
    tell: Callable[[str, int, int | None], None] = _untold
    name: str = "findings"
    judged: list[Judged] = field(default_factory=list[Judged])
    changes: dict[str, Changes] = field(default_factory=dict[str, Changes])

    @property
    def reads(self) -> frozenset[str]:
        """What any of the rules reads."""
        return frozenset[str]().union(*(rule.reads for rule in self.rules.running())) | {"officer_assignment"}

    def compute(self, work: RuleWork) -> int:
        """Open, open again, update and close findings; how many changed their state."""
        work.connection.execute(_FOUND)
        facts = SharedFacts.read(self.facts)
        delivered = _delivered(work)
        asked = {rule.code: Judged(rule, *self._standing(work, rule, delivered)) for rule in self.rules}
        able = {
            code: item.lacks
            for code, item in asked.items()
            if item.standing in {Standing.RUNS, Standing.PARTIAL} and (not self.only or code in self.only)
        }
        for turn in rounds(work, self.rules, able):
            if not turn.rules:
                continue
            with self._told("scope"):
                entered = enter(work, turn)
            # The first round also looks at what belongs to no household.
            if not entered and turn.name in {RECOUNTED, NEW_DAY}:
                continue
            with self._told("shared facts"):
                facts.make(work, turn)
            for rule in turn.rules:
                asked[rule.code] = self._judge(work, asked[rule.code], turn)
        self.judged = list(asked.values())
        with self._told("open and close"):
            for part in statements(_RECONCILE):
                work.run(part, now=now())
        with self._told("evidence"):
            keep_evidence(work)
        self._note_rules(work)
        self.changes = dict(_changes(work))
        return sum(change.opened + change.reopened + change.closed for change in self.changes.values())

    def _judge(self, work: RuleWork, before: Judged, turn: Round) -> Judged:
        rule = before.rule
        begun = monotonic_milliseconds()
        try:
            with work.connection.transaction():
                found = _ask(work, rule, turn)
        except psycopg.Error as error:
            # One rule must not keep the others from running; what it found before stands as it is.
            return replace(before, standing=Standing.FAILED, lacks=f"SQLSTATE {error.sqlstate or 'none'}")
        spent = monotonic_milliseconds() - begun
        self.tell(rule.code, spent, found)
        return replace(before, found=before.found + found, milliseconds=before.milliseconds + spent, has_run=True)

    @contextmanager
    def _told(self, step: str) -> Iterator[None]:
        begun = monotonic_milliseconds()
        yield
        self.tell(step, monotonic_milliseconds() - begun, None)

    def _standing(self, work: RuleWork, rule: Rule, delivered: frozenset[str]) -> tuple[Standing, str]:
        if rule.standing in {Standing.COVERED, Standing.FIGURE}:
            return rule.standing, ", ".join(rule.covered_by) or rule.answered_by
        if rule.code in self.off:
            return Standing.OFF, ""
        sources = [f"{zh} ({en})" for zh, en in rule.missing]
        if rule.standing is Standing.WAITS:
            return Standing.WAITS, "; ".join(sources)
        awaited = [f"{work.catalogue[name].zh} ({name})" for name in sorted(rule.reads - delivered)]
        if rule.reads - delivered - {*rule.enriched_by}:
            return Standing.WAITS, ", ".join(awaited)
        unset = _not_configured(work, rule.parameters)
        if unset:
            return Standing.NOT_CONFIGURED, ", ".join(unset)
        lacks = [*sources, *awaited, *_not_configured(work, rule.optional)]
        return (Standing.PARTIAL, "; ".join(lacks)) if lacks else (Standing.RUNS, "")

    def _note_rules(self, work: RuleWork) -> None:
        with work.connection.cursor() as cursor:
            cursor.executemany(_NOTE_RULE, [_noted(work, judged) for judged in self.judged])


def _delivered(work: RuleWork) -> frozenset[str]:
    """The datasets of which anything was ever delivered: where nothing was, nothing found would mean nothing."""
    rows = work.connection.execute(
        "select distinct d.dataset from sync.dataset_run d join sync.run r using (county, run_id)"
        " where d.county = %(county)s and r.state = 'DONE'",
        work.values,
    ).fetchall()
    return frozenset(str(name) for (name,) in rows)


def _not_configured(work: RuleWork, names: tuple[str, ...]) -> list[str]:
    """Those without any value up to the day; one that follows the day of signing may have had one only before."""
    return [
        name
        for name in names
        if isinstance(work.policy.at(name, work.as_of), NotConfigured)
        and not any(period.valid_from <= work.as_of for period in work.policy.periods_of(name))
    ]


def _ask(work: RuleWork, rule: Rule, turn: Round) -> int:
    found = work.run(
        "insert into found select %(code)s, q.subject, q.fact, q.household_id, q.region, q.loan_id, q.since, q.amount,"
        f" q.days, q.severity, q.group_key, q.evidence from ({rule.sql}) q",
        code=rule.code,
    )
    work.run("insert into asked values (%(code)s, %(round)s)", code=rule.code, round=turn.name)
    work.run(
        _JUDGED,
        code=rule.code,
        is_county=rule.reach is Reach.COUNTY,
        kind=rule.kind.value,
        severity=rule.severity.value,
        subject=rule.subject,
        disposal=rule.disposal.value if rule.disposal else None,
        responsible=rule.responsible.value if rule.responsible else None,
    )
    return found


def _changes(work: RuleWork) -> Iterator[tuple[str, Changes]]:
    rows = work.connection.execute(
        "select j.rule_code, count(*) filter (where c.change = 'OPENED'),"
        " count(*) filter (where c.change = 'REOPENED'),"
        " count(*) filter (where c.change = 'CLOSED'), (select count(*) from computed.finding f"
        " where f.county = %(county)s and f.rule_code = j.rule_code and f.state <> 'CLOSED')"
        " from judged j left join finding_change c using (rule_code) group by j.rule_code order by j.rule_code",
        work.values,
    ).fetchall()
    for code, opened, reopened, closed, standing in rows:
        yield str(code), Changes(int(str(opened)), int(str(reopened)), int(str(closed)), int(str(standing)))


_NOTE_RULE = """
insert into computed.rule as r (
    county, code, title, title_zh, says, says_zh, agencies, kind, severity, standing, lacks, parameters,
    proposed_disposal, last_run_on, milliseconds, computed_in)
values (
    %(county)s, %(code)s, %(title)s, %(title_zh)s, %(says)s, %(says_zh)s, %(agencies)s, %(kind)s, %(severity)s,
    %(standing)s, %(lacks)s, %(parameters)s, %(disposal)s, %(last_run_on)s, %(milliseconds)s, %(run)s)
on conflict (county, code) do update set
    title = excluded.title, title_zh = excluded.title_zh, says = excluded.says, says_zh = excluded.says_zh,
    agencies = excluded.agencies, kind = excluded.kind, severity = excluded.severity, standing = excluded.standing,
    lacks = excluded.lacks, parameters = excluded.parameters, proposed_disposal = excluded.proposed_disposal,
    last_run_on = coalesce(excluded.last_run_on, r.last_run_on),
    milliseconds = coalesce(excluded.milliseconds, r.milliseconds), computed_in = excluded.computed_in
"""


def _noted(work: RuleWork, judged: Judged) -> dict[str, object]:
    rule = judged.rule
    return {
        **work.values,
        "code": rule.code,
        "title": rule.en,
        "title_zh": rule.zh,
        "says": rule.says_en or None,
        "says_zh": rule.says_zh or None,
        "agencies": "+".join(agency.value for agency in rule.agencies),
        "kind": rule.kind.value,
        "severity": rule.severity.value,
        "standing": judged.standing.value,
        "lacks": judged.lacks or None,
        "parameters": ", ".join((*rule.parameters, *rule.optional)) or None,
        "disposal": rule.disposal.value if rule.disposal else None,
        "last_run_on": work.as_of if judged.has_run else None,
        "milliseconds": judged.milliseconds if judged.has_run else None,
    }
