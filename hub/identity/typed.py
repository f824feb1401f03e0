"""What an operator typed, as somebody the register can hold."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from enum import StrEnum
from typing import TypeVar
from urllib.parse import urlsplit

from hub.actor import Purpose, Role
from hub.catalog.dataset import Agency
from hub.errors import AccessError
from hub.identity.client_keys import checked_keys
from hub.identity.clients import CONSOLE, Client, Staff

Word = TypeVar("Word", bound=StrEnum)

_NO_KEYS = '{"keys": []}'
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


def client_of(
    given: Mapping[str, str | None],
    keys: str | None,
    purposes: Collection[str],
    redirects: Iterable[str] = (),
    scopes: Iterable[str] = (),
) -> Client:
    """A client from its ``name``, ``role``, ``region`` and ``agency``; ``keys`` is what its file holds, if any.

    Without ``scopes`` it is not narrowed; they must have been checked (``checked_scopes``).
    """
    if given["name"] == CONSOLE:
        raise AccessError(
            "ACCESS_NAME_TAKEN", "This is the hub's own page.", "Choose another name for the client.", status=409
        )
    return Client(
        str(given["name"]),
        one_of(Role, given["role"], "role"),
        str(given["region"]),
        None if given.get("agency") is None else one_of(Agency, given["agency"], "agency"),
        frozenset(one_of(Purpose, purpose, "purpose") for purpose in purposes),
        scopes=frozenset(scopes),
        keys=_NO_KEYS if keys is None else checked_keys(keys),
        redirects=tuple(checked_redirect(address) for address in redirects),
    )


def staff_of(
    given: Mapping[str, str | None], person: str, purposes: Collection[str], scopes: Iterable[str] = ()
) -> Staff:
    """A member of staff from its ``name``, ``role``, ``region`` and ``agency``; ``person`` as personnel counts them."""
    role = one_of(Role, given["role"], "role")
    if role is Role.AGENCY_SYSTEM or not person.strip():
        raise AccessError(
            "ACCESS_STAFF_UNFIT",
            "A login belongs to a person, and is not an agency's system.",
            "Name the person, such as by a personnel number; for a system use `hub client add`.",
            status=400,
        )
    return Staff(
        str(given["name"]),
        role,
        str(given["region"]),
        purposes=frozenset(one_of(Purpose, purpose, "purpose") for purpose in purposes),
        scopes=frozenset(scopes),
        person=person.strip(),
    )


def checked_scopes(scopes: Iterable[str], vocabulary: Collection[str]) -> frozenset[str]:
    """``scopes``, all of which are in the ``vocabulary``: one that means nothing would seem to narrow, or to give."""
    found = frozenset(scopes)
    if not found <= frozenset(vocabulary):
        raise AccessError(
            "ACCESS_SCOPE_UNKNOWN",
            "There is no such scope.",
            "`hub client scopes` lists them, such as loan:read.",
            status=400,
        )
    return found


def one_of(words: type[Word], text: str | None, what: str) -> Word:
    """The word ``text`` stands for; a refusal that lists the choices."""
    for word in words:
        if text == word.value:
            return word
    raise AccessError(
        "ACCESS_WORD_UNKNOWN",
        f"There is no such {what}.",
        f"Choose one of: {', '.join(word.value for word in words)}.",
        status=400,
    )


def checked_redirect(address: str) -> str:
    """An address to come back to after logging in: https, or http on the same machine; no fragment, no wildcard."""
    parts = urlsplit(address)
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    if not is_safe or not parts.hostname or parts.fragment or "*" in address or "@" in parts.netloc:
        raise AccessError(
            "ACCESS_REDIRECT_UNFIT",
            "An address to come back to is not https, or has a fragment, a user or a wildcard.",
            "Give the exact https address.",
            status=400,
        )
    return address
