"""Rules: each is one question across agencies, or one warning, and the SQL that answers it with evidence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from hub.catalog.dataset import Agency
from hub.errors import CatalogueError


class Severity(StrEnum):
    """How soon somebody must act."""

    HIGH = "HIGH"
    MEDIUM = "MEDIUM"
    LOW = "LOW"

    @property
    def days(self) -> int:
        """Days from opening to the deadline."""
        return {"HIGH": 3, "MEDIUM": 15, "LOW": 30}[self.value]


class Kind(StrEnum):
    """A fault is something wrong with a record; a warning asks for attention where nothing need be wrong."""

    FAULT = "FAULT"  # 疑点
    WARNING = "WARNING"  # 预警


class Disposal(StrEnum):
    """What is proposed (分类处置); a named person decides. The last three concern money or records, not a loan."""

    COLLECT = "COLLECT"  # 正常收回
    RENEW = "RENEW"  # 续贷
    EXTEND = "EXTEND"  # 展期
    NEGOTIATE = "NEGOTIATE"  # 协商还款
    ENTERPRISE_EXIT = "ENTERPRISE_EXIT"  # 企业退出
    COMPENSATE = "COMPENSATE"  # 风险补偿
    SUE = "SUE"  # 依法清收
    WRITE_OFF = "WRITE_OFF"  # 核销
    PAY = "PAY"  # 补付
    RECLAIM = "RECLAIM"  # 追回
    CORRECT = "CORRECT"  # 核实更正


class Reach(StrEnum):
    """Which findings a run must look at again when some households changed."""

    HOUSEHOLD = "household"  # those of the households
    GROUP = "group"  # also those of other households tied to them, such as by one account
    COUNTY = "county"  # all: the rule reads totals, and few rows


class Standing(StrEnum):
    """Whether a rule can be answered at all."""

    RUNS = "RUNS"
    PARTIAL = "PARTIAL"  # runs on what is connected; a source it also needs is not
    WAITS = "WAITS"  # a source without which it cannot run is not connected
    NOT_CONFIGURED = "NOT_CONFIGURED"  # a parameter has no value
    OFF = "OFF"  # switched off by the operator
    COVERED = "COVERED"  # other rules open the findings
    FIGURE = "FIGURE"  # asks for a figure, which another part of the interface answers
    FAILED = "FAILED"  # its SQL could not be run; its findings stand as they were


_RECORD = re.compile(r"\brecord\.(\w+)")
_SUBSIDISED = ("loan", "repayment", "interest_collection", "extension", "subsidy_payment")
# What stands behind the tables of schema/rules/facts.sql, behind the totals and what was computed before.
_BEHIND = {
    "scope_loan": ("loan", "extension", "person"),
    "scope_overlap": ("loan", "extension"),
    "scope_death": ("risk_event",),
    "scope_account": ("loan",),
    "scope_payer": ("repayment",),
    "scope_payment": ("loan", "extension", "person", "subsidy_payment"),
    "scope_number": ("person",),
    "rollup.daily": ("loan", "repayment", "extension"),
    "computed.entitlement": _SUBSIDISED,
    "computed.payment_fault": (*_SUBSIDISED, "household", "person", "risk_event"),
}


@dataclass(frozen=True, slots=True)
class Rule:
    """One question (``Qnn``) or warning (``Wnn``) and how it is answered.

    ``sql`` is one select over the tables of ``schema/rules/facts.sql`` and ``record.*`` that yields the columns
    COLUMNS; a rule has it, or ``covered_by`` other rules, or is ``answered_by`` a figure, or ``waits``.
    ``missing`` sources are named in both languages; without the datasets ``enriched_by`` it runs in part.
    ``parameters`` must be configured; of ``optional`` ones only the part of the rule is left out that needs them.
    ``is_daily``: as days pass it opens or closes findings of households with an open loan, a case or a finding, though
    no record changes. What it reads of ``computed`` need not be daily: whose entitlement has changed, for whatever
    reason, is looked at again.
    """

    code: str
    zh: str
    en: str
    agencies: tuple[Agency, ...]
    severity: Severity
    says_zh: str = ""  # what a finding says, and what to look at
    says_en: str = ""
    kind: Kind = Kind.FAULT
    subject: str = "loan"  # the dataset whose record a finding is about
    parameters: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    disposal: Disposal | None = None
    responsible: Agency | None = None  # who acts; the area's officer if none
    reach: Reach = Reach.HOUSEHOLD
    is_daily: bool = False  # a new day alone can open or close findings
    missing: tuple[tuple[str, str], ...] = ()  # (zh, en)
    enriched_by: tuple[str, ...] = ()
    covered_by: tuple[str, ...] = ()
    answered_by: str = ""
    sql: str = ""

    @property
    def reads(self) -> frozenset[str]:
        """The datasets its SQL reads, itself or through the shared facts."""
        read = set(_RECORD.findall(self.sql))
        return frozenset(read.union(*(behind for table, behind in _BEHIND.items() if table in self.sql)))

    @property
    def is_counted(self) -> bool:
        """Whether it rests on what the hub has worked out, besides records."""
        return "computed." in self.sql

    @property
    def standing(self) -> Standing:
        """What the declaration alone says; parameters and switches are known only to a county's hub."""
        if self.covered_by:
            return Standing.COVERED
        if self.answered_by:
            return Standing.FIGURE
        if not self.sql:
            return Standing.WAITS
        return Standing.PARTIAL if self.missing else Standing.RUNS


# What a rule's SQL yields, in any order: the subject's key; what tells several findings about one subject apart;
# where it belongs; since when, how much money (fen) and how many days; a severity if not the rule's own; what ties a
# group together; and the rows it rests on, each "dataset<tab>key<tab>…".
COLUMNS = (
    "subject",
    "fact",
    "household_id",
    "region",
    "loan_id",
    "since",
    "amount",
    "days",
    "severity",
    "group_key",
    "evidence",
)


class RuleBook:
    """All rules by code. Raises ``CatalogueError`` for a contradiction among them."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules: dict[str, Rule] = {}
        for rule in rules:
            if rule.code in self._rules:
                raise _wrong(f"Rule {rule.code} is declared twice.")
            self._rules[rule.code] = rule
        for rule in self:
            self._check(rule)

    def __iter__(self) -> Iterator[Rule]:
        return iter(self._rules.values())

    def __contains__(self, code: str) -> bool:
        return code in self._rules

    def __getitem__(self, code: str) -> Rule:
        try:
            return self._rules[code]
        except KeyError:
            raise CatalogueError(
                "CATALOGUE_UNKNOWN_RULE", f"There is no rule {code!r}.", "docs/findings.md lists them."
            ) from None

    def running(self) -> tuple[Rule, ...]:
        """The rules that have SQL, in declaration order."""
        return tuple(rule for rule in self if rule.sql)

    def _check(self, rule: Rule) -> None:
        ways = [bool(rule.sql), bool(rule.covered_by), bool(rule.answered_by)]
        if sum(ways) > 1 or (not any(ways) and not rule.missing):
            raise _wrong(f"{rule.code} must have SQL, or other rules that cover it, or a figure, or a missing source.")
        if rule.sql and not (rule.says_zh and rule.says_en):
            raise _wrong(f"{rule.code} does not say what it finds.")
        for code in rule.covered_by:
            if code not in self or not self._rules[code].sql:
                raise _wrong(f"{rule.code} is covered by {code}, which does not run.")


def _wrong(message: str) -> CatalogueError:
    return CatalogueError("CATALOGUE_CONTRADICTION", message, "Correct the declaration in schema/rules/.")
