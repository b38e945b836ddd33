"""Says in one word why a server was not reached, whichever library noticed it."""

import socket
import ssl
from contextlib import suppress
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import asyncpg
from nats.errors import Error as NatsError

from services.doctor.domain import Why


class CannotLookError(Exception):
    """A check cannot be made."""

    def __init__(self, why: Why) -> None:
        """``why`` has words in the catalogue."""
        super().__init__(why)
        self.why = why


OF_POSTGRES: tuple[tuple[type[BaseException], Why], ...] = (
    (asyncpg.InvalidPasswordError, Why.WRONG_PASSWORD),
    (asyncpg.InvalidAuthorizationSpecificationError, Why.WRONG_PASSWORD),
    (asyncpg.InvalidCatalogNameError, Why.NO_DATABASE),
    (asyncpg.InsufficientPrivilegeError, Why.NO_PERMISSION),
    (asyncpg.UndefinedTableError, Why.OLD_SCHEMA),
    (asyncpg.UndefinedColumnError, Why.OLD_SCHEMA),
    (asyncpg.InvalidSchemaNameError, Why.OLD_SCHEMA),
    (asyncpg.CannotConnectNowError, Why.STARTING),
    (asyncpg.TooManyConnectionsError, Why.FULL),
)
OF_THE_NETWORK: tuple[tuple[type[BaseException], Why], ...] = (
    (ssl.SSLCertVerificationError, Why.CERTIFICATE),
    (ssl.SSLError, Why.NO_TLS),
    (socket.gaierror, Why.UNKNOWN_HOST),
    (TimeoutError, Why.TIMEOUT),
    (PermissionError, Why.NO_PERMISSION),
    (ConnectionRefusedError, Why.REFUSED),
    (FileNotFoundError, Why.REFUSED),
)
BY_WORDS: tuple[tuple[type[BaseException], str, Why], ...] = (
    (asyncpg.InterfaceError, "root certificate", Why.NO_AUTHORITY),
    (ConnectionError, "ssl", Why.NO_TLS),
    (NatsError, "authorization", Why.WRONG_PASSWORD),
    (NatsError, "permissions", Why.NO_PERMISSION),
)
"""Errors that only their text tells apart."""


def why_of(error: BaseException) -> Why:
    """The reason of a failed connection or question."""
    for kind, why in (*OF_POSTGRES, *OF_THE_NETWORK):
        if isinstance(error, kind):
            return why
    said = str(error).lower()
    for kind, word, why in BY_WORDS:
        if isinstance(error, kind) and word in said:
            return why
    caused = error.__cause__ or error.__context__
    if caused is not None:
        return why_of(caused)
    return Why.REFUSED if isinstance(error, OSError) else Why.OTHER


def place_of(dsn: str) -> str:
    """Where a server is, without user and password: ``host:port``, or the folder of its socket."""
    parts = urlsplit(dsn)
    query = parse_qs(parts.query)
    listed = parts.netloc.rpartition("@")[2] or ",".join(query.get("host", ["?"]))
    port = "" if listed.startswith("/") or ":" in listed else f":{query.get('port', [''])[0]}"
    return listed + port.rstrip(":")


def authority_is_missing(dsn: str) -> bool:
    """Whether a DSN names a file of authorities that is not there: the driver says only that a file is missing."""
    named = parse_qs(urlsplit(dsn).query).get("sslrootcert", [])
    return any(path != "system" and not Path(path).is_file() for path in named)


def host_and_port(url: str, otherwise: int) -> tuple[str, int]:
    """The host and the port of a URL."""
    parts = urlsplit(url)
    port = otherwise
    with suppress(ValueError):
        port = parts.port or otherwise
    return parts.hostname or "", port
