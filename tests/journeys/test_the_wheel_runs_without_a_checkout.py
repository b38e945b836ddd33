"""What is installed from the wheel alone starts everything, in a folder that has nothing of ours."""

import asyncio
import os
import signal
import subprocess
import sys
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx2

from releasing.wheel import build
from tests.support.system.ports import free_port
from tests.support.system.system import HANG, eventually

WHERE = "import services, events; print(services.__file__); print(events.__file__)"
UP = "from services.cli import main; main()"


async def test_the_wheel_alone_starts_everything_and_ends_when_it_is_told(tmp_path: Path) -> None:
    installed, empty = tmp_path / "installed", tmp_path / "empty"
    empty.mkdir()
    wheel = await asyncio.to_thread(build, tmp_path / "built", epoch=1_700_000_000)
    with zipfile.ZipFile(wheel) as opened:
        opened.extractall(installed)
    port = free_port()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CANALIZA_")}
    here = {"PYTHONPATH": str(installed), "CANALIZA_DATA": str(empty / "data"), "CANALIZA_PORT": str(port)}
    how: dict[str, Any] = {"cwd": empty, "env": kept | here}
    command = [sys.executable, "-P", "-c"]
    asked = subprocess.run([*command, WHERE], **how, check=True, capture_output=True, text=True)  # noqa: ASYNC221
    assert all(Path(line).is_relative_to(installed) for line in asked.stdout.splitlines())
    said = tmp_path / "said"
    with said.open("wb") as log:
        process = subprocess.Popen([*command, UP, "up"], **how, stdin=subprocess.DEVNULL, stdout=log, stderr=log)  # noqa: ASYNC220
    try:
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=HANG) as client:

            async def ready() -> bool:
                assert process.poll() is None, said.read_text()
                with suppress(httpx2.TransportError):
                    return (await client.get("/health/ready")).is_success
                return False

            await eventually(ready)
            page = await client.get("/entrar")
            assert page.is_success
            assert "Entrar" in page.text
    finally:
        process.send_signal(signal.SIGTERM)
        code = await asyncio.to_thread(process.wait, HANG)
    assert code == 0, said.read_text()
