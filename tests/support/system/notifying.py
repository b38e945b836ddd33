"""The notification service in a process of its own, which a test may kill."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

from services.system import Installation

ROOT = Path(__file__).parents[3]


@asynccontextmanager
async def notifying(installation: Installation, folder: Path) -> AsyncIterator[subprocess.Popen[bytes]]:
    """The notification service in a process of its own."""
    settings = installation.settings
    assert settings.postgres_dsn is not None
    assert settings.mail_url is not None
    environment = (
        {name: value for name, value in os.environ.items() if not name.startswith("CANALIZA_")}
        | {
            "CANALIZA_DATA": str(settings.data),
            "CANALIZA_POSTGRES_DSN": settings.postgres_dsn.get_secret_value(),
            "CANALIZA_NATS_URL": settings.nats_url or "",
            "CANALIZA_NAMESPACE": settings.namespace,
            "CANALIZA_MAIL_URL": settings.mail_url.get_secret_value(),
            "CANALIZA_PORT": "0",
        }
        | {
            f"CANALIZA_{name.upper()}": str(value)
            for name in ("contacts", "channels", "public_url")
            if (value := getattr(settings, name)) is not None
        }
    )
    with (folder / f"{uuid4()}.log").open("wb") as said:
        process = subprocess.Popen(  # noqa: ASYNC220 - only its start blocks, for a moment
            [sys.executable, "-c", "from services.cli import main; main()", "serve", "notifications"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
        )
    try:
        yield process
    finally:
        process.kill()
        await asyncio.to_thread(process.wait)
