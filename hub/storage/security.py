"""The second wall: what each database role may touch, as SQL derived from the tables.

The first migration holds a copy of these statements as they were then; a test compares what a migrated database
allows with what is derived here, so a table or column can not be added without its wall.
Policies hold no subquery and read claims that are local to the transaction, so that they also work on Citus.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import MetaData, Table

from hub.catalog.registry import REGION
from hub.storage import access_tables, identity_tables
from hub.storage.claims import dataset_claim, rule_claim
from hub.storage.roles import OWNER, READERS, VIEWER, DatabaseRole

_COUNTY_CLAIM = "county = current_setting('hub.county')"
# Compared as a range: unlike the prefix operator, it reaches the index when the claim is only known at run time.
_REGION_CLAIM = "region >= current_setting('hub.region_from') and region <= current_setting('hub.region_to')"

# What a serving process sees of the log of its own accord: how the tree stands, and that there is something unusual.
# Who saw what about whom is behind the views, which only the auditor's reading roles are granted.
_SERVED_OF_THE_LOG: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("leaf_run", "node", "checkpoint", "cosignature", "disagreement", "indexed_block"), ()),
    "disclosure": ("county", "disclosed_at", "entry_id", "xid"),
    "log_alarm": ("county", "hour", "kind"),
}

# What of the log is read through views.
_LOG_IN_VIEWS = {"disclosure", "posting", "indexed_block", "checkpoint", "cosignature", "disagreement", "log_alarm"}

# Nothing of the log is ever changed, and each part of it has one role that adds to it.
_PROVES_THE_LOG = {
    "leaf_run",
    "node",
    "checkpoint",
    "expired_month",
    "posting",
    "indexed_block",
    "told_hour",
    "log_alarm",
}

# The sync's own memory of what it read and counted by; it says nothing that the records do not.
_FOR_THE_SYNC_ALONE = {
    *(("sync", name) for name in ("remembered", "accepted_link", "rejected_link")),
    ("rollup", "counted"),
}
# How sure a link is depends on it; no reader asks for it.
_FOR_SYNC_AND_RULES = {("sync", "lengthened_number")}

# Read through views; and what is read beside them, with the dataset that whoever reads it must be allowed to see.
_RECORDS = frozenset({"record", "computed"})
_SEEN_WITH = {"sync": "sync_run", "rollup": "ledger"}

# Kept from the API: the raw values of a row that was refused.
_NOT_FOR_READERS = {
    (schema, table, column)
    for schema, table in (("sync", "quarantine"), ("sync", "decision"))
    for column in ("raw_headings", "raw_values")
}
# What a person decided is added to and never rewritten, as history is.
_ONLY_ADDED = {("sync", "decision"), ("sync", "lengthened_number")}
# Of what the rules keep for themselves, what does not hold any more is taken away.
_KEPT_BY_RULES = {("rules", "entitlement_due")}

_FINDING, _FINDING_EVENT = "finding", "finding_event"
# What the writer of decisions must know of a finding.
_DECIDED_BY = ("county", "finding_id", "rule_code", "severity", "state", "household_id", REGION)


def statements(metadata: MetaData) -> Iterator[str]:
    """Every statement that raises the wall around ``metadata``'s tables, in order."""
    for schema in sorted({str(table.schema) for table in metadata.tables.values()}):
        for role in _visitors(schema):
            yield f"grant usage on schema {schema} to {_entering(schema, role)}"
    yield f"grant usage on schema audit to {VIEWER}"
    for table in metadata.sorted_tables:
        yield from table_statements(table)


def table_statements(table: Table) -> Iterator[str]:
    """Row security, policies and grants of one table."""
    name = f"{table.schema}.{table.name}"
    yield f"alter table {name} enable row level security"
    yield f"alter table {name} force row level security"
    if table.schema == access_tables.SCHEMA or table.name == identity_tables.AUTHORITY:
        # Agreements are written, and the change counted, as the owner, whom row security binds like anybody.
        yield f"create policy {OWNER} on {name} to {OWNER} using ({_COUNTY_CLAIM}) with check ({_COUNTY_CLAIM})"
    for role in _visitors(str(table.schema), table.name):
        yield from _grants(table, name, role)
    if table.schema == "audit" and table.name in _LOG_IN_VIEWS:
        yield f"create policy {VIEWER} on {name} for select to {VIEWER} using ({_COUNTY_CLAIM})"
        yield f"grant select on {name} to {VIEWER}"


