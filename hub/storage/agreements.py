"""The register of agreements: added, approved by both sides, in force, revoked; never changed.

Written as the owner of the tables, by commands; serving processes only read it. What the terms mean is the business
of ``hub/access``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import psycopg

from hub.errors import AccessError
from hub.storage.roles import OWNER

Connection = psycopg.Connection[tuple[Any, ...]]

_LISTED = (
    "select terms, added_by, added_at, provider_approved_by, provider_approved_at, consumer_approved_by, "
    "consumer_approved_at, revoked_by, revoked_at, revoked_why from access.agreement where county = %s "
    "order by agreement_id"
)
_IN_FORCE = (
    "select terms from access.agreement where county = %s and provider_approved_at is not null "
    "and consumer_approved_at is not null and revoked_at is null order by agreement_id"
)
_ADD = (
    "insert into access.agreement (county, agreement_id, provider, consumer, terms, added_by, added_at) "
    "values (%s, %s, %s, %s, %s, %s, now())"
)


class Side(StrEnum):
    """Who approves."""

    PROVIDER = "provider"
    CONSUMER = "consumer"


_APPROVE = {
    Side.PROVIDER: "update access.agreement set provider_approved_by = %s, provider_approved_at = now() "
    "where county = %s and agreement_id = %s and provider_approved_at is null and revoked_at is null",
    Side.CONSUMER: "update access.agreement set consumer_approved_by = %s, consumer_approved_at = now() "
    "where county = %s and agreement_id = %s and consumer_approved_at is null and revoked_at is null",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """An agreement and what became of it. Approvals and revocation: by whom, when."""

    terms: str
    added: tuple[str, datetime]
    provider: tuple[str, datetime] | None
    consumer: tuple[str, datetime] | None
    revoked: tuple[str, datetime] | None
    revoked_why: str | None

    @property
    def is_approved(self) -> bool:
        """Whether both sides have approved and none has revoked it."""
        return bool(self.provider and self.consumer and not self.revoked)


def add(
    connection: Connection, county: str, row: tuple[str, str, str, str], by: str, *, approved: bool = False
) -> None:
    """Put an agreement (id, provider, consumer, terms) into the register, proposed; or approved by ``by`` for both."""
    _as_owner(connection, county)
    name = row[0]
    try:
        connection.execute(_ADD, (county, *row, by))
    except psycopg.errors.UniqueViolation:
        raise AccessError(
            "AGREEMENT_EXISTS",
            f"There is an agreement {name} already.",
            "Give the new one another id; agreements are never changed, only revoked.",
            status=409,
        ) from None
    if approved:
        for side in Side:
            approve(connection, county, name, side, by)


def approve(connection: Connection, county: str, name: str, side: Side, by: str) -> None:
    """Note that ``by`` approves for ``side``."""
    _as_owner(connection, county)
    done = connection.execute(_APPROVE[side], (by, county, name))
    if done.rowcount == 0:
        raise _not_to_be(name, "approved")


def revoke(connection: Connection, county: str, name: str, by: str, why: str) -> None:
    """End the agreement now, for good."""
    _as_owner(connection, county)
    done = connection.execute(
        "update access.agreement set revoked_by = %s, revoked_at = now(), revoked_why = %s "
        "where county = %s and agreement_id = %s and revoked_at is null",
        (by, why, county, name),
    )
    if done.rowcount == 0:
        raise _not_to_be(name, "revoked")


def listed(connection: Connection, county: str) -> Iterator[Entry]:
    """Every agreement there ever was."""
    _as_owner(connection, county)
    for terms, by, at, *sides, why in connection.execute(_LISTED, (county,)).fetchall():
        provider, consumer, revoked = (
            (who, when) if when else None for who, when in zip(sides[::2], sides[1::2], strict=True)
        )
        yield Entry(terms, (by, at), provider, consumer, revoked, why)


def names(connection: Connection, county: str) -> set[str]:
    """The ids of all agreements there ever were."""
    _as_owner(connection, county)
    return {
        name for (name,) in connection.execute("select agreement_id from access.agreement where county = %s", (county,))
    }


def in_force(connection: Connection, county: str) -> tuple[str, ...]:
    """The terms of those that both sides have approved and none has revoked, whatever their days."""
    return tuple(terms for (terms,) in connection.execute(_IN_FORCE, (county,)))


def in_force_for_owner(connection: Connection, county: str) -> tuple[str, ...]:
    """The same, for a connection that may take on the owner."""
    _as_owner(connection, county)
    found = in_force(connection, county)
    connection.execute("reset role")
    return found


def _as_owner(connection: Connection, county: str) -> None:
    connection.execute(f"set local role {OWNER}".encode())
    connection.execute("select set_config('hub.county', %s, true)", (county,))


def _not_to_be(name: str, done: str) -> AccessError:
    return AccessError(
        "AGREEMENT_UNKNOWN",
        f"There is no agreement {name} to be {done}: it is unknown, revoked, or that was done before.",
        "`hub agreement list` shows them all.",
        status=404,
    )
