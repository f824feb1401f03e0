"""A hub of a test's own: records come by a real sync, the rules run as their own login."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg

from hub.rules.policy_file import add_policy, read_policy
from hub.rules.run import Rulebook, RulesReport, run_rules
from hub.rules.work import Computation
from hub.storage.roles import DatabaseRole
from schema import CATALOGUE
from schema.policy import POLICY
from tests.support.database import COUNTY
from tests.sync.hub import Hub

APPROVAL = 'approved_by_finance = "财政局 甲"\napproved_by_partner = "农商行 乙"\napproved_on = 2016-01-01\n'


def entry(name: str, value: str, unit: str = "", since: str = "2015-01-01", more: str = "") -> str:
    """One approved ``[[parameter]]``; a code is given without a unit."""
    given = f'value = "{value}"\n' + (f'unit = "{unit}"\n' if unit else "")
    document = 'document = "测试文件"\n'
    return f'[[parameter]]\nname = "{name}"\n{given}valid_from = {since}\n{document}{APPROVAL}{more}\n'


@dataclass
class Office(Hub):
    """One county's database, its agencies and its rules."""

    def as_rules(self) -> psycopg.Connection[Any]:
        return self.database.connect(DatabaseRole.RULES)

    def decide(self, *entries: str) -> int:
        """Add policy from a file with these entries."""
        with self.as_rules() as connection, connection.transaction():
            return add_policy(connection, POLICY, COUNTY, read_policy("".join(entries), POLICY))

    def compute(
        self, computations: Sequence[Computation], *, as_of: date | None = None, version: str = ""
    ) -> RulesReport:
        return run_rules(
            lambda: psycopg.connect(self.database.conninfo(DatabaseRole.RULES)),
            catalogue=CATALOGUE,
            rulebook=Rulebook(POLICY, computations, version),
            county=COUNTY,
            as_of=as_of,
        )
