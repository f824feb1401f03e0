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
)

from hub.catalog.registry import COUNTY, REGION
from hub.storage.own_columns import TEXT, instant_column, text_column

SCHEMA = "identity"
AUTHORITY = "authority"


def _digest(name: str, *, nullable: bool = False) -> Column[Any]:
    return Column(name, LargeBinary(), nullable=nullable)


def _table(metadata: MetaData, name: str, key: str, *columns: Column[Any]) -> Table:
    return Table(
        name,
        metadata,
        text_column(COUNTY),
        *columns,
        PrimaryKeyConstraint(COUNTY, *key.split(), name=f"{name}_pkey"),
        schema=SCHEMA,
    )


def declare(metadata: MetaData) -> None:
    """Add identity's tables to ``metadata``."""
    Table(
        AUTHORITY,
        metadata,
        text_column(COUNTY),
        Column("version", BigInteger(), nullable=False),
        PrimaryKeyConstraint(COUNTY, name="authority_pkey"),
        schema=SCHEMA,
    )
    _callers(metadata)
    _used_once(metadata)


def _callers(metadata: MetaData) -> None:
    standing = (
        ("role", TEXT, False),
        ("agency", TEXT, True),
        (REGION, TEXT, False),
        ("purposes", ARRAY(TEXT), False),
        ("scopes", ARRAY(TEXT), False),
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
        text_column("name"),
        *columns(),
        text_column("keys"),  # a JWK set of public keys, as JSON
        text_column("secret_hash", nullable=True),  # argon2; only where a setting lets the client use a secret
        Column("redirects", ARRAY(TEXT), nullable=False),  # exact addresses; none: no logging in through it
    )
    _table(
        metadata,
        "staff",
        "name",
        text_column("name"),
        *columns(),
        text_column("person"),  # one natural person may have several logins, but not several administrators' roles
        text_column("password_hash", nullable=True),
        text_column("totp_secret", nullable=True),
        text_column("openid_subject", nullable=True),
    )
    _table(metadata, "revoked_token", "token_id", text_column("token_id"), instant_column("expires_at"))


def _used_once(metadata: MetaData) -> None:
    """What may be used once, or for minutes; rows past ``expires_at`` are removed as new ones come."""
    short_lived = (
        _table(metadata, "used_assertion", "digest", _digest("digest"), instant_column("expires_at")),
        _table(
            metadata,
            "pushed_request",
            "digest",
            _digest("digest"),
            text_column("client"),
            text_column("parameters"),
            instant_column("expires_at"),
        ),
        _table(
            metadata,
            "code",
            "digest",
            _digest("digest"),
            text_column("client"),
            text_column("staff"),
            text_column("parameters"),
            instant_column("expires_at"),
            text_column("token_id", nullable=True),  # of the token it was used for
        ),
        _table(
            metadata,
            "session",
            "digest",
            _digest("digest"),
            text_column("kind"),
            text_column("staff", nullable=True),
            text_column("parameters"),
            instant_column("expires_at"),
        ),
        _table(
            metadata,
            "attempt",
            "digest",
            _digest("digest"),
            Column("failures", Integer(), nullable=False),
            instant_column("locked_until"),
            Column("totp_step", BigInteger(), nullable=False),  # the last second factor taken: none is taken twice
            instant_column("expires_at"),
        ),
    )
    for table in short_lived:
        Index(f"{table.name}_expires_at_idx", table.c[COUNTY], table.c.expires_at)
