"""Closes a client's socket in any case.

nats-py writes what is pending before it closes; if the server is gone, that write raises, and the socket stays open.
Where a certificate was refused it closes nothing, and what it had before it spoke TLS it never closes.
"""

import asyncio
from contextlib import suppress

from nats.aio.client import Client
from nats.errors import Error as NatsError


async def close_for_good(client: Client) -> None:
    """Closes the client and its socket, whether or not its server still answers. Harmless when repeated."""
    with suppress(NatsError, OSError, TimeoutError, asyncio.CancelledError):
        await asyncio.wait_for(client.close(), 5)
    transport = client._transport  # noqa: SLF001 - there is no public way
    if transport is not None:
        transport.close()  # type: ignore[no-untyped-call]  # nats-py has no types here
        bare = getattr(transport, "_bare_io_writer", None)  # of a websocket there is none
        if bare is not None:
            bare.close()
