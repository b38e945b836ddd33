"""Waits until the server has handled what a client has sent.

nats-py's own flush writes its PING at once, past the commands that wait for its writing task: the answer may come
before the server knows of a subscription made just before (147 of 20,000 times), and what is published then is lost.
"""

import math

from nats.aio.client import Client

ANSWER_TIMEOUT = 10
"""Seconds for each answer of the server."""


async def flush(client: Client, *, within: int = ANSWER_TIMEOUT) -> None:
    """Returns when the server has handled every command that the client was given before.

    The writing task has its turn while the first PING is answered, so the second one follows the commands.

    Raises:
        ConnectionClosedError: the client was closed.
        FlushTimeoutError: an answer did not come within so many seconds.
    """
    for _ in range(2):
        await client.flush(math.ceil(within))  # annotated as whole seconds
