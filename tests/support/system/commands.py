"""Commands of the command line, as they are typed on the system's own machine."""

import asyncio
import os
import sys

from services.system import Installation


async def typed(installation: Installation, *words: str, url: str | None = None) -> tuple[int | None, str, str]:
    """A command's exit code, and what it said on either stream. ``url``: where the system listens."""
    settings = installation.settings
    assert settings.postgres_dsn is not None
    own = {
        "DATA": str(settings.data),
        "POSTGRES_DSN": settings.postgres_dsn.get_secret_value(),
        "NATS_URL": str(settings.nats_url),
        "NAMESPACE": settings.namespace,
    }
    own |= {} if settings.keys is None else {"KEYS": str(settings.keys)}
    own |= {} if settings.keys_backup is None else {"KEYS_BACKUP": str(settings.keys_backup)}
    own |= {} if url is None else {"PORT": url.rpartition(":")[2]}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CANALIZA_")}
    environment = kept | {f"CANALIZA_{name}": value for name, value in own.items()}
    command = [sys.executable, "-c", "from services.cli import main; main()", *words]
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *command, env=environment, stdin=asyncio.subprocess.DEVNULL, stdout=pipe, stderr=pipe
    )
    said, complained = await process.communicate()
    return process.returncode, said.decode(), complained.decode()
