"""What an installation sets, all from ``CANALIZA_*`` in the environment; secrets come from files."""

from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, StringConstraints, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from services.chassis.names import DEFAULT_NAMESPACE, Names

LOOPBACK = ("127.0.0.1", "localhost", "::1")

ShelterCode = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9][A-Z0-9-]{0,31}$")]
"""A shelter's code as part of NATS' names, where a dot or a star would mean something."""


def server_urls(listed: str) -> list[str]:
    """The servers of a comma-separated list. NATS' client takes a list; a string is one server to it."""
    return [url.strip() for url in listed.split(",")]


class Settings(BaseSettings):
    """Where things are. Every value has a default that works on one machine."""

    model_config = SettingsConfigDict(env_prefix="CANALIZA_", hide_input_in_errors=True, extra="ignore", frozen=True)

    data: Path = Path("var")
    """The folder of the embedded servers, and of the secrets."""
    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    postgres_dsn: SecretStr | None = None
    """PostgreSQL: the administrator's for ``up`` and ``migrate``; a service replaces user and password by its own."""
    nats_url: str | None = None
    """One NATS server, or all of a cluster's, separated by commas."""
    namespace: str = Field(default=DEFAULT_NAMESPACE, pattern=r"^[a-z][a-z0-9]{0,31}$")
    max_body_bytes: int = 262_144
    log_level: str = "INFO"
    mail_url: SecretStr | None = None
    """An Apprise ``mailto://`` or ``mailtos://`` URL; without it alerts are shown but not mailed."""
    contacts: Path | None = None
    """The installation's own addresses of duty desks (YAML: agency, channel, list)."""
    channels: Path | None = None
    """Channels besides e-mail (YAML: kind, and its Apprise URL with ``{to}``)."""
    public_url: str | None = Field(default=None, pattern=r"^https?://[^\s/?#]+/?$")
    """The address that people open: alerts link to it, and sign-in elsewhere comes back there. Without it, no links."""
    webhook_private: bool = False
    """Webhooks may lead to private addresses, and by plain http to this machine: for development."""
    directory: Path | None = None
    """The installation's own directory of shelters, agencies and desks, instead of the starting one."""
    replicas: int = Field(default=1, ge=1, le=5)
    """Copies of each stream in a NATS cluster."""
    leaf_shelters: Annotated[tuple[ShelterCode, ...], NoDecode] = ()
    """Shelters with a NATS leaf node of their own, separated by commas."""
    leaf_silence: float = Field(default=900, gt=0)
    """Seconds without hearing from a shelter's leaf node, or without catching up with it, before the alarm."""

    oidc_issuer: str | None = None
    """Where staff of an organisation sign in with its own accounts (OpenID Connect); https, or on this machine."""
    oidc_client_id: str | None = None
    oidc_client_secret: SecretStr | None = None

    @field_validator("leaf_shelters", mode="before")
    @classmethod
    def _listed(cls, value: object) -> object:
        return tuple(code.strip() for code in value.split(",") if code.strip()) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _off_loopback_needs_tls(self) -> Self:
        for url in self.nats_urls:  # the client may end up at any of them
            where = urlsplit(url)
            if where.scheme != "tls" and where.hostname not in LOOPBACK:
                raise ValueError("every server in CANALIZA_NATS_URL must be tls:// unless it is on this machine")
        return self

    @model_validator(mode="after")
    def _sign_in_elsewhere_is_whole(self) -> Self:
        parts = (self.oidc_issuer, self.oidc_client_id, self.oidc_client_secret)
        if any(parts) and not all(parts):
            raise ValueError("CANALIZA_OIDC_ISSUER, _CLIENT_ID and _CLIENT_SECRET go together")
        for address in (self.oidc_issuer, self.public_url):
            where = urlsplit(address or "")
            if address and where.scheme != "https" and not (where.scheme == "http" and where.hostname in LOOPBACK):
                raise ValueError("CANALIZA_OIDC_ISSUER and CANALIZA_PUBLIC_URL must be https unless on this machine")
        return self

    @property
    def nats_urls(self) -> list[str]:
        """Every NATS server that may be connected to; none when it is not set."""
        return [] if self.nats_url is None else server_urls(self.nats_url)

    @property
    def names(self) -> Names:
        """Names of subjects, streams and users."""
        return Names(self.namespace)