def _visitors(schema: str, table: str = identity_tables.AUTHORITY) -> tuple[DatabaseRole, ...]:
    """The roles that enter ``schema`` at all, or one table of it."""
    if schema == identity_tables.SCHEMA:
        reader = (DatabaseRole.API,) if table == identity_tables.AUTHORITY else ()
        return (DatabaseRole.IDENTITY, *reader)
    if schema == "computed":
        deciders = (DatabaseRole.DECISION,) if table in {_FINDING, _FINDING_EVENT, identity_tables.AUTHORITY} else ()
        return (DatabaseRole.RULES, DatabaseRole.API, *deciders)
    if schema == "audit":
        served = (DatabaseRole.API,) if table in {*_SERVED_OF_THE_LOG, identity_tables.AUTHORITY} else ()
        return (DatabaseRole.LOG, DatabaseRole.AUDIT, *served)
    if (schema, table) in _FOR_THE_SYNC_ALONE:
        return (DatabaseRole.CONNECTOR,)
    if (schema, table) in _FOR_SYNC_AND_RULES:
        return (DatabaseRole.CONNECTOR, DatabaseRole.RULES)
    return _VISITORS.get(schema, (DatabaseRole.CONNECTOR, DatabaseRole.RULES, DatabaseRole.API))


_VISITORS = {
    "rules": (DatabaseRole.RULES,),
    "history": (DatabaseRole.CONNECTOR, DatabaseRole.RULES),
    access_tables.SCHEMA: (DatabaseRole.IDENTITY,),
}


def _entering(schema: str, role: DatabaseRole) -> str:
    """Whom ``schema`` is opened to for ``role``'s sake."""
    if role is not DatabaseRole.API or schema == identity_tables.SCHEMA:
        return role
    return VIEWER if schema in _RECORDS else READERS


def _grants(table: Table, name: str, role: DatabaseRole) -> Iterator[str]:
    if role is DatabaseRole.CONNECTOR:
        yield f"create policy {role} on {name} to {role} using ({_COUNTY_CLAIM}) with check ({_COUNTY_CLAIM})"
        # What was said before, and how it came, is added to and never taken away.
        yield f"grant select, insert{_rewrites(table)} on {name} to {role}"
    elif role in _COMPUTING:
        yield from _COMPUTING[role](table, name)
    elif table.schema == access_tables.SCHEMA and table.name != access_tables.BUDGET:
        yield f"create policy {role} on {name} for select to {role} using ({_COUNTY_CLAIM})"
        yield f"grant select on {name} to {role}"
    elif role is DatabaseRole.IDENTITY:
        yield f"create policy {role} on {name} to {role} using ({_COUNTY_CLAIM}) with check ({_COUNTY_CLAIM})"
        removes = "" if table.name == identity_tables.AUTHORITY else ", delete"
        yield f"grant select, insert, update{removes} on {name} to {role}"
    elif table.schema == identity_tables.SCHEMA:
        # Read in the very statement that sets the claims, so before they hold; a count gives nothing away.
        yield f"create policy {role} on {name} for select to {role} using (true)"
        yield f"grant select (county, version) on {name} to {role}"
    elif role is DatabaseRole.LOG:
        if table.name not in _PROVES_THE_LOG:
            yield from _appends(table, name, role, f"{role}")
    elif role is DatabaseRole.AUDIT:
        yield f"create policy {role} on {name} for select to {role} using ({_COUNTY_CLAIM})"
        yield f"grant select on {name} to {role}"
        if table.name in _PROVES_THE_LOG:
            yield from _appends(table, name, role, f"{role}_appends")
    else:
        reader = _reader_of(table)
        yield f"create policy {reader} on {name} for select to {reader} using ({_reader_claim(table)})"
        yield f"grant select ({', '.join(readable_columns(table))}) on {name} to {reader}"


