"""The 42 questions across agencies and the 32 warnings, as rules. Out: RULES, checked. Their SQL is in sql/, each over
the tables that facts.sql makes of the households a run looks at; docs/findings.md is printed from here.
"""

from importlib.resources import files

from hub.catalog.rule import RuleBook
from schema.rules.borrowing import BORROWING
from schema.rules.compensating import COMPENSATING
from schema.rules.early_warnings import WARNINGS
from schema.rules.enterprises import ENTERPRISES
from schema.rules.records import RECORDS
from schema.rules.subsidising import SUBSIDISING

FACTS = files("schema.rules").joinpath("facts.sql").read_text("utf-8")

RULES = RuleBook(
    sorted((*SUBSIDISING, *BORROWING, *COMPENSATING, *ENTERPRISES, *RECORDS, *WARNINGS), key=lambda rule: rule.code)
)
