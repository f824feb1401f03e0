"""The only reader of the environment and of ``hub.toml``: one frozen object, every setting described.

``HUB_*`` environment variables win over ``hub.toml`` in the working directory, which wins over ``hub.toml`` in the
data folder. A secret may be given as a file:
``HUB_RELIEF_CLIENT_SECRET_FILE`` holds the path of a file with the value of ``HUB_RELIEF_CLIENT_SECRET``.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from hub.errors import SettingError

HOME_FILE = "hub.toml"
_ALIKE = 0.9  # of difflib's ratio: a letter or two of a name


def _default_home() -> Path:
    # The embedded PostgreSQL opens every folder above its data to a system user when root starts it;
    # root's own home must not be opened like that.
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        return Path("/var/lib/relief-credit-hub")
    return platformdirs.user_data_path("relief-credit-hub")


class Settings(BaseModel):
    """Everything an operator can choose."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    home: Path = Field(
        default_factory=_default_home,
        description="Data folder: the embedded PostgreSQL, keys, the demo agencies. Default: the user's data folder; "
        "/var/lib/relief-credit-hub for root.",
    )
    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(default=8470, ge=1, le=65535, description="Port to listen on.")
    county: str = Field(
        default="522301", pattern=r"^\d{6}$", description="Code of the county or city this hub serves (GB/T 2260)."
    )
    database_url: SecretStr | None = Field(
        default=None,
        description="PostgreSQL 16 or later for `hub migrate`, as a role that may create roles and schemas; the other "
        "database settings default to it, but a serving or syncing process does better without it. No database "
        "setting at all: an embedded PostgreSQL 18 in the data folder.",
    )
    api_database_url: SecretStr | None = Field(
        default=None, description="The same database for answering, logging in as hub_api."
    )
    connector_database_url: SecretStr | None = Field(
        default=None, description="The same database for syncing, logging in as hub_connector."
    )
    rules_database_url: SecretStr | None = Field(
        default=None, description="The same database for what the hub computes, logging in as hub_rules."
    )
    decision_database_url: SecretStr | None = Field(
        default=None, description="The same database for what persons say about findings, logging in as hub_decision."
    )
    log_database_url: SecretStr | None = Field(
        default=None, description="The same database for the disclosure log, logging in as hub_log."
    )
    audit_database_url: SecretStr | None = Field(
        default=None, description="The same database for proving the disclosure log, logging in as hub_audit."
    )
    tls_cert: Path | None = Field(
        default=None, description="File with the certificate chain (PEM) to serve HTTPS with, with HUB_TLS_KEY."
    )
    tls_key: Path | None = Field(default=None, description="File with that certificate's private key (PEM).")
    tls_proxy: bool = Field(
        default=False,
        description="Whether a proxy in front ends TLS; without it or a certificate, plain HTTP is refused on other "
        "than this machine's own addresses.",
    )
    identity_database_url: SecretStr | None = Field(
        default=None,
        description="The same database for clients, staff and tokens, logging in as hub_identity; answering needs it.",
    )
    rules_off: str = Field(
        default="",
        description="Rules that open no findings here, such as W01,W29; `hub findings run --rule W29 --dry-run` says "
        "what one would open before it is switched on.",
    )
    public_url: str | None = Field(
        default=None,
        pattern=r"^https?://[^/?#\s]+$",
        description="Address at which clients reach the hub, without a path: the issuer and the audience of its "
        "tokens. Default: made of HUB_HOST and HUB_PORT.",
    )
    requests_per_minute: int = Field(
        default=0, ge=0, description="Requests that one client may send in a minute, to all processes together; 0: any."
    )
    subjects_per_day: int = Field(
        default=0,
        ge=0,
        description="Households that one client may be told of in a day, each answer counted for itself; 0: any.",
    )
    bearer_clients: str = Field(
        default="",
        description="Clients whose tokens need no proof of a key, by name, with commas. For the demo only: whoever has "
        "such a token can use it.",
    )
    secret_clients: str = Field(
        default="",
        description="Clients that may show a secret instead of a signed assertion, by name, with commas; only for "
        "systems that can do no better.",
    )
    openid_issuer: str | None = Field(
        default=None,
        description="Address of an outside OpenID provider that may vouch for staff, exactly as it names itself; "
        "logins added with `hub staff add --openid-subject` enter through it.",
    )
    openid_client_id: str | None = Field(default=None, description="The hub's client at that provider.")
    openid_client_key: SecretStr | None = Field(
        default=None,
        description="That client's private key (PEM or JWK; P-256, Ed25519 or RSA), for private_key_jwt.",
    )
    openid_client_secret: SecretStr | None = Field(
        default=None, description="That client's secret, where the provider takes no key (client_secret_basic)."
    )
    openid_certificates: Path | None = Field(
        default=None,
        description="File of certificate authorities to trust for that provider instead of the usual ones.",
    )
    log_origin: str | None = Field(
        default=None,
        pattern=r"^[^\s+]{1,200}$",
        description="Name of the disclosure log in its checkpoints, which it keeps for ever; an address without scheme "
        "is usual. If unset: relief-credit-hub/ and the county's code.",
    )
    log_lag_minutes: int = Field(
        default=15, ge=1, description="How far the signed disclosure log may lag before nothing more is disclosed."
    )
    log_checkpoint_seconds: int = Field(
        default=5,
        ge=1,
        le=10,
        description="How often `hub work` signs the disclosure log while there is something new.",
    )
    log_gather_milliseconds: int = Field(
        default=0,
        ge=0,
        le=50,
        description="How long an entry of the disclosure log waits for others to be committed with, where several are "
        "written at once anyway; 0: not at all.",
    )
    log_sm3: bool = Field(
        default=False, description="Whether checkpoints carry a root by SM3 too, signed with the other."
    )
    log_witnesses: str = Field(
        default="",
        description="Public keys of the agencies' witnesses, as `hub audit witness` prints them, with commas.",
    )
    log_stop_on_disagreement: bool = Field(
        default=True, description="Whether nothing more is disclosed while a registered witness disagrees with the log."
    )
    log_witness_hours: int = Field(
        default=0,
        ge=0,
        description="How long a registered witness may be silent before nothing is disclosed; 0: for ever.",
    )
    log_years: int = Field(
        default=3,
        ge=3,
        description="Years that entries of the disclosure log are kept; `hub audit expire` drops older ones.",
    )
    alarm_households: int = Field(
        default=10_000,
        ge=1,
        description="Households that a client without a habit may be told of in an hour before an alarm is raised.",
    )
    alarm_habit_factor: int = Field(
        default=5,
        ge=2,
        description="How many times the households of its busy hours a client may be told of in an hour before an "
        "alarm is raised; 200 are never too many.",
    )
    alarm_in_sequence: int = Field(
        default=25,
        ge=3,
        description="Households told one after the other, by consecutive numbers of households or loans, from which "
        "on an alarm is raised.",
    )
    alarm_off_hours: int = Field(
        default=100,
        ge=0,
        description="Households that a person may be told of within an hour outside HUB_OFFICE_HOURS before an alarm "
        "is raised.",
    )
    office_hours: str = Field(
        default="07:00-21:00",
        pattern=r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$",
        description="When people work, in HUB_TIME_ZONE.",
    )
    log_requests_per_second: int = Field(
        default=50, ge=1, description="How often one address may ask /log, on average over ten seconds."
    )
    metrics_token: SecretStr | None = Field(
        default=None,
        description="What whoever reads /metrics shows as a bearer token. If unset, this machine alone is answered, "
        "and nobody where a proxy ends TLS.",
    )
    api_connections: int = Field(default=8, ge=1, le=200, description="Database connections of one serving process.")
    statement_timeout_milliseconds: int = Field(
        default=10_000, ge=10, description="Longest time one question may take in the database."
    )
    export_connections: int = Field(
        default=2,
        ge=1,
        le=50,
        description="Exports that may run at once in one serving process, each on a connection of its own.",
    )
    export_timeout_seconds: int = Field(
        default=3600, ge=1, description="Longest time one export may take, the client's own pace included."
    )
    limit_body_bytes: int = Field(default=200_000, ge=1, description="Most bytes of one request.")
    limit_tokens: int = Field(default=5_000, ge=1, description="Most tokens of one GraphQL document.")
    limit_depth: int = Field(default=15, ge=1, description="Most levels of fields, one below the other.")
    limit_aliases: int = Field(
        default=50, ge=1, description="Most aliases in one operation, fragments counted where they are spread."
    )
    limit_root_fields: int = Field(default=20, ge=1, description="Most root fields of one operation.")
    limit_fields: int = Field(
        default=2_000, ge=1, description="Most fields of one operation, fragments counted where they are spread."
    )
    limit_page_default: int = Field(default=50, ge=1, description="Rows of a page that sets neither first nor last.")
    limit_page_most: int = Field(default=1_000, ge=1, description="Most rows of a page.")
    limit_groups_complete: int = Field(
        default=1_000, ge=1, description="Most groups of a list where first is not set; more are refused."
    )
    limit_groups_most: int = Field(default=10_000, ge=1, description="Most groups that first may ask for.")
    limit_filter_relations: int = Field(
        default=20, ge=1, description="Most relations that all filters and orders of one operation may follow."
    )
    limit_cost: int = Field(
        default=500_000,
        ge=1,
        description="Most attributes that the pages of one operation may hold, one inside the other: rows × fields.",
    )
    limit_variables: int = Field(default=1_000, ge=1, description="Most values in the variables of one request.")
    federation: bool = Field(
        default=False,
        description="Serve as an Apollo Federation 2 subgraph: every record has its county and a key, and the schema "
        "has _entities and _service.",
    )
    graphiql: bool | None = Field(
        default=None,
        description="Whether /graphiql serves an editor for questions; if unset, where HUB_HOST is reached "
        "from this machine alone.",
    )
    trusted_documents: Path | None = Field(
        default=None,
        description="Folder of GraphQL documents that clients may name by SHA-256: a sub-folder per client, files "
        "beside them for all; read at start. Default: trusted-documents in the data folder, if there.",
    )
    trusted_only: str = Field(
        default="",
        description="Clients that may send only trusted documents and may not export, by name, with commas; * for all.",
    )
    schedule: str = Field(
        default="0 * * * *",
        description="When `hub work` syncs an agency that has no schedule of its own: cron fields, and perhaps the "
        "datasets they are for; several with `;` between them; docs/syncing.md shows some.",
    )
    bank_schedule: str | None = Field(default=None, description="When the bank is synced, if not by HUB_SCHEDULE.")
    finance_schedule: str | None = Field(
        default=None, description="When the finance bureau is synced, if not by HUB_SCHEDULE."
    )
    relief_schedule: str | None = Field(
        default=None, description="When the relief bureau is synced, if not by HUB_SCHEDULE."
    )
    time_zone: str = Field(default="Asia/Shanghai", description="Time zone of schedules that name none.")
    work_at_once: int = Field(
        default=1, ge=1, le=10, description="Agencies that one `hub work` may sync at the same time."
    )
    late_after_minutes: int = Field(
        default=60, ge=1, description="How long after its due moment a sync may end before an alarm is raised."
    )
    bank_url: SecretStr | None = Field(
        default=None, description="The bank's database as an SQLAlchemy URL, such as postgresql+psycopg://…"
    )
    bank_schema: str | None = Field(default=None, description="Schema of the bank's tables, if not the default one.")
    finance_folder: Path | None = Field(
        default=None, description="Folder into which the finance bureau drops its workbooks."
    )
    relief_url: str | None = Field(default=None, description="Address of the relief bureau's API.")
    relief_client_id: str | None = Field(default=None, description="The hub's OAuth client at the relief bureau.")
    relief_client_secret: SecretStr | None = Field(default=None, description="That client's secret.")
    relief_certificates: Path | None = Field(
        default=None, description="File of certificate authorities to trust for that API instead of the usual ones."
    )
    relief_page_size: int | None = Field(
        default=None, ge=1, description="Rows to ask that API for at a time; 1000 if not set."
    )
    relief_requests_per_second: int | None = Field(
        default=None, ge=1, description="Most requests to send to that API in a second; 50 if not set."
    )

    @property
    def issuer(self) -> str:
        """The hub's own address, as clients write it."""
        return self.address if self.public_url is None else self.public_url

    @property
    def address(self) -> str:
        """Where this process listens."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.tls_cert else 'http'}://{host}:{self.port}"

    @property
    def bearers(self) -> frozenset[str]:
        """The names in ``bearer_clients``."""
        return _names(self.bearer_clients)

    @property
    def secret_names(self) -> frozenset[str]:
        """The names in ``secret_clients``."""
        return _names(self.secret_clients)

    @property
    def log_name(self) -> str:
        """What the disclosure log is called: the origin of its checkpoints."""
        return self.log_origin or f"relief-credit-hub/{self.county}"

    @property
    def limits(self) -> dict[str, int]:
        """How large a question may be: every ``limit_*`` without its prefix."""
        prefix = "limit_"
        found = (name for name in type(self).model_fields if name.startswith(prefix))
        return {name.removeprefix(prefix): getattr(self, name) for name in found}

    def schedule_of(self, agency: str) -> str:
        """The schedule of one agency, as it was written."""
        return getattr(self, f"{agency.lower()}_schedule", None) or self.schedule

    def source(self, agency: str) -> dict[str, str]:
        """The settings of one agency's connector, without their prefix, secrets in clear; what is unset is absent."""
        prefix = f"{agency.lower()}_"
        found: dict[str, str] = {}
        for name in type(self).model_fields:
            value = getattr(self, name)
            if name.startswith(prefix) and name != f"{prefix}schedule" and value is not None:
                found[name.removeprefix(prefix)] = (
                    value.get_secret_value() if isinstance(value, SecretStr) else str(value)
                )
        return found


