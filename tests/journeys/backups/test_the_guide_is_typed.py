"""An operator types what the guide says about backups, from the first to a restored system."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from tests.support.guides import commands
from tests.support.people.shelter_work import opens, somebody
from tests.support.system.backups import Site

pytestmark = pytest.mark.slow


async def typed(block: str, environment: dict[str, str]) -> tuple[int | None, str]:
    process = await asyncio.create_subprocess_exec(
        *("bash", "-euc", block), env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said, _ = await process.communicate()
    return process.returncode, said.decode()


async def test_the_commands_of_the_guide_back_up_drill_and_restore(tmp_path: Path) -> None:
    site = Site(tmp_path)
    restored = tmp_path / "elsewhere" / "data"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CANALIZA_")} | {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "CANALIZA_DATA": str(site.settings.data),
        "CANALIZA_BACKUPS": str(site.backups),
        "CANALIZA_NATS_PORT": "0",
        "KEY_COPIES": str(site.key_copies),
        "NEW_DATA": str(restored),
    }
    backup, drill, restore = commands("operator.md", "Backup and restore")
    async with site.at_work() as programme:
        case = await programme.flag(somebody())
        for block, word in ((backup, "Respaldo hecho · Backup made"), (drill, "bien · ok")):
            code, said = await typed(block, environment)
            assert (code, word in said) == (0, True), said
    code, said = await typed(restore, environment)
    assert (code, "Restaurado · Restored: backup-" in said) == (0, True), said
    async with Site(tmp_path / "elsewhere").at_work() as programme:
        assert (await opens(programme.shelter, case)).status_code == 200
