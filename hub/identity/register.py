"""The books of identity: clients, staff and withdrawn tokens, in the database under a role of their own."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from hub.actor import Purpose, Role
from hub.catalog.dataset import Agency
from hub.clock import now
from hub.errors import AccessError
from hub.identity.clients import ADMINISTRATORS, Client, Register, Staff, Standing, check_standing
from hub.identity.desk import Desk
from hub.identity.login import Kept
from hub.identity.seeds import Seeds
from hub.storage.authority import Connection

_NAME = re.compile(r"[a-z][a-z0-9-]{1,62}\Z")

_STANDING = "name, role, agency, region, purposes, scopes, generation, ended_at is not null"


def load_register(connection: Connection, county: str) -> Register:
    """Everybody, as the database knows them now."""
    clients = connection.execute(
        f"select {_STANDING}, keys, redirects from identity.client where county = %s order by name",  # noqa: S608
        (county,),
    ).fetchall()
    staff = connection.execute(
        f"select {_STANDING}, person from identity.staff where county = %s order by name",  # noqa: S608
        (county,),
    ).fetchall()
    revoked = connection.execute("select token_id from identity.revoked_token where county = %s", (county,)).fetchall()
    return Register(
        {row[0]: Client(**_standing(row), keys=row[8], redirects=tuple(row[9])) for row in clients},
        {row[0]: Staff(**_standing(row), person=row[8]) for row in staff},
        frozenset(row[0] for row in revoked),
    )


def _standing(row: tuple[Any, ...]) -> dict[str, Any]:
    name, role, agency, region, purposes, scopes, generation, is_ended = row[:8]
    return {
        "name": name,
        "role": Role(role),
        "region": region,
        "agency": None if agency is None else Agency(agency),
        "purposes": frozenset(Purpose(purpose) for purpose in purposes),
        "scopes": frozenset(scopes),
        "generation": generation,
        "is_ended": is_ended,
    }


class Books:
    """Changes to the register. Each takes effect on the next request of every process."""

    def __init__(self, desk: Desk, seeds: Seeds) -> None:
        self._desk = desk
        self._seeds = seeds
        self._county = desk.county

    def read(self) -> Register:
        """Everybody, as the database knows them now."""
        with self._desk.open() as connection:
            return load_register(connection, self._county)

    def add_client(self, client: Client, *, secret_hash: str | None = None) -> None:
        """Add ``client``; a name that was ever used is refused: the log knows it."""
        check_name(client.name)
        check_standing(client, self._county)
        with self._desk.open() as connection:
            done = connection.execute(
                "insert into identity.client (county, name, role, agency, region, purposes, scopes, generation, "
                "added_at, keys, secret_hash, redirects) values (%s, %s, %s, %s, %s, %s, %s, 1, %s, %s, %s, %s) "
                "on conflict do nothing",
                (self._county, *_written(client), now(), client.keys, secret_hash, list(client.redirects)),
            )
            if done.rowcount == 0:
                raise _name_taken("client")

    def rotate_client(self, name: str, keys: str) -> None:
        """Exchange a client's keys; tokens given before are void."""
        with self._desk.open() as connection:
            done = connection.execute(
                "update identity.client set keys = %s, generation = generation + 1 "
                "where county = %s and name = %s and ended_at is null",
                (keys, self._county, name),
            )
            if done.rowcount == 0:
                raise _unknown("client")

    def revoke_client(self, name: str) -> None:
        """End a client for good."""
        self._end("client", name)

    def add_staff(self, staff: Staff, kept: Kept | None, subject: str | None) -> None:
        """Add a login, with a password and second factor or with a subject of the outside provider.

        The three administrators' roles exclude each other within one person, ended logins not counted.
        """
        check_name(staff.name)
        check_standing(staff, self._county)
        secrets = (None, None) if kept is None else (kept.password_hash, self._seeds.seal(staff.name, kept.totp_secret))
        with self._desk.open() as connection:
            # Two operators who add the same person at the same moment must not both succeed.
            connection.execute("lock table identity.staff in share row exclusive mode")
            if staff.role in ADMINISTRATORS:
                others = sorted(role.value for role in ADMINISTRATORS - {staff.role})
                held = connection.execute(
                    "select 1 from identity.staff where county = %s and person = %s and role = any(%s) "
                    "and ended_at is null limit 1",
                    (self._county, staff.person, others),
                ).fetchone()
                if held is not None:
                    raise _combined()
            if subject is not None:
                _refuse_taken_subject(connection, self._county, subject)
            done = connection.execute(
                "insert into identity.staff (county, name, role, agency, region, purposes, scopes, generation, "
                "added_at, person, password_hash, totp_secret, openid_subject) "
                "values (%s, %s, %s, %s, %s, %s, %s, 1, %s, %s, %s, %s, %s) on conflict do nothing",
                (
                    *(self._county, *_written(staff), now(), staff.person),
                    *secrets,
                    subject,
                ),
            )
            if done.rowcount == 0:
                raise _name_taken("staff")

    def reset_staff(self, name: str, kept: Kept) -> None:
        """Exchange a password and second factor; sessions and tokens of before are void."""
        seed = self._seeds.seal(name, kept.totp_secret)
        with self._desk.open() as connection:
            done = connection.execute(
                "update identity.staff set password_hash = %s, totp_secret = %s, generation = generation + 1 "
                "where county = %s and name = %s and ended_at is null and openid_subject is null",
                (kept.password_hash, seed, self._county, name),
            )
            if done.rowcount == 0:
                raise _unknown("staff")

    def disable_staff(self, name: str) -> None:
        """End a login for good."""
        self._end("staff", name)

    def staff_of_subject(self, subject: str) -> str | None:
        """The login of somebody the outside provider has vouched for."""
        with self._desk.open() as connection:
            row = connection.execute(
                "select name from identity.staff where county = %s and openid_subject = %s and ended_at is null",
                (self._county, subject),
            ).fetchone()
        return None if row is None else str(row[0])

    def secret_hash(self, name: str) -> str | None:
        """What is kept of a client's secret."""
        with self._desk.open() as connection:
            row = connection.execute(
                "select secret_hash from identity.client where county = %s and name = %s", (self._county, name)
            ).fetchone()
        return None if row is None else row[0]

    def revoke_token(self, token_id: str, expires: datetime) -> None:
        """Withdraw one token until it would have expired; those that have are forgotten."""
        with self._desk.open() as connection:
            connection.execute(
                "insert into identity.revoked_token (county, token_id, expires_at) values (%s, %s, %s) "
                "on conflict do nothing",
                (self._county, token_id, expires),
            )
            connection.execute(
                "delete from identity.revoked_token where county = %s and expires_at < %s", (self._county, now())
            )

    def _end(self, table: str, name: str) -> None:
        with self._desk.open() as connection:
            done = connection.execute(
                f"update identity.{table} set ended_at = %s, generation = generation + 1 "  # noqa: S608
                "where county = %s and name = %s and ended_at is null",
                (now(), self._county, name),
            )
            if done.rowcount == 0:
                raise _unknown(table)