def _names(listed: str) -> frozenset[str]:
    return frozenset(name.strip() for name in listed.split(",") if name.strip())


def read_settings(**overrides: object) -> Settings:
    """Settings from ``hub.toml``, then the environment, then ``overrides``.

    Raises ``SettingError`` naming the setting, never its value.
    """
    values = _from_file(Path(HOME_FILE))
    home = overrides.get("home") or os.environ.get("HUB_HOME") or values.get("home") or _default_home()
    values = {**_from_file(Path(str(home)) / HOME_FILE), **values}
    _refuse_misspelt(os.environ)
    for name in Settings.model_fields:
        variable = f"HUB_{name.upper()}"
        if os.environ.get(variable):
            values[name] = os.environ[variable]
        elif os.environ.get(f"{variable}_FILE"):
            values[name] = _secret_from(Path(os.environ[f"{variable}_FILE"]), variable)
    values.update(overrides)
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        name = str(first["loc"][0]) if first["loc"] else "?"
        raise SettingError(
            "SETTING_INVALID",
            f"HUB_{name.upper()} is not usable: {first['msg']}.",
            "Correct it in the environment or in hub.toml; docs/settings.md lists every setting.",
        ) from None


def _refuse_misspelt(environment: Iterable[str]) -> None:
    """A limit that is spelt wrong would be no limit. Other programs' variables may begin with HUB_ too."""
    known = {f"HUB_{name.upper()}" for name in Settings.model_fields}
    for variable in sorted(environment):
        bare = variable.removesuffix("_FILE")
        if not variable.startswith("HUB_") or bare in known:
            continue
        near = get_close_matches(bare, known, n=1, cutoff=_ALIKE)
        if not near and bare.endswith("_SCHEDULE"):
            near = ["HUB_SCHEDULE"]  # An agency's whose name is wrong, or that has no setting yet.
        if near:
            raise SettingError(
                "SETTING_UNKNOWN",
                f"There is no setting {variable}.",
                f"Did you mean {near[0]}? docs/settings.md lists every setting; take the variable away otherwise.",
            )


def _from_file(path: Path) -> dict[str, object]:
    if not path.exists():
        return {}
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError):
        raise SettingError(
            "SETTING_FILE_UNREADABLE", "hub.toml cannot be read as TOML.", "Correct the file, or move it away."
        ) from None


def _secret_from(path: Path, variable: str) -> str:
    try:
        return path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise SettingError(
            "SETTING_SECRET_UNREADABLE",
            f"The file named by {variable}_FILE cannot be read.",
            "Check that it exists and that this user may read it.",
        ) from None
