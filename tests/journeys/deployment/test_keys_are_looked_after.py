"""``canaliza keys keep``: what a container runs instead of a timer."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from tests.support.system.composed import CANALIZA
from tests.support.system.system import eventually

pytestmark = pytest.mark.slow


async def kept(folder: Path, **settings: str) -> asyncio.subprocess.Process:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("CANALIZA_")}
    own = {"CANALIZA_DATA": str(folder / "data"), "CANALIZA_KEYS": str(folder / "keys"), "NO_COLOR": "1"}
    with (folder / "said.log").open("wb") as said:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", CANALIZA, "keys", "keep"), env=clean | own | settings, stdout=said, stderr=said
        )


async def test_it_goes_on_while_the_database_is_away_and_ends_when_told(tmp_path: Path) -> None:
    process = await kept(tmp_path, CANALIZA_POSTGRES_DSN="postgresql://canaliza_migrator@127.0.0.1:1/canaliza")

    async def tried() -> bool:
        said = (tmp_path / "said.log").read_text()
        assert process.returncode is None, said
        return "Llaves de época al cuidado" in said and "epoch_keys_not_renewed" in said

    await eventually(tried)
    process.send_signal(signal.SIGTERM)
    assert await process.wait() == 0
    assert "Traceback" not in (tmp_path / "said.log").read_text()


async def test_without_a_database_it_says_what_is_missing(tmp_path: Path) -> None:
    process = await kept(tmp_path)
    assert await process.wait() == 2
    assert "CANALIZA_POSTGRES_DSN" in (tmp_path / "said.log").read_text()
