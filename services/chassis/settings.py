"""What an installation sets, all from ``CANALIZA_*`` in the environment; secrets come from files."""

from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.chassis.names import DEFAULT_NAMESPACE, Names

LOOPBACK = ("127.0.0.1", "localhost", "::1")


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
    namespace: str = Field(default=DEFAULT_NAMESPACE, pattern=r"^[a-z][a-z0-9]{0,31}$")
    max_body_bytes: int = 262_144
    log_level: str = "INFO"
    mail_url: SecretStr | None = None
    """An Apprise ``mailto://`` or ``mailtos://`` URL; without it alerts are shown but not mailed."""
    contacts: Path | None = None
    """The installation's own addresses of duty desks (YAML: agency, channel, list)."""
    replicas: int = Field(default=1, ge=1, le=5)
    """Copies of each stream in a NATS cluster."""

    @model_validator(mode="after")
    def _off_loopback_needs_tls(self) -> Self:
        if self.nats_url is not None:
            where = urlsplit(self.nats_url)
            if where.scheme != "tls" and where.hostname not in LOOPBACK:
                raise ValueError("CANALIZA_NATS_URL must be tls:// unless NATS is on this machine")
        return self

    @property
    def names(self) -> Names:
        """Names of subjects, streams and users."""
        return Names(self.namespace)
