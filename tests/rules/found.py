"""What single rules find in facts put straight into the record tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from hub.rules.findings import Findings
from schema import CATALOGUE
from schema.rules import FACTS, RULES
from tests.rules.office import Office
from tests.rules.records import Row, bring
from tests.support.database import COUNTY

Found = list[tuple[Any, ...]]
Facts = dict[str, Sequence[Row]]


def found(
    office: Office, codes: Sequence[str], facts: Mapping[str, Sequence[Row]], as_of: date, *, without: str = ""
) -> Found:
    """Rule, subject and severity of every open finding of ``codes``; all datasets but ``without`` were delivered."""
    run = bring(office, facts)
    with office.database.connect() as connection:
        for dataset in CATALOGUE.delivered():
            if dataset.name != without:
                connection.execute(
                    "insert into sync.dataset_run values (%s, %s, %s, 0, 0, 0, 0, 0, 0, 0, '', 0)",
                    (COUNTY, run, dataset.name),
                )
    findings = Findings(RULES, FACTS, only=frozenset(codes))
    office.compute([findings], as_of=as_of, version=str(run))  # so that it looks at everything
    assert {judged.rule.code for judged in findings.judged if judged.has_run} == set(codes)
    return office.rows(
        "select rule_code, subject_key, severity from computed.finding where state <> 'CLOSED' order by 1, 2"
    )
