"""Whom each record is about, by grade (A-G), and what agencies say differently; what people decided about both."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files

from hub.clock import now
from hub.errors import RuleError
from hub.rules.policy import Connection
from hub.rules.work import RuleWork, statements

_LINKS = files("hub.rules").joinpath("linking.sql").read_text("utf-8")
_CONFLICTS = files("hub.rules").joinpath("conflicts.sql").read_text("utf-8")

# In a rules' run's version, so that another way of linking is applied to everything.
SQL_TEXT = _LINKS + _CONFLICTS

# A link by one of these holds, but no record is placed by it until a person says so.
_PLACES_NOTHING = ("ACCOUNT", "IDENTITY_AND_PERIOD")

ACCEPTED, REJECTED, UNDONE = "ACCEPTED", "REJECTED", "UNDONE"
EXPLAINED, REOPENED = "EXPLAINED", "REOPENED"

# The newest decision about a link holds until it is undone, however often the links are found again.
_DECIDED_LINKS = """
update computed.record_link k set
    state = case d.action when 'UNDONE' then case k.grade when 'F' then 'PROPOSED' when 'G' then 'UNLINKED'
        else 'LINKED' end else d.action end,
    decided_by = case d.action when 'UNDONE' then null else d.decided_by end,
    reason = case d.action when 'UNDONE' then null else d.reason end
from (select distinct on (subject) subject, action, decided_by, reason from rules.decision
      where county = %(county)s and kind = 'LINK' order by subject, decision_id desc) d
where k.county = %(county)s and d.subject = concat_ws('|', k.dataset, k.record_key, k.entity, k.entity_key)
"""
_DECIDED_CONFLICTS = """
update computed.conflict c set
    state = case d.action when 'REOPENED' then 'OPEN' else d.action end,
    decided_by = case d.action when 'REOPENED' then null else d.decided_by end,
    reason = case d.action when 'REOPENED' then null else d.reason end
from (select distinct on (subject) subject, action, decided_by, reason from rules.decision
      where county = %(county)s and kind = 'CONFLICT' order by subject, decision_id desc) d
where c.county = %(county)s and d.subject = c.conflict_id and c.state <> 'RESOLVED'
"""


@dataclass(frozen=True, slots=True)
class Linking:
    """``computed.record_link``, ``computed.conflict`` and ``computed.claim``."""

    name: str = "links and conflicts"
    reads: frozenset[str] = frozenset({"person", "household", "loan", "subsidy_payment"})

    def compute(self, work: RuleWork) -> int:
        """Find links and conflicts anew for what was touched; how many links and conflicts there are now."""
        fresh = [run_id for (run_id,) in work.connection.execute("select sync_run_id from fresh_run").fetchall()]
        for text, decided in ((_LINKS, _DECIDED_LINKS), (_CONFLICTS, _DECIDED_CONFLICTS)):
            for statement in statements(text):
                work.run(statement, whole=work.whole, fresh=fresh)
            work.run(decided)
        row = work.connection.execute(
            "select (select count(*) from computed.record_link where county = %(county)s)"
            " + (select count(*) from computed.conflict where county = %(county)s)",
            work.values,
        ).fetchone()
        return int(str(row[0])) if row else 0


def decide_link(  # a decision has as many sides
    connection: Connection, county: str, key: tuple[str, str, str], action: str, by: str, reason: str
) -> None:
    """Accept, reject or undo the link ``key``: dataset, record and the entity's key. ``RuleError`` LINK_UNKNOWN."""
    row = connection.execute(
        "select concat_ws('|', dataset, record_key, entity, entity_key), state, method from computed.record_link"
        " where county = %s and dataset = %s and record_key = %s and entity_key = %s",
        (county, *key),
    ).fetchone()
    if row is None:
        raise RuleError("LINK_UNKNOWN", "There is no such link.", "`hub link list` shows them.", status=404)
    other = connection.execute(
        "select entity_key from computed.record_link where county = %s and dataset = %s and record_key = %s"
        " and entity_key <> %s and state = 'ACCEPTED'",
        (county, *key),
    ).fetchone()
    if action == ACCEPTED and other is not None:
        raise RuleError(
            "LINK_ACCEPTED_ELSEWHERE",
            f"It was accepted that the record belongs to {other[0]}.",
            "Undo that first: `hub link undo`.",
            status=409,
        )
    awaits = row[1] in {"PROPOSED", "REJECTED"} or (row[1] == "LINKED" and row[2] in _PLACES_NOTHING)
    if action == ACCEPTED and not awaits:
        raise RuleError(
            "LINK_NOT_PROPOSED",
            f"The link is {row[1]}.",
            "Only a candidate can be accepted, or a link by account or period alone.",
            status=409,
        )
    _note(connection, county, ("LINK", str(row[0]), action), by, reason)
    connection.execute(_DECIDED_LINKS.encode(), {"county": county})


def accepted_links(connection: Connection, county: str) -> dict[tuple[str, str], str]:
    """By dataset and record, the key of the entity that a person accepted, while it is still a candidate."""
    rows = connection.execute(
        "select dataset, record_key, entity_key from computed.record_link where county = %s and state = 'ACCEPTED'",
        (county,),
    ).fetchall()
    return {(str(dataset), str(key)): str(entity) for dataset, key, entity in rows}


def rejected_links(connection: Connection, county: str) -> set[tuple[str, str, str]]:
    """Dataset, record and entity of each link that a person refused and that its numbers would make hold."""
    rows = connection.execute(
        "select dataset, record_key, entity_key from computed.record_link"
        " where county = %s and state = 'REJECTED' and grade not in ('F', 'G')",
        (county,),
    ).fetchall()
    return {(str(dataset), str(key), str(entity)) for dataset, key, entity in rows}


def decide_conflict(
    connection: Connection, county: str, conflict: str, action: str, by: str, reason: str
) -> None:  # as above
    """Explain a conflict or open it again. ``RuleError`` CONFLICT_UNKNOWN."""
    row = connection.execute(
        "select state from computed.conflict where county = %s and conflict_id = %s", (county, conflict)
    ).fetchone()
    if row is None or row[0] == "RESOLVED":
        raise RuleError("CONFLICT_UNKNOWN", "There is no such conflict.", "`hub conflict list` shows them.", status=404)
    _note(connection, county, ("CONFLICT", conflict, action), by, reason)
    connection.execute(_DECIDED_CONFLICTS.encode(), {"county": county})


def _note(connection: Connection, county: str, what: tuple[str, str, str], by: str, reason: str) -> None:
    connection.execute(
        "insert into rules.decision (county, kind, subject, action, decided_by, reason, decided_at)"
        " values (%s, %s, %s, %s, %s, %s, %s)",
        (county, *what, by, reason, now()),
    )