def _reader_of(table: Table) -> str:
    """Who reads it when a question is answered: records through their views, column by column; the rest as it is."""
    return VIEWER if table.schema in _RECORDS else READERS


def _appends(table: Table, name: str, role: DatabaseRole, policy: str) -> Iterator[str]:
    yield f"create policy {policy} on {name} for insert to {role} with check ({_COUNTY_CLAIM})"
    # A column with a default of the database's own is not for the writer to choose.
    columns = ", ".join(column.name for column in table.columns if column.server_default is None)
    yield f"grant insert ({columns}) on {name} to {role}"


def _reader_claim(table: Table) -> str:
    if table.schema == "audit":
        return _COUNTY_CLAIM
    claim = f"{_COUNTY_CLAIM} and {_REGION_CLAIM}" if REGION in table.c else _COUNTY_CLAIM
    if table.schema in _RECORDS:
        return claim  # their views ask for the dataset: once, while a policy asks at every row
    return f"{claim} and {dataset_claim(_SEEN_WITH[str(table.schema)])}"


def _grants_to_rules(table: Table, name: str) -> Iterator[str]:
    """The rules read whatever the agencies say and rewrite what follows from it, and nothing else."""
    role = DatabaseRole.RULES
    if table.schema in {"computed", "rules"}:
        yield f"create policy {role} on {name} to {role} using ({_COUNTY_CLAIM}) with check ({_COUNTY_CLAIM})"
        is_kept = table.schema == "rules" and (table.schema, table.name) not in _KEPT_BY_RULES
        rewrites = ", update" if is_kept else ", update, delete"
        yield f"grant select, insert{'' if table.info.get('journal') else rewrites} on {name} to {role}"
    else:
        yield f"create policy {role} on {name} for select to {role} using ({_COUNTY_CLAIM})"
        hidden = any((table.schema, table.name, column.name) in _NOT_FOR_READERS for column in table.columns)
        columns = f" ({', '.join(readable_columns(table))})" if hidden else ""
        yield f"grant select{columns} on {name} to {role}"


def _grants_to_decisions(table: Table, name: str) -> Iterator[str]:
    """A word about a finding is added where the actor may see the finding; the finding follows by a trigger."""
    role, claim = DatabaseRole.DECISION, f"{_COUNTY_CLAIM} and {_REGION_CLAIM}"
    if table.name == _FINDING:
        yield f"create policy {role} on {name} for select to {role} using ({claim} and {rule_claim('finding_id')})"
        yield f"grant select ({', '.join(_DECIDED_BY)}) on {name} to {role}"
        # The trigger's function is the owner's, whom forced row security binds too.
        yield f"create policy {OWNER} on {name} to {OWNER} using ({_COUNTY_CLAIM}) with check ({_COUNTY_CLAIM})"
    else:
        yield f"create policy {role} on {name} for insert to {role} with check ({claim})"
        columns = ", ".join(column.name for column in table.columns if column.server_default is None)
        yield f"grant insert ({columns}) on {name} to {role}"


_COMPUTING = {DatabaseRole.RULES: _grants_to_rules, DatabaseRole.DECISION: _grants_to_decisions}


def _rewrites(table: Table) -> str:
    if table.schema in {"record", "rollup"}:
        return ", update, delete"
    if table.schema == "sync" and ("sync", table.name) not in _ONLY_ADDED:
        return ", update"
    return ""


def readable_columns(table: Table) -> tuple[str, ...]:
    """The columns the API's role is granted."""
    served = _SERVED_OF_THE_LOG.get(table.name, ()) if table.schema == "audit" else ()
    return served or tuple(
        column.name
        for column in table.columns
        if (table.schema, table.name, column.name) not in _NOT_FOR_READERS
        and column.name not in table.info.get("hidden", ())
    )
