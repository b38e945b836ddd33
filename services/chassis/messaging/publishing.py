"""Publishes many messages in one write; the acknowledgement of a later one confirms all of them.

nats-py checks, copies and queues each header of each message by itself, which took a tenth of the processor time of
a case (ADR 0014). A relay's messages are made here as bytes (``cloudevents.command_of``); a test compares them with
what the client would have written.
"""

from collections.abc import Sequence

from nats.aio.client import Client
from nats.errors import ConnectionClosedError, ConnectionReconnectingError


async def publish_at_once(client: Client, commands: Sequence[bytes]) -> None:
    """Queues ``HPUB`` commands for the server in their order; the next ``publish`` flushes them.

    Raises:
        ConnectionClosedError: the client was closed.
        ConnectionReconnectingError: no server is connected. Nothing was queued.
    """
    if client.is_closed:
        raise ConnectionClosedError
    if not client.is_connected:
        raise ConnectionReconnectingError
    if commands:
        await client._send_command(b"".join(commands))  # noqa: SLF001 - there is no public way
