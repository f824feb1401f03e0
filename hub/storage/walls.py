"""Whether the second wall stands, looked at before anything is served: who the API logs in as, and every table's guard.

Raises ``DatabaseError`` DATABASE_LOGIN_TOO_STRONG or DATABASE_WALL_OPEN, naming the role or table, never a row.
"""

from __future__ import annotations

from typing import Any

import psycopg

from hub.errors import DatabaseError
from hub.storage.columns import SCHEMAS
from hub.storage.roles import READERS, VIEWER, DatabaseRole, reading_roles
from hub.storage.server import connect
from hub.storage.views import SCHEMA

Connection = psycopg.Connection[tuple[Any, ...]]

# Every role the login may become, itself included; and what would let one of them past row security.
_BECOMES = """
select r.rolname, r.rolsuper or r.rolbypassrls or r.rolcreaterole or r.rolcreatedb or r.rolreplication
from pg_roles r where pg_has_role(session_user, r.oid, 'SET') or pg_has_role(session_user, r.oid, 'USAGE')
"""
_OWNED = """
select n.nspname || '.' || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
join pg_roles r on r.oid = c.relowner
where c.relkind in ('r', 'p') and n.nspname = any(%s) and (r.rolname = any(%s) or r.rolname = session_user) limit 1
"""
_UNGUARDED = """
select n.nspname || '.' || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p') and n.nspname = any(%s)
  and not (c.relrowsecurity and c.relforcerowsecurity and exists (select from pg_policy p where p.polrelid = c.oid))
order by 1 limit 1
"""
# A view that is read as somebody else than the one whom row security binds.
_STRAY_VIEWS = """
select n.nspname || '.' || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
join pg_roles r on r.oid = c.relowner
where n.nspname = any(%s) and (c.relkind = 'm' or (
  c.relkind = 'v' and (n.nspname <> %s or r.rolname <> %s or r.rolsuper or r.rolbypassrls))) limit 1
"""
# Whoever answers comes to records through views alone, and each reading role by columns granted to it alone.
_DIRECT = """
select n.nspname || '.' || c.relname || ' to ' || coalesce(r.rolname, 'public')
from pg_class c join pg_namespace n on n.oid = c.relnamespace
cross join lateral (
  select grantee from aclexplode(c.relacl) union
  select grantee from pg_attribute t cross join lateral aclexplode(t.attacl) where t.attrelid = c.oid
) granted
left join pg_roles r on r.oid = granted.grantee
where (n.nspname = any(%(closed)s) and (r.rolname is null or r.rolname = any(%(readers)s))
    or n.nspname = %(views)s and (r.rolname is null or r.rolname = any(%(shared)s)))
  and (n.nspname, c.relname, r.rolname) is distinct from ('identity', 'authority', %(login)s)
limit 1
"""
_CLOSED = ["record", "history", "computed", "identity", "access"]


def require_walls(conninfo: str) -> None:
    """Refuse to serve through a login that could pass row security, or past a table without it."""
    with connect(conninfo) as connection:
        _check_login(connection)
        _check_tables(connection)


def _check_login(connection: Connection) -> None:
    row = connection.execute("select session_user").fetchone()
    login = str(row[0]) if row else "?"
    expected = {login, READERS, *reading_roles()}
    for name, is_strong in connection.execute(_BECOMES).fetchall():
        if is_strong or name not in expected:
            raise _too_strong(login, f"may act as {name}" if name != login else "may pass row security")
    owned = connection.execute(_OWNED, ([*SCHEMAS, SCHEMA], sorted(expected))).fetchone()
    if owned:
        raise _too_strong(login, f"owns {owned[0]}, or may act as its owner")


def _check_tables(connection: Connection) -> None:
    open_table = connection.execute(_UNGUARDED, (list(SCHEMAS),)).fetchone()
    if open_table:
        raise _open(f"{open_table[0]} lacks forced row security or a policy")
    stray = connection.execute(_STRAY_VIEWS, ([*SCHEMAS, SCHEMA], SCHEMA, VIEWER)).fetchone()
    if stray:
        raise _open(f"{stray[0]} is a view that row security does not bind")
    login = DatabaseRole.API.value
    asked = {"closed": _CLOSED, "readers": [login, READERS, *reading_roles()], "views": SCHEMA, "login": login}
    direct = connection.execute(_DIRECT, {**asked, "shared": [login, READERS]}).fetchone()
    if direct:
        raise _open(f"granted past the agreements: {direct[0]}")


def _too_strong(login: str, reason: str) -> DatabaseError:
    return DatabaseError(
        "DATABASE_LOGIN_TOO_STRONG",
        f"The login {login} that answers questions {reason}; row security would not bind it.",
        "Set HUB_API_DATABASE_URL to a login as hub_api, which `hub migrate` made, and take other rights from it.",
    )


def _open(reason: str) -> DatabaseError:
    return DatabaseError(
        "DATABASE_WALL_OPEN",
        f"The database would show more than it may: {reason}.",
        "Run `hub migrate`; if it stays, somebody changed the schema by hand: compare with hub/storage/security.py.",
    )
