"""The servers of this machine as another program runs them, and what is left of them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import nats
import nats.errors
import nats.js.errors
from nats.aio.client import Client

from services.chassis.names import Names
from services.local import (
    Servers,
)
from services.system import Installation

NOBODY = 65534


def alive(pid: int) -> bool:
    """Neither gone nor a zombie that nobody has collected yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def at_work_in(data: Path) -> list[str]:
    """The names of all processes whose working directory is in the data folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if (process / "cwd").readlink().is_relative_to(data.resolve()):
                found.append((process / "cmdline").read_bytes().split(b"\0")[0].decode())
    return found


async def sign_in(servers: Servers, service: str, names: Names, violations: list[str]) -> Client:
    """A connection as a service, a shelter (``shelter_<code>``) or the administrator; what it is denied is noted."""

    async def remember(error: Exception) -> None:
        violations.append(str(error).lower())

    return await nats.connect(
        servers.nats_url,
        user="admin" if service == "admin" else names.user(service),
        password=servers.secrets.nats.get(service) or servers.secrets.shelter_nats[service.removeprefix("shelter_")],
        inbox_prefix=names.inbox(service),
        error_cb=remember,
        allow_reconnect=False,
    )


@asynccontextmanager
async def connected_as(installation: Installation, user: str) -> AsyncIterator[Client]:
    """A shelter's software (``shelter_<code>``) on an installation's NATS."""
    names, secrets = installation.settings.names, installation.secrets
    client = await nats.connect(
        installation.settings.nats_url or "",
        user=names.user(user),
        password=secrets.shelter_nats[user.removeprefix("shelter_")],
        inbox_prefix=names.inbox(user),
    )
    try:
        yield client
    finally:
        await client.close()
