"""The rules as a page to read: every question and warning, what it needs, and whether it can be answered."""

from __future__ import annotations

from collections.abc import Iterator

from hub.catalog.policy import Policy
from hub.catalog.rule import Kind, Rule, RuleBook, Standing

_HEAD = """\
# Findings 疑点与预警

Printed from `schema/rules/` by `hub schema rules`; a test compares this page with the declarations.

A rule asks one question across agencies (Qnn) or raises one warning (Wnn). A fault 疑点 is something wrong; a
warning 预警 asks for attention where nothing need be wrong. After each sync the rules look again at the households
whose records changed, and on a new day of the books at those whose dates may have come. What a rule finds opens a
finding: with the rows it rests on (down to file, sheet and row), an amount, a proposed disposal 处置建议, an owner
责任人 and a deadline: high 3 days, medium 15, low 30. It closes by itself when the records no longer say so, and opens
again when they do.

```console
$ hub findings rules                          # how each rule stands here, and how many findings are open
$ hub findings run --rule W29 --dry-run       # what a rule would open, before it is switched on (HUB_RULES_OFF)
$ hub findings run                            # every rule over every household
```

## What becomes of a finding

A finding is `OPEN`, `ASSIGNED`, `EXPLAINED`, `DECIDED` or `CLOSED`. Only the records close it; only a named person
assigns, explains or decides, and each such word is one row of a journal that nobody can change. Who deals with it first
stays its first contact 首问责任人. A decision changes nothing in the records: the history of an overdue loan stays.

```graphql
mutation {
  decideFinding(findingId: "Q12-…", disposal: COMPENSATE, words: "已核实死亡证明") { state eventId happenedAt }
}
```

`commentOnFinding`, `assignFinding`, `explainFinding` and `decideFinding` take one finding each. They need a staff token
(a client's own names nobody), the scope `finding:decide` if the token has scopes, an agreement that shares findings for
the purpose, and a region that contains the finding. They are written by a login, `hub_decision`, that can only add.

`GET /events` (`text/event-stream`) tells of findings and syncs as they change, within the actor's region. An event
names a finding and what happened, never a record. Who comes back with `Last-Event-ID` misses nothing.

## Rules

| standing | meaning |
|---|---|
| runs | answered from what is connected |
| partial | answered from what is connected; a named source would find more |
| waits | not answered: a named source is not connected |
| covered | other rules open the findings |
| figure | asks for a figure; the interface answers it |

A county's hub adds `NOT_CONFIGURED` where a parameter has no value (`hub policy list`), `WAITS` also where a dataset
was never delivered, `OFF` for rules its operator has switched off, `FAILED` for one that could not be run. A rule that
does not run finds nothing, and says so: nothing found is never the same as not asked. Parameters in brackets are
optional: without one, only the part of the rule is left out that needs it.

"""
_STANDING = {
    Standing.RUNS: "runs",
    Standing.PARTIAL: "partial",
    Standing.WAITS: "waits",
    Standing.COVERED: "covered",
    Standing.FIGURE: "figure",
}


def rule_page(rules: RuleBook, policy: Policy) -> str:
    """Markdown; the same declarations always give the same page."""
    lines = [
        "## What a county must set first",
        "",
        "No national document that the hub knows gives these a value, so until the county does (`hub policy add`), the",
        "rules below are `NOT_CONFIGURED` or leave out a part.",
        "",
        "| parameter | 参数 | rules that do not run without it | rules that leave out a part |",
        "|---|---|---|---|",
        *_unset(rules, policy),
        "",
    ]
    for title, letter in (("The 42 questions", "Q"), ("The 32 warnings", "W")):
        lines += [
            f"## {title}",
            "",
            "| rule | 问题 question | agencies | | severity | standing | parameters | proposal |",
            "|---|---|---|---|---|---|---|---|",
            *(_row(rule) for rule in rules if rule.code.startswith(letter)),
            "",
        ]
    lines += ["## What a finding says", ""]
    lines += [f"- **{rule.code}** {rule.says_zh} {rule.says_en}" for rule in rules.running()]
    return _HEAD + "\n".join(lines) + "\n"


def _unset(rules: RuleBook, policy: Policy) -> Iterator[str]:
    given = {setting.name for setting in policy.settings}
    for parameter in policy:
        needing = ", ".join(rule.code for rule in rules.running() if parameter.name in rule.parameters)
        asking = ", ".join(rule.code for rule in rules.running() if parameter.name in rule.optional)
        if parameter.name not in given and (needing or asking):
            yield f"| {parameter.name} | {parameter.zh} | {needing} | {asking} |"


def _row(rule: Rule) -> str:
    agencies = "+".join(agency.value[0] for agency in rule.agencies)
    kind = "fault" if rule.kind is Kind.FAULT else "warning"
    standing = ": ".join([_STANDING[rule.standing], *_why(rule)])
    parameters = ", ".join([*rule.parameters, *(f"({name})" for name in rule.optional)])
    proposal = rule.disposal.value if rule.disposal else ""
    cells = (rule.code, f"{rule.zh} · {rule.en}", agencies, kind, rule.severity.value, standing, parameters, proposal)
    return "| " + " | ".join(cells) + " |"


def _why(rule: Rule) -> Iterator[str]:
    if rule.covered_by:
        yield ", ".join(rule.covered_by)
    elif rule.answered_by:
        yield f"`{rule.answered_by}`"
    elif rule.missing:
        yield "; ".join(f"{zh} ({en})" for zh, en in rule.missing)
