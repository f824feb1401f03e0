"""Every refusal of the hub: a stable code, what happened, and what to do about it.

Codes are grouped like this and never reused: ``SETTING_*`` configuration, ``DATABASE_*`` storage,
``SOURCE_*`` an agency's system or file, ``CONTRACT_*`` the content of a delivery, ``SYNC_*`` a run,
``TOKEN_*``/``PURPOSE_*``/``ACCESS_*``/``LOGIN_*`` who asks and what for, ``QUERY_*`` the question,
``CATALOGUE_*`` a declaration, ``LOG_*`` the disclosure log, ``POLICY_*``/``RULES_*`` what the hub computes.
Messages and hints never carry a row's value, a token or a secret.
"""

from __future__ import annotations

LOG_UNAVAILABLE = "LOG_UNAVAILABLE"  # what could not be logged is not disclosed; nor can that be logged


class HubError(Exception):
    """A refusal with a stable ``code``, a ``message`` in one sentence and a ``hint`` saying what to do.

    ``status`` is the HTTP status the web door answers with, where a request is what was refused; ``retry_after`` the
    seconds after which the same may be asked again, 0 if time does not help.
    """

    def __init__(self, code: str, message: str, hint: str, *, status: int = 500, retry_after: int = 0) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
        self.status = status
        self.retry_after = retry_after or (1 if status == 503 else 0)  # what is busy or restarting comes back

    def __str__(self) -> str:
        return f"{self.code}: {self.message} {self.hint}"


class SettingError(HubError):
    """A setting is missing or wrong."""


class DatabaseError(HubError):
    """PostgreSQL cannot be used as it is."""


class CatalogueError(HubError):
    """A declaration in ``schema/`` contradicts another."""


class SourceError(HubError):
    """An agency's system, file or page cannot be read."""


class ContractError(HubError):
    """A delivery as a whole breaks its contract."""


class SyncError(HubError):
    """A run cannot start or does not balance."""


class RuleError(HubError):
    """A policy parameter contradicts another, or there is nothing to compute from."""


class AccessError(HubError):
    """The caller may not ask this, or not for this purpose."""


class QueryError(HubError):
    """The question cannot be answered as it was put."""


class LogError(HubError):
    """The disclosure log cannot be written, proved or trusted as it is."""
