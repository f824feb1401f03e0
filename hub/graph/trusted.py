"""Trusted documents: questions that were agreed beforehand, known by the SHA-256 of their text, per client.

A folder holds one sub-folder per client with its ``.graphql`` files; files beside the sub-folders are every client's.
A client that may send only trusted documents can neither word a question of its own nor learn another client's.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from hub.errors import AccessError, QueryError, SettingError
from hub.graph.answer import Question

EVERY_CLIENT = "*"

_IDENTIFIER = re.compile(r"sha256:[0-9a-f]{64}\Z")
_SUFFIX = ".graphql"


def identifier_of(document: str) -> str:
    """What a client calls ``document``: ``sha256:`` and the digest of its UTF-8 bytes."""
    return "sha256:" + sha256(document.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class TrustedDocuments:
    """Which documents each client may name, and which clients may send nothing else."""

    documents: Mapping[str, Mapping[str, str]]  # client → identifier → text
    limited: frozenset[str] = frozenset()

    def resolve(self, question: Question, client: str) -> Question:
        """``question`` with its document's text; refuses an unknown name and an untrusted text."""
        named = question.document_id
        if not named:
            self._require(identifier_of(question.document) if self.is_limited(client) else "", client)
            return question
        if not _IDENTIFIER.match(named):
            raise QueryError(
                "QUERY_REQUEST_MALFORMED",
                "A document is named by sha256: and 64 hexadecimal digits in lower case.",
                "Send the SHA-256 of the document's UTF-8 bytes.",
                status=400,
            )
        if question.document:
            if identifier_of(question.document) != named:
                raise QueryError(
                    "DOCUMENT_HASH_DIFFERS",
                    "The document is not the one its hash names.",
                    "Send one of them, or the SHA-256 of exactly this text.",
                    status=400,
                )
            return self.resolve(replace(question, document_id=None), client)
        text = self._known(client).get(named) or self._known(EVERY_CLIENT).get(named)
        if text is None:
            raise QueryError(
                "DOCUMENT_UNKNOWN",
                "No document trusted for this client has this hash.",
                "Ask the operator to add it to HUB_TRUSTED_DOCUMENTS; documents are not taken over from requests.",
                status=400,
            )
        return replace(question, document=text)

    def is_limited(self, client: str) -> bool:
        """Whether ``client`` may send nothing but trusted documents."""
        return client in self.limited or EVERY_CLIENT in self.limited

    def refuse_limited(self, client: str) -> None:
        """Refuse ``client`` what cannot be worded beforehand, such as an export's filter."""
        if self.is_limited(client):
            raise _not_trusted()

    def _require(self, identifier: str, client: str) -> None:
        if identifier and identifier not in self._known(client) and identifier not in self._known(EVERY_CLIENT):
            raise _not_trusted()

    def _known(self, client: str) -> Mapping[str, str]:
        return self.documents.get(client, {})


def _not_trusted() -> AccessError:
    return AccessError(
        "DOCUMENT_NOT_TRUSTED",
        "This client may send only documents agreed beforehand.",
        "Name one of them by documentId, or ask the operator to add this one to HUB_TRUSTED_DOCUMENTS.",
        status=403,
    )


def trusted_documents(folder: Path | None, limited: Collection[str], clients: Collection[str]) -> TrustedDocuments:
    """What ``folder`` holds. Raises ``SettingError``: a misspelt client would be free to send anything."""
    for name in limited:
        if name not in clients and name != EVERY_CLIENT:
            raise SettingError(
                "SETTING_TRUSTED_CLIENT_UNKNOWN",
                f"HUB_TRUSTED_ONLY names a client that does not exist: {name}.",
                f"Name some of: {', '.join(clients)}; or * for all.",
            )
    documents: dict[str, dict[str, str]] = {}
    if folder is not None and folder.is_dir():
        for path in sorted(folder.rglob(f"*{_SUFFIX}")):
            inner = path.relative_to(folder).parts[:-1]
            client = inner[0] if inner else EVERY_CLIENT
            text = _read(path)
            documents.setdefault(client, {})[identifier_of(text)] = text
    return TrustedDocuments(documents, frozenset(limited))


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError):
        raise SettingError(
            "SETTING_TRUSTED_DOCUMENT_UNREADABLE",
            f"The trusted document {path.name} cannot be read as UTF-8.",
            "Correct the file, or take it out of HUB_TRUSTED_DOCUMENTS.",
        ) from None
