"""A first run of many loans takes indexes down while it writes; what it leaves is what it leaves otherwise."""

from __future__ import annotations

from datetime import date
from typing import Any

import psycopg
import pytest

from hub.rules.entitlement import compute
from hub.rules.entitlement.compute import Entitlements
from hub.rules.work import RuleWork
from tests.rules.office import Office, entry
from tests.rules.records import bring
from tests.rules.test_entitlement_mutants import _FACTS

AS_OF = date(2019, 6, 30)


class StopError(Exception):
    """A run that does not come to its end."""


class Stopping:
    """A computation that stops the run."""

    name = "stopping"
    reads = frozenset({"loan"})

    def compute(self, work: RuleWork) -> int:
        raise StopError


def _indexes(office: Office) -> list[tuple[Any, ...]]:
    return office.rows("select indexname, indexdef from pg_indexes where schemaname = 'computed' order by 1, 2")


def _left(office: Office) -> list[list[tuple[Any, ...]]]:
    tables = ("entitlement", "entitlement_step", "payment_fault")
    return [
        office.rows(f"select to_jsonb(t) - 'computed_in' from computed.{table} t order by t::text") for table in tables
    ]


def test_a_first_run_of_many_loans_leaves_the_same_rows_and_all_indexes(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.decide(entry("cap_allocation", "EARLIEST_FIRST"))
    bring(office, vars(_FACTS))
    indexes = _indexes(office)
    monkeypatch.setattr(compute, "_MANY_LOANS", 2)
    taken: list[list[str]] = []
    real = compute._take_down_indexes

    def noting(cursor: psycopg.ClientCursor[tuple[object, ...]]) -> list[str]:
        taken.append(real(cursor))
        return taken[-1]

    monkeypatch.setattr(compute, "_take_down_indexes", noting)
    with pytest.raises(StopError):
        office.compute([Entitlements(), Stopping()], as_of=AS_OF)
    assert _indexes(office) == indexes
    assert not any(_left(office))
    # What a run that did not end has written is cleared away first: whether a table is empty is read off its file.
    with office.database.connect() as connection:
        connection.autocommit = True
        connection.execute("vacuum computed.entitlement, computed.entitlement_step, computed.payment_fault")
    office.compute([Entitlements()], as_of=AS_OF)
    assert taken == [["entitlement", "entitlement_step", "payment_fault"]] * 2
    assert _indexes(office) == indexes
    many = _left(office)
    # Over what stands nothing is taken down, and the same comes out.
    office.compute([Entitlements()], as_of=AS_OF, version="anew")
    assert len(taken) == 2
    assert _left(office) == many
    assert all(many)
