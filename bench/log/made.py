"""Made entries, as many as wanted, put into a database of their own by SQL, over the months of a year.

A listed share of them is about 50 neighbouring households, a fifth about none (sums, refusals), the others about one.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta

import psycopg
from psycopg import sql

from hub.audit.entry import COLUMNS
from hub.clock import now
from hub.storage.migrate import migrate
from hub.storage.server import DatabaseServer

COUNTY = "522301"
MONTHS = 12
LISTED = 50
_NAMED = ", ".join(COLUMNS)

# $1 the first number, $2 how many, $3 of how many in all, $4 households, $5 the share of lists in thousandths,
# $6 the first moment and $7 milliseconds from there to now.
ROWS = f"""
select '{COUNTY}', timestamptz 'epoch' + m.ms * interval '1 millisecond',
  (lpad(to_hex(m.ms), 12, '0') || '7' || substr(m.noise, 1, 3) || '8' || substr(m.noise, 4, 15))::uuid,
  'GRAPHQL', substr(m.noise, 1, 16), 0, 'ANSWERED', null, 'bank-system', null, 'agency-system', 'BANK', '{COUNTY}',
  'loan-review', 'bank-relief-loan-review', md5('t' || m.n / 5000), 'Loans', sha256(int8send(m.n % 40)), 'loan',
  '{{loan,household}}'::text[],
  '{{loan.loanId,loan.amount,loan.balance,loan.disbursedOn,loan.dueOn,loan.status,household.householdId}}'::text[],
  '{{household.headName}}'::text[], case when m.is_list then {LISTED} else 1 end, '1',
  case when m.is_list
    then array(select md5('h' || (m.household + place) % $4)::uuid from generate_series(1, {LISTED}) place)
    when m.n % 5 = 0 then '{{}}' else array[md5('h' || m.household)::uuid] end,
  m.digest, m.digest
from (
  select n, md5('n' || n) as noise, sha256(int8send(n)) as digest, ($6 + n * ($7 / $3))::bigint as ms,
    hashint8(n)::bigint + 2147483648 as household, (n * 7919) % 1000 < $5 as is_list
  from generate_series($1::bigint, $1::bigint + $2 - 1) n
) m
"""  # noqa: S608  # this file's own words
INSERT = f"insert into audit.disclosure ({_NAMED}) {ROWS.replace('m.household', '(m.household % $4)')}"


def pseudonym(household: int) -> str:
    """What a made household is called in the entries, as SQL."""
    return f"md5('h{household}')::uuid"


@contextmanager
def log_database(server: DatabaseServer, *, keep: bool = False) -> Iterator[tuple[str, bool]]:
    """A migrated database with a year of months, and whether it was there before; dropped unless it is kept."""
    name = "bench_log" if keep else f"bench_log_{os.getpid()}"
    with psycopg.connect(server.other_database("postgres"), autocommit=True) as connection:
        known = connection.execute("select 1 from pg_database where datname = %s", (name,)).fetchone() is not None
    server.ensure_database(name)
    owner = server.other_database(name)
    try:
        migrate(owner)
        if not known:
            with psycopg.connect(owner, autocommit=True) as connection:
                _make_months(connection)
        yield owner, known
    finally:
        if not keep:
            with psycopg.connect(server.other_database("postgres"), autocommit=True) as connection:
                connection.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


def span() -> tuple[int, int]:
    """The first moment of the made entries, and how long they go on, in milliseconds."""
    newest = now()
    first = _months(newest.date())[0]
    start = int((now() - timedelta(days=(newest.date() - first).days)).timestamp() * 1000)
    return start, int(newest.timestamp() * 1000) - start


def _months(today: date) -> list[date]:
    numbers = range(today.year * 12 + today.month - MONTHS, today.year * 12 + today.month)
    return [date(number // 12, number % 12 + 1, 1) for number in numbers]


def _make_months(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    for month in _months(now().date())[:-1]:
        after = (month.replace(day=28) + timedelta(days=4)).replace(day=1)
        for table in ("disclosure", "posting"):
            name = sql.Identifier("audit_month", f"{table}_{month:%Y_%m}")
            connection.execute(
                sql.SQL("create table {} partition of {} for values from ({}) to ({})").format(
                    name, sql.Identifier("audit", table), f"{month} 00:00:00+00", f"{after} 00:00:00+00"
                )
            )
