"""The settings of an installation, all from ``CANALIZA_*`` in the environment; secrets come from files."""

import os
from collections.abc import Iterable, Iterator, Mapping
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import parse_qs, unquote, urlsplit

from pydantic import AfterValidator, Field, SecretStr, StringConstraints, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from services.chassis.names import DEFAULT_NAMESPACE, Names
from services.chassis.own_system import DATA, HOST, PORT, PREFIX

LOOPBACK = ("127.0.0.1", "localhost", "::1")

ShelterCode = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9][A-Z0-9-]{0,31}$")]
"""A shelter's code as part of NATS names, in which dots and stars have a meaning."""


def _network(written: str) -> str:
    return str(ip_network(written))


Network = Annotated[str, AfterValidator(_network)]
"""An IP address or network."""


_PRIVATE = tuple(
    ip_network(each)
    for each in (
        *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "127.0.0.0/8"),
        *("fc00::/7", "fe80::/10", "::1/128"),
    )
)
"""Networks that nobody has an address of on the internet. (``is_private`` of the library looks at both ends only.)"""
_MAPPED = ip_network("::ffff:0:0/96")
"""IPv4 within IPv6 (RFC 4291): so a socket for both names a sender."""
_WIDEST = {4: 2 ** (32 - 8), 6: 2 ** (128 - 16)}
"""Public addresses of all proxies together: a /8 of IPv4, a /16 of IPv6."""


def _public_addresses(networks: Iterable[str], version: int) -> int:
    """How many public addresses of IPv4 or IPv6 are in these networks together, each counted once."""
    found = [_unmapped(ip_network(each)) for each in networks]
    apart: Iterator[Any] = collapse_addresses(each for each in found if each.version == version)
    return sum(each.num_addresses for each in apart if not _is_private(each))


def _unmapped(network: IPv4Network | IPv6Network) -> IPv4Network | IPv6Network:
    if isinstance(network, IPv4Network) or not network.subnet_of(_MAPPED):  # type: ignore[arg-type]  # the first is none
        return network
    return ip_network((int(network.network_address) & 0xFFFFFFFF, network.prefixlen - 96))


def _is_private(network: Any) -> bool:
    return any(network.version == each.version and network.subnet_of(each) for each in _PRIVATE)


def server_urls(listed: str) -> list[str]:
    """The servers of a comma-separated list. The NATS client takes a list; it reads a string as one server."""
    return [url.strip() for url in listed.split(",")]


def is_private_way(dsn: str, environment: Mapping[str, str]) -> bool:
    """Whether nobody on the way to PostgreSQL can read or forge: it is on this machine, or its name is checked by TLS.

    ``environment`` has libpq's own variables, which say what the DSN does not.
    """
    parts = urlsplit(dsn)
    query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    listed = parts.netloc.partition("@")[2] if "@" in parts.netloc else parts.netloc
    hosts = [unquote(host) for host in ",".join((listed, query.get("host", ""))).split(",") if host]
    if not hosts:
        hosts = [host for host in environment.get("PGHOST", "").split(",") if host]
    if not hosts and ("service" in query or "PGSERVICE" in environment):
        hosts = ["?"]  # named in a file that only the driver reads
    mode = query.get("sslmode", environment.get("PGSSLMODE"))
    return mode == "verify-full" or all(_is_here(host) for host in hosts)


def _is_here(host: str) -> bool:
    """Whether a host of a DSN, perhaps with its port, is this machine; a path is a socket in a folder."""
    name = host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
    return host.startswith(("/", "@")) or name in LOOPBACK or host == "::1"


