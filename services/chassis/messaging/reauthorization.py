"""Lets a NATS client sign in again when its password was changed.

nats-server then ends the connection with an *authorization violation*, which nats-py takes for the end: it closes the
client for good, and a service would copy and follow nothing until it is started anew (ADR 0056).
"""

from nats.aio.client import Client
from nats.errors import AuthorizationError

VIOLATION = "authorization violation"

THEIRS = Client._process_err  # noqa: SLF001 - there is no public way


async def process_error(client: Client, message: str) -> None:
    """Reconnects a client whose sign-in does not hold any more; everything else is nats-py's own."""
    if VIOLATION in message.lower() and client.is_connected and client.options["allow_reconnect"]:
        await client._process_op_err(AuthorizationError())  # noqa: SLF001 - as after a connection that broke
        return
    await THEIRS(client, message)


def install() -> None:
    """Does so for every connection of this process."""
    Client._process_err = process_error  # type: ignore[method-assign,assignment]  # noqa: SLF001
