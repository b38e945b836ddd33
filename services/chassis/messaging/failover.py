"""Leaves a NATS server whose JetStream no longer answers.

A node that is cut off from its cluster keeps its clients' connections open and answers their pings, so the client
does not notice that JetStream on it does nothing: it must be told to reconnect to another node.
"""

import asyncio
from time import monotonic

import structlog
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.errors import APIError, NotFoundError

from services.chassis.liveness import beat
from services.chassis.messaging.cancellation import raise_if_cancelled

logger = structlog.get_logger(__name__)

CHECK_INTERVAL = 1.0
"""Seconds between checks."""
ANSWER_TIMEOUT = 2.0
"""Seconds to wait for JetStream's answer."""
MAX_SILENCE = 8.0
"""Seconds without an answer before the server is left; an intact cluster elects a leader faster."""


async def leave_silent_servers(client: Client, stream: str, *, service: str) -> None:
    """Reconnects to another of the client's servers when JetStream does not answer on this one. Never returns."""
    answered = monotonic()
    while True:
        raise_if_cancelled()
        beat()
        await asyncio.sleep(CHECK_INTERVAL)
        if not client.is_connected or len(client.servers) < 2 or await _answers(client, stream):
            answered = monotonic()
        elif monotonic() - answered > MAX_SILENCE:
            logger.warning("nats_server_mute", service=service)
            await client.force_reconnect()
            answered = monotonic()


async def _answers(client: Client, stream: str) -> bool:
    """Whether this server knows a leader: a node that is cut off still answers from memory, without one."""
    try:
        found = (await client.jetstream(timeout=ANSWER_TIMEOUT).stream_info(stream)).cluster
    except NotFoundError:
        return True  # only a cluster with a leader can say that the stream does not exist
    except (NatsError, APIError, OSError, TimeoutError):
        return False
    return found is None or found.leader is not None
