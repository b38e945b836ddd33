"""Leaving a server that no longer answers.

A node that is cut off from its cluster keeps its clients' connections open, and JetStream on it does nothing.
The client notices nothing, since pings are answered: somebody has to send it to another node.
"""

import asyncio
from time import monotonic

import structlog
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.errors import APIError, NotFoundError

logger = structlog.get_logger(__name__)

ASK = 1.0
"""Seconds between questions."""
ANSWER = 2.0
"""Seconds that an answer may take."""
PATIENCE = 8.0
"""Seconds without an answer, in which a cluster that is whole has agreed on who leads."""


async def leave_mute_servers(client: Client, stream: str, *, service: str) -> None:
    """Connects to another of the client's servers when JetStream does not answer on this one. Never ends."""
    answered = monotonic()
    while True:
        await asyncio.sleep(ASK)
        if not client.is_connected or len(client.servers) < 2 or await _answers(client, stream):
            answered = monotonic()
        elif monotonic() - answered > PATIENCE:
            logger.warning("nats_server_mute", service=service)
            await client.force_reconnect()
            answered = monotonic()


async def _answers(client: Client, stream: str) -> bool:
    """Whether a leader is known here: a node that is cut off goes on answering from memory, without one."""
    try:
        found = (await client.jetstream(timeout=ANSWER).stream_info(stream)).cluster
    except NotFoundError:
        return True  # said by a cluster that agrees on what there is
    except (NatsError, APIError, OSError, TimeoutError):
        return False
    return found is None or found.leader is not None
