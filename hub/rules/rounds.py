"""Which households a run looks at, in rounds, and which rules are asked about those of each round.

A household whose records changed is looked at by every rule that reads them; one of whom only an entitlement came out
otherwise, by the rules that read entitlements; one of whom only a day has passed, by the daily rules.
"""

# ruff: noqa: S608 -- parts of files of ours, values only as parameters

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

from hub.catalog.policy import NotConfigured
from hub.catalog.rule import Reach, Rule, RuleBook
from hub.rules.work import RuleWork, statements

EVERYTHING, TOUCHED, RECOUNTED, NEW_DAY = "everything", "touched", "recounted", "a new day"
_CREATED = re.compile(r"^create temp table (\w+)", re.MULTILINE)
_TABLES = """
create temp table scope (household_id text collate "C" primary key) on commit drop;
create temp table looked (round text, household_id text collate "C", primary key (household_id, round)) on commit drop;
create temp table asked (rule_code text collate "C", round text) on commit drop
"""


@dataclass(frozen=True, slots=True)
class Round:
    """One round: its name, and the rules that are asked in it."""

    name: str
    rules: tuple[Rule, ...]


def rounds(work: RuleWork, rules: RuleBook, able: Mapping[str, str]) -> Iterator[Round]:
    """The rounds of a run, in order, each with those of the ``able`` rules (code → what it lacks) that it calls for.

    Everything is looked at if a parameter has another value than on the former day; and by a rule that could not answer
    then, or only in part: what it waited for may have come, and been empty.
    """
    work.connection.execute(_TABLES)
    running = [rule for rule in rules.running() if rule.code in able]
    if work.whole or not _same_parameters(work, running):
        yield Round(EVERYTHING, tuple(running))
        return
    answered = _answered(work, able)
    yield Round(EVERYTHING, tuple(rule for rule in running if rule.code not in answered))
    running = [rule for rule in running if rule.code in answered]
    is_new_day = work.former_as_of != work.as_of
    daily = [rule for rule in running if is_new_day and rule.is_daily]
    counted = [rule for rule in running if rule.is_counted]
    # Whoever is looked at here is not looked at again in the rounds below, so their rules are asked here too.
    below = {rule.code for rule in (*daily, *counted)}
    yield Round(TOUCHED, tuple(rule for rule in running if rule.reads & work.touched or rule.code in below))
    yield Round(RECOUNTED, tuple(counted))
    yield Round(NEW_DAY, tuple(rule for rule in daily if rule.reach is Reach.HOUSEHOLD))


def enter(work: RuleWork, turn: Round) -> int:
    """Fill ``scope`` with the households of the round but those that were touched, if they had theirs; how many."""
    work.connection.execute("truncate scope")
    chosen = _scopes()[turn.name]
    work.run(
        f"insert into scope select household_id from ({chosen}) chosen where not exists ("
        f"select from looked k where k.household_id = chosen.household_id and k.round = '{TOUCHED}')",
        daily=[rule.code for rule in turn.rules if rule.is_daily],
    )
    entered = work.run("insert into looked select %(round)s, household_id from scope", round=turn.name)
    work.connection.execute("analyze scope")
    return entered


@cache
def _scopes() -> dict[str, str]:
    text = files("hub.rules").joinpath("findings_scope.sql").read_text("utf-8")
    found: dict[str, str] = {}
    for name in (EVERYTHING, TOUCHED, RECOUNTED, NEW_DAY):
        found[name] = text.partition(f"\n-- {name}\n")[2].partition(";\n")[0]
    return found


def _answered(work: RuleWork, able: Mapping[str, str]) -> frozenset[str]:
    """The rules that lacked nothing else when they were last called for."""
    rows = work.connection.execute(
        "select code, coalesce(lacks, '') from computed.rule"
        " where county = %(county)s and standing in ('RUNS', 'PARTIAL')",
        work.values,
    ).fetchall()
    return frozenset(str(code) for code, lacks in rows if able.get(str(code)) == lacks)


def _same_parameters(work: RuleWork, rules: Iterable[Rule]) -> bool:
    former = work.former_as_of
    if former is None or former == work.as_of:
        return True
    names = {name for rule in rules for name in (*rule.parameters, *rule.optional)}
    return all(_value(work, name, former) == _value(work, name, work.as_of) for name in names)


def _value(work: RuleWork, name: str, day: date) -> int | str | None:
    """What the parameter is on the day; None where it is not configured, whatever the reason."""
    value = work.policy.at(name, day)
    return None if isinstance(value, NotConfigured) else value


@dataclass(frozen=True, slots=True)
class SharedFacts:
    """The tables of ``schema/rules/facts.sql``: for each, the statements that make it."""

    made_by: dict[str, tuple[str, ...]]

    @classmethod
    def read(cls, text: str) -> SharedFacts:
        """From statements of which one creates a table, and those up to the next one belong to it."""
        made: dict[str, list[str]] = {}
        latest: list[str] = []
        for statement in statements(text):
            if created := _CREATED.search(statement):
                latest = made.setdefault(created[1], [])
            latest.append(statement)
        return cls({name: tuple(texts) for name, texts in made.items()})

    def make(self, work: RuleWork, turn: Round) -> None:
        """Make the tables that the rules of ``turn`` name, and those these are made of, of the households in ``scope``.

        On a new day only of loans that are open: a day alone says nothing new of any other.
        """
        for name in self.needed(rule.sql for rule in turn.rules):
            work.connection.execute(f"drop table if exists {name}".encode())
            for statement in self.made_by[name]:
                work.run(statement, only_open=turn.name == NEW_DAY)

    def needed(self, texts: Iterable[str]) -> list[str]:
        """The tables that ``texts`` name, directly or not, in the order in which they can be made."""
        named = set(re.findall(r"\w+", " ".join(texts)))
        for name in reversed(self.made_by):
            if name in named:
                named.update(re.findall(r"\w+", " ".join(self.made_by[name])))
        return [name for name in self.made_by if name in named]
