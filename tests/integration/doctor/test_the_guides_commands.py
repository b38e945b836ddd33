"""The doctor as the operator's guide has it typed, on an installation where no service runs."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.doctoring.installed import Installed, secrets_in
from tests.support.guides import commands
from tests.support.system.ports import free_port

pytestmark = pytest.mark.slow


async def test_it_says_what_is_wrong_and_what_to_type_and_a_program_reads_it(
    installed: Installed, tmp_path: Path
) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CANALIZA_")}
    own = {
        "CANALIZA_DATA": str(installed.here.data),
        "CANALIZA_PORT": str(free_port()),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }
    (block,) = commands("operator.md", "Doctor")
    ran = await asyncio.to_thread(
        subprocess.run, ["sh", "-c", block], cwd=tmp_path, env=kept | own, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 1, ran.stderr
    assert "→ Ponga CANALIZA_MAIL_URL" in ran.stdout
    assert "$ canaliza up" in ran.stdout
    assert "MAL" in ran.stderr
    said = (tmp_path / "doctor.json").read_text()
    found = {(one["code"], one["level"]) for one in json.loads(said)}
    assert {("postgres", "ok"), ("channels", "bad"), ("running", "bad"), ("stream", "ok")} <= found
    for secret in secrets_in(installed.installation.secrets.model_dump(mode="json")):
        assert secret not in said + ran.stdout + ran.stderr
