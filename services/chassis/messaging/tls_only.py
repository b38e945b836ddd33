"""Refuses a NATS server that does not speak TLS where its address says that it does.

nats-py speaks TLS if the server's first line, which is in clear, asks for it. Whoever is on the way can take that out,
and gets the password: ``tls://`` alone promises nothing (ADR 0056).
"""

import asyncio
from contextlib import suppress
from typing import Any

from nats.aio.client import Client
from nats.aio.transport import TcpTransport
from nats.errors import Error

THEIRS = Client._process_info  # noqa: SLF001 - there is no public way
WAIT_CLOSED = TcpTransport.wait_closed
CLOSING = 1.0
"""Seconds to wait for a connection to be closed."""


class NotByTlsError(Error):
    """The server, or whoever is on the way to it, wants to be spoken to in clear."""


async def process_info(client: Client, info: dict[str, Any], *, initial_connection: bool = False) -> None:
    """What the client does with the first line, before it says who it is.

    Raises:
        NotByTlsError: the address is ``tls://`` and the server asks for no TLS.
    """
    server = client._current_server  # noqa: SLF001
    if initial_connection and server is not None and server.uri.scheme == "tls" and not info.get("tls_required"):
        raise NotByTlsError("nats: no TLS where tls:// is the address")
    await THEIRS(client, info, initial_connection=initial_connection)


async def wait_closed(transport: TcpTransport) -> None:
    """Waits for a moment: after a refused certificate nobody tells the client that the connection is closed.

    It would wait for ever, and never learn that the certificate was renewed.
    """
    with suppress(TimeoutError):
        async with asyncio.timeout(CLOSING):
            await WAIT_CLOSED(transport)  # type: ignore[no-untyped-call]


def install() -> None:
    """Does so for every connection of this process."""
    TcpTransport.wait_closed = wait_closed  # type: ignore[method-assign]
    Client._process_info = process_info  # type: ignore[assignment]  # noqa: SLF001
