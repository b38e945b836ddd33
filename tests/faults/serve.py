"""One service as a process of its own, built as ``canaliza serve`` builds it, on a clock that the stage can set.

``python -m tests.faults.serve SERVICE [CONTROL]``: with a control's name the service is first broken in that way.
"""

import asyncio
import mmap
import os
import struct
import sys
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path

from services.chassis.runtime import logging
from services.chassis.runtime.application import application
from services.chassis.runtime.bootstrap import ServiceContext
from services.chassis.runtime.server import listen, served, url_of
from services.chassis.settings import Settings
from services.system import FACTORIES

CLOCK = "CANALIZA_FAULTS_CLOCK"


class SetClock:
    """The machine's clock, shifted by the seconds that a shared file holds: a jump reaches every process at once."""

    def __init__(self, path: Path) -> None:
        with path.open("r+b") as file:
            self._shared = mmap.mmap(file.fileno(), 8)

    def __call__(self) -> datetime:
        (shift,) = struct.unpack("d", self._shared[:8])
        return datetime.now(UTC) + timedelta(seconds=shift)


async def main(service: str, control: str | None) -> None:
    if control is not None and hasattr(broken := import_module(f"tests.faults.controls.{control}"), "break_it"):
        broken.break_it(service)
    settings = Settings()
    logging.configure(settings.log_level)
    context = ServiceContext.of(settings, service, clock=SetClock(Path(os.environ[CLOCK])))
    listener = listen(settings.host, settings.port)
    async with served(application([FACTORIES[service](context)]), listener, on_signals=True) as serving:
        print(url_of(listener), flush=True)  # noqa: T201 - the stage reads it
        await serving


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None))
