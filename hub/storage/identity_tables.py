"""Tables of identity: who may call, who may log in, what is withdrawn, and what may be used only once.

``authority`` counts every change of who may do what, one row a county. Triggers count (see the migration), so that no
way of changing a client, a member of staff or a revocation can forget to.
Whatever is secret is kept as a digest: a token, a code or a session cannot be read out of the database and used.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
)

from hub.catalog.registry import COUNTY, REGION

SCHEMA = "identity"
AUTHORITY = "authority"

_TEXT = Text(collation="C")


def _text(name: str, *, nullable: bool = False) -> Column[Any]:
    return Column(name, _TEXT, nullable=nullable)


def _instant(name: str, *, nullable: bool = False) -> Column[Any]:
    return Column(name, DateTime(timezone=True), nullable=nullable)


def _digest(name: str, *, nullable: bool = False) -> Column[Any]:
    return Column(name, LargeBinary(), nullable=nullable)


def _table(metadata: MetaData, name: str, key: str, *columns: Column[Any]) -> Table:
    return Table(
        name,
        metadata,
        _text(COUNTY),
        *columns,
        PrimaryKeyConstraint(COUNTY, *key.split(), name=f"{name}_pkey"),
        schema=SCHEMA,
    )


def declare(metadata: MetaData) -> None:
    """Add identity's tables to ``metadata``."""
    Table(
        AUTHORITY,
        metadata,
        _text(COUNTY),
        Column("version", BigInteger(), nullable=False),
        PrimaryKeyConstraint(COUNTY, name="authority_pkey"),
        schema=SCHEMA,
    )
    _callers(metadata)
    _used_once(metadata)


def _callers(metadata: MetaData) -> None:
    standing = (
        ("role", _TEXT, False),
        ("agency", _TEXT, True),
        (REGION, _TEXT, False),
        ("purposes", ARRAY(_TEXT), False),
        ("scopes", ARRAY(_TEXT), False),
        # Tokens name the generation they were made for: one more, and all before it are void.
        ("generation", BigInteger(), False),
        ("added_at", DateTime(timezone=True), False),
        ("ended_at", DateTime(timezone=True), True),
    )

    def columns() -> list[Column[Any]]:
        return [Column(name, kind, nullable=nullable) for name, kind, nullable in standing]

    _table(
        metadata,
        "client",
        "name",
        _text("name"),
        *columns(),
        _text("keys"),  # a JWK set of public keys, as JSON
        _text("secret_hash", nullable=True),  # argon2; only where a setting lets the client use a secret
        Column("redirects", ARRAY(_TEXT), nullable=False),  # exact addresses; none: no logging in through it
    )
    _table(
        metadata,
        "staff",
        "name",
        _text("name"),
        *columns(),
        _text("person"),  # one natural person may have several logins, but not several administrators' roles
        _text("password_hash", nullable=True),
        _text("totp_secret", nullable=True),
        _text("openid_subject", nullable=True),
    )
    _table(metadata, "revoked_token", "token_id", _text("token_id"), _instant("expires_at"))


def _used_once(metadata: MetaData) -> None:
    """What may be used once, or for minutes; rows past ``expires_at`` are removed as new ones come."""
    short_lived = (
        _table(metadata, "used_assertion", "digest", _digest("digest"), _instant("expires_at")),
        _table(
            metadata,
            "pushed_request",
            "digest",
            _digest("digest"),
            _text("client"),
            _text("parameters"),
            _instant("expires_at"),
        ),
        _table(
            metadata,
            "code",
            "digest",
            _digest("digest"),
            _text("client"),
            _text("staff"),
            _text("parameters"),
            _instant("expires_at"),
            _text("token_id", nullable=True),  # of the token it was used for
        ),
        _table(
            metadata,
            "session",
            "digest",
            _digest("digest"),
            _text("kind"),
            _text("staff", nullable=True),
            _text("parameters"),
            _instant("expires_at"),
        ),
        _table(
            metadata,
            "attempt",
            "digest",
            _digest("digest"),
            Column("failures", Integer(), nullable=False),
            _instant("locked_until"),
            Column("totp_step", BigInteger(), nullable=False),  # the last second factor taken: none is taken twice
            _instant("expires_at"),
        ),
    )
    for table in short_lived:
        Index(f"{table.name}_expires_at_idx", table.c[COUNTY], table.c.expires_at)
