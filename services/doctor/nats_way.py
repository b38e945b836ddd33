"""Connections to NATS that end in time, and what a server says of itself before anybody signs in."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from nats.aio.client import Client
from nats.errors import Error as NatsError

from services.chassis.messaging.broker import harden, has_credentials
from services.chassis.messaging.closing import close_for_good
from services.doctor.domain import Why
from services.doctor.ground import PATIENCE, Ground
from services.doctor.reasons import CannotLookError, host_and_port, why_of
from services.local.permissions import ADMIN

NATS_PORT = 4222
LINE = 64_000
"""Bytes of the first line, at most."""


async def greeting(url: str) -> Mapping[str, Any]:
    """What a server says of itself to whoever connects: its version, whether it wants TLS.

    Raises:
        CannotLookError: it is not reached, or is no NATS server.
    """
    host, port = host_and_port(url, NATS_PORT)
    writer: asyncio.StreamWriter | None = None
    try:
        async with asyncio.timeout(PATIENCE):
            reader, writer = await asyncio.open_connection(host, port, limit=LINE)
            word, _, said = (await reader.readline()).partition(b" ")
        if word != b"INFO":
            raise CannotLookError(Why.NOT_A_SERVER)
        found: Mapping[str, Any] = json.loads(said)
    except (OSError, TimeoutError) as error:
        raise CannotLookError(why_of(error)) from None
    except ValueError:
        raise CannotLookError(Why.NOT_A_SERVER) from None
    else:
        return found
    finally:
        if writer is not None:
            writer.close()


@asynccontextmanager
async def signed_in(ground: Ground, service: str | None = None) -> AsyncIterator[Client]:
    """A connection as a service; ``None``: as the administrator.

    Raises:
        CannotLookError: the secrets are not here, or NATS is not reached, or refuses.
    """
    urls = ground.nats_urls
    if not urls:
        raise CannotLookError(Why.NOT_SET)
    names, said = ground.settings.names, list[Exception]()

    async def remember(error: Exception) -> None:
        said.append(error)

    options: dict[str, Any] = {}
    if service is not None:
        if service not in ground.of_services:
            raise CannotLookError(Why.NO_KEYS_HERE)
        options = {"user": names.user(service), "password": ground.of_services[service].nats}
        options["inbox_prefix"] = names.inbox(service)
    elif ground.secrets is None:
        raise CannotLookError(Why.NOT_THE_ADMINISTRATOR)
    else:
        options = {"user": ADMIN, "password": ground.secrets.nats_admin}
    if has_credentials(urls):
        options = {"inbox_prefix": options.get("inbox_prefix", "_INBOX")}
    harden()
    client = Client()
    try:
        async with asyncio.timeout(PATIENCE + 1):
            await client.connect(
                urls, connect_timeout=int(PATIENCE), allow_reconnect=False, error_cb=remember, **options
            )
    except (OSError, TimeoutError, NatsError, ValueError) as error:
        await close_for_good(client)
        raise CannotLookError(why_of(said[-1] if said else error)) from None
    try:
        yield client
    except (OSError, TimeoutError, NatsError) as error:
        raise CannotLookError(why_of(said[-1] if said else error)) from None
    finally:
        await close_for_good(client)


async def jetstream(client: Client, question: str) -> Mapping[str, Any]:
    """JetStream's own answer, with what the client's library leaves out of it.

    Raises:
        TimeoutError: none came; a denied permission looks like that.
    """
    answer = await client.request(f"$JS.API.{question}", b"", timeout=PATIENCE)
    found: Mapping[str, Any] = json.loads(answer.data)
    return found