class Settings(BaseSettings):
    """The settings. Every one has a default that works on a single machine."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, hide_input_in_errors=True, extra="ignore", frozen=True)

    data: Path = Path(DATA)
    """The folder of the embedded servers."""
    keys_backup: Path | None = None
    """The folder of the copies of epoch keys, apart from the data; without it ``<keys>-backup`` beside the keys."""
    backups: Path | None = None
    """The folder of the backups; the embedded server's WAL is archived in it."""
    keys: Path | None = None
    """The folder of the secrets, apart from the data; without it ``<data>-keys`` beside the data."""
    host: str = HOST
    port: int = Field(default=PORT, ge=0, le=65535)
    postgres_dsn: SecretStr | None = None
    """PostgreSQL, with the administrator's user for ``up`` and ``migrate``; services use their own users."""
    nats_url: str | None = None
    """One NATS server, or all servers of a cluster, separated by commas."""
    nats_port: int | None = Field(default=None, ge=0, le=65535)
    """The port of the embedded NATS server. Without it the one chosen at the first start, 4222 if that was free."""
    namespace: str = Field(default=DEFAULT_NAMESPACE, pattern=r"^[a-z][a-z0-9]{0,31}$")
    tls_cert: Path | None = None
    """The certificate chain (PEM) of this server; with ``tls_key`` it answers by TLS."""
    tls_key: Path | None = None
    proxies: Annotated[tuple[Network, ...], NoDecode] = ()
    """Addresses and networks of the reverse proxies that speak TLS for this server, separated by commas."""
    max_body_bytes: int = Field(default=262_144, ge=1_024)
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] = "INFO"
    metrics_port: int | None = Field(default=None, ge=0, le=65535)
    """The port that Prometheus asks at ``/metrics``; without it there is none, and nothing is measured."""
    metrics_host: str = HOST
    """The address of that port. What it says is numbers alone, in clear text, to whoever reaches it."""
    otlp_endpoint: str | None = Field(default=None, validation_alias="OTEL_EXPORTER_OTLP_ENDPOINT")
    """Where OpenTelemetry's own variables say that traces are collected; without it there are none."""
    operator: str | None = Field(default=None, pattern=r"^p-[0-9]{3,6}$")
    """The code of whoever uses this machine's terminal: the record of security acts names them."""
    mail_url: SecretStr | None = None
    """An Apprise ``mailto://`` or ``mailtos://`` URL; without it alerts are shown but not mailed."""
    contacts: Path | None = None
    """The installation's own addresses of duty desks (YAML: agency, channel, list)."""
    channels: Path | None = None
    """Channels besides e-mail (YAML: kind, and its Apprise URL with ``{to}``)."""
    public_url: str | None = Field(default=None, pattern=r"^https?://[^\s/?#]+/?$")
    """The URL that people open, for links in alerts and for OpenID providers. Without it alerts have no links."""
    webhook_private: bool = False
    """Whether webhooks may use private addresses, and plain http to this machine: for development."""
    directory: Path | None = None
    """The installation's own directory of shelters, agencies and desks, instead of the starting one."""
    witnesses: Path | None = None
    """Who cosigns the checkpoints of the logs (a C2SP tlog-policy file); without it nobody does."""
    replicas: int = Field(default=1, ge=1, le=5)
    """Copies of each stream in a NATS cluster."""
    leaf_shelters: Annotated[tuple[ShelterCode, ...], NoDecode] = ()
    """Shelters with a NATS leaf node of their own, separated by commas."""
    leaf_silence: float = Field(default=900, gt=0)
    """Seconds without a sign of a shelter's leaf node, or of falling behind it, before the alarm."""

    health_timeout: float = Field(default=1.5, gt=0)
    """Seconds after which a health check without an answer has failed."""
    heartbeat: float = Field(default=5, gt=0)
    """Seconds between two writes by which a service learns that its log accepts them, and others that it lives."""
    flow_write: float = Field(default=15, gt=0)
    """Seconds since the log last accepted a write, until the service takes no more requests."""
    flow_neighbour: float = Field(default=30, gt=0)
    """Seconds since another service's last heartbeat, or since an instance was known to lead, until flow fails."""
    flow_behind: float = Field(default=60, gt=0)
    """Age in seconds of the oldest event that was not copied, or not digested by a follower, until flow fails."""
    flow_due: float = Field(default=60, gt=0)
    """Seconds by which a timer or a delivery may be late, until flow fails."""
    flow_loop: float = Field(default=60, gt=0)
    """Seconds without a turn of a background loop, until flow fails."""
    comparing_share: float = Field(default=0.02, gt=0, le=1)
    """Share of its time that audit compares the logs with what was sealed."""
    flow_failed_share: float = Field(default=0.5, gt=0, le=1)
    """Share of failed deliveries within ``flow_failed_window``, at which flow fails."""
    flow_failed_window: float = Field(default=900, gt=0)
    """Seconds."""
    flow_disk_free: float = Field(default=0.05, ge=0, lt=1)
    """Free share of the disk with ``data``, below which flow fails."""
    not_routed_after: float = Field(default=60, gt=0)
    """Seconds after which a shelter reads of a case that was not assessed: not routed yet."""

    alert_stream_check: float = Field(default=30, gt=0)
    """Seconds after which an open stream (alerts, changes) looks up again whether its reader may still read."""
    alert_streams: int = Field(default=10, ge=1)
    """Streams of one kind that are open at once to one account, or to one token without an account, in one process."""

    oidc_issuer: str | None = None
    """The OpenID provider with an organisation's own accounts; https, or on this machine."""
    oidc_client_id: str | None = None
    oidc_client_secret: SecretStr | None = None

    @field_validator("leaf_shelters", "proxies", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(code.strip() for code in value.split(",") if code.strip()) if isinstance(value, str) else value

    @field_validator("postgres_dsn")
    @classmethod
    def _is_a_dsn(cls, dsn: SecretStr | None) -> SecretStr | None:
        if dsn is not None and urlsplit(dsn.get_secret_value()).scheme not in ("postgresql", "postgres"):
            raise ValueError("CANALIZA_POSTGRES_DSN: empieza con postgresql:// · must begin with postgresql://")
        return dsn

    @model_validator(mode="after")
    def _off_loopback_needs_tls(self) -> Self:
        for url in self.nats_urls:  # the client may connect to any of them
            where = urlsplit(url)
            if where.scheme != "tls" and where.hostname not in LOOPBACK:
                raise ValueError(
                    "CANALIZA_NATS_URL: fuera de esta máquina, cada servidor con tls://"
                    " · every server must be tls:// unless it is on this machine"
                )
        if self.postgres_dsn is not None and not is_private_way(self.postgres_dsn.get_secret_value(), os.environ):
            raise ValueError(
                "CANALIZA_POSTGRES_DSN: fuera de esta máquina, con ?sslmode=verify-full"
                " · needs ?sslmode=verify-full unless the server is on this machine"
            )
        if self.host not in LOOPBACK and self.tls_cert is None and not self.proxies:
            raise ValueError(
                "CANALIZA_HOST: fuera de esta máquina hacen falta CANALIZA_TLS_CERT y CANALIZA_TLS_KEY, o bien"
                " CANALIZA_PROXIES · off this machine it needs CANALIZA_TLS_CERT and CANALIZA_TLS_KEY,"
                " or CANALIZA_PROXIES with the proxies that speak TLS for it"
            )
        return self

    @field_validator("proxies")
    @classmethod
    def _are_not_everybody(cls, proxies: tuple[str, ...]) -> tuple[str, ...]:
        if any(_public_addresses(proxies, version) > widest for version, widest in _WIDEST.items()):
            raise ValueError(  # whoever asks would say themselves from where
                "CANALIZA_PROXIES: redes con todas las direcciones, o muchas, no son las de un proxy"
                " · networks with every address, or many, are not a proxy's"
            )
        return proxies

    @model_validator(mode="after")
    def _tls_is_complete(self) -> Self:
        if (self.tls_cert is None) is not (self.tls_key is None):
            raise ValueError("CANALIZA_TLS_CERT y CANALIZA_TLS_KEY van juntas · go together")
        return self

    @model_validator(mode="after")
    def _heartbeats_come_in_time(self) -> Self:
        if self.heartbeat >= min(self.flow_write, self.flow_neighbour):
            raise ValueError(
                "CANALIZA_HEARTBEAT: menos que CANALIZA_FLOW_WRITE y que CANALIZA_FLOW_NEIGHBOUR · must be under both"
            )
        return self

    @model_validator(mode="after")
    def _oidc_is_complete(self) -> Self:
        parts = (self.oidc_issuer, self.oidc_client_id, self.oidc_client_secret)
        if any(parts) and not all(parts):
            raise ValueError("CANALIZA_OIDC_ISSUER, _CLIENT_ID y _CLIENT_SECRET van juntas · go together")
        if any(parts) and self.public_url is None:  # what a request says of our address may be anybody's
            raise ValueError(
                "CANALIZA_OIDC_ISSUER necesita CANALIZA_PUBLIC_URL, adonde vuelve el proveedor"
                " · needs it, where the provider returns to"
            )
        for address in (self.oidc_issuer, self.public_url):
            where = urlsplit(address or "")
            if address and where.scheme != "https" and not (where.scheme == "http" and where.hostname in LOOPBACK):
                raise ValueError(
                    "CANALIZA_OIDC_ISSUER y CANALIZA_PUBLIC_URL: con https, salvo en esta máquina"
                    " · must be https unless on this machine"
                )
        return self

    @property
    def by_tls(self) -> bool:
        """Whether people reach this installation by TLS."""
        return self.tls_cert is not None or (self.public_url or "").startswith("https://")

    @property
    def nats_urls(self) -> list[str]:
        """The NATS servers that the client may connect to; empty if none is set."""
        return [] if self.nats_url is None else server_urls(self.nats_url)

    @property
    def archive(self) -> Path | None:
        """Where the embedded server's WAL is archived; ``None``: nowhere."""
        return None if self.backups is None else self.backups / "wal"

    @property
    def names(self) -> Names:
        """Names of subjects, streams and users."""
        return Names(self.namespace)
