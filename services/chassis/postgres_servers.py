"""The servers that a DSN names, and a connection to the one of them that takes writes.

The driver goes through a list of hosts by itself, but under one time limit, so that one that is switched off, and
refuses nothing, hides those behind it. Here each has a limit of its own, and the last one that took writes is asked
first.
"""

from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import asyncpg

EACH = 2.0
"""Seconds for one of several servers to answer."""
PORT = 5432


def hosts(dsn: str) -> list[tuple[str, int]]:
    """The hosts and ports that a DSN lists; empty if it names none."""
    parts = urlsplit(dsn)
    query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    listed = [unquote(one) for one in parts.netloc.rpartition("@")[2].split(",") if one]
    ports = [int(one) for one in query.get("port", "").split(",") if one] or [PORT]
    named = [_host_and_port(one) for one in listed or query.get("host", "").split(",") if one]
    defaults = ports * len(named) if len(ports) == 1 else ports
    return [(host, port or default) for (host, port), default in zip(named, defaults, strict=True)]


def _host_and_port(written: str) -> tuple[str, int | None]:
    if written.startswith("["):
        host, _, port = written[1:].partition("]")
        port = port.removeprefix(":")
    elif written.startswith("/"):
        host, port = written, ""
    else:
        host, _, port = written.partition(":")
    return host, int(port) if port else None


class PostgresServers:
    """The servers of one installation, of which one at a time takes writes."""

    def __init__(self, dsn: str) -> None:
        """Connects to none yet."""
        self._hosts = hosts(dsn)

    async def connect(self, *arguments: Any, **options: Any) -> asyncpg.Connection:
        """A connection, made as ``asyncpg.connect`` makes it; of several servers to one that takes writes.

        Raises:
            InvalidPasswordError: one refused the password, and no other took it.
            OSError: none can be reached; or whatever else the last one answered.
        """
        if len(self._hosts) < 2:
            return await asyncpg.connect(*arguments, **options)
        last: Exception = ConnectionError()
        for host, port in list(self._hosts):
            one = {"host": host, "port": port, "timeout": EACH, "target_session_attrs": "read-write"}
            try:
                connection = await asyncpg.connect(*arguments, **options | one)
            except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InternalClientError) as error:
                if not isinstance(last, asyncpg.InvalidPasswordError):  # of several answers the one to act upon
                    last = error
                continue
            self._hosts.remove((host, port))
            self._hosts.insert(0, (host, port))
            return connection
        raise last