def check_name(name: str) -> None:
    """Names are shown in logs and addresses: small letters, digits and hyphens."""
    if not _NAME.match(name):
        raise AccessError(
            "ACCESS_NAME_UNFIT",
            "A name is 2 to 63 small letters, digits and hyphens, a letter first.",
            "Choose another name.",
            status=400,
        )


def _written(standing: Standing) -> tuple[object, ...]:
    return (
        standing.name,
        standing.role.value,
        None if standing.agency is None else standing.agency.value,
        standing.region,
        sorted(standing.purposes),
        sorted(standing.scopes),
    )


def _refuse_taken_subject(connection: Connection, county: str, subject: str) -> None:
    held = connection.execute(
        "select 1 from identity.staff where county = %s and openid_subject = %s and ended_at is null limit 1",
        (county, subject),
    ).fetchone()
    if held is not None:
        raise AccessError(
            "ACCESS_SUBJECT_TAKEN",
            "Another login already belongs to this subject of the outside provider.",
            "End that login first: `hub staff disable`.",
            status=409,
        )


def _combined() -> AccessError:
    return AccessError(
        "ACCESS_ROLES_COMBINED",
        "This person already has another administrator's role.",
        "Auditor, operator and security officer are three persons; `hub staff list` shows who is who.",
        status=409,
    )


def _name_taken(what: str) -> AccessError:
    return AccessError(
        "ACCESS_NAME_TAKEN",
        f"There is, or was, a {what} login of this name." if what == "staff" else "There is, or was, such a client.",
        "Choose another: the disclosure log knows the old one by it.",
        status=409,
    )


def _unknown(what: str) -> AccessError:
    return AccessError(
        "ACCESS_NAME_UNKNOWN",
        "There is nobody of this name, or it was ended.",
        f"`hub {what} list` shows them.",
        status=404,
    )
