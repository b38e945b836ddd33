"""The servers of this machine as another program runs them, and what is left of them."""

from contextlib import suppress
from pathlib import Path

import nats
import nats.errors
import nats.js.errors
from nats.aio.client import Client

from services.chassis.names import Names
from services.local import (
    Servers,
)

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
    async def remember(error: Exception) -> None:
        violations.append(str(error).lower())

    return await nats.connect(
        servers.nats_url,
        user="admin" if service == "admin" else names.user(service),
        password=servers.secrets.nats[service],
        inbox_prefix=names.inbox(service),
        error_cb=remember,
        allow_reconnect=False,
    )
