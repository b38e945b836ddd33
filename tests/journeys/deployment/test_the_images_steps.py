"""The steps of the Dockerfile, taken in a folder: what production installs is enough to run a service.

It fetches packages, as the image's build does, so it is no part of ``make test``.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest

from services.chassis.private_files import private_folder, write_private
from services.chassis.secrets.folder import EPOCHS_FILE, SERVICE_FILE
from services.system import Installation
from tests.contract.deployment.test_the_image import stages
from tests.support.system.ports import free_port
from tests.support.system.system import eventually

pytestmark = pytest.mark.faults

ROOT = Path(__file__).parents[3]


def steps(folder: Path) -> list[list[str]]:
    """The commands of the stage that builds, with this folder in the place of the image's own."""
    found = []
    for instruction, words in stages()["build"]:
        if instruction != "RUN":
            continue
        command = [word.replace("/opt/canaliza", str(folder / "program")) for word in json.loads(words)]
        command = [word.replace("/wheels", str(folder / "wheels")) for word in command]
        if "/opt/build" in " ".join(command):  # the tools that build are those of the tests
            command = [word.replace("/opt/build/bin/python", sys.executable) for word in command]
            if "wheel" not in command:
                continue
        command = [word.replace("/empty", str(folder / "empty")) for word in command]
        found.append([sys.executable if word == "python" else word for word in command])
    return found


async def test_a_service_runs_on_what_the_image_has_and_nothing_else(
    installation: Installation, tmp_path: Path
) -> None:
    kept = ("PATH", "HOME", "LANG", "SSL_CERT_FILE", "PIP_", "HTTPS_PROXY", "NO_PROXY")
    clean = {name: value for name, value in os.environ.items() if name.startswith(kept)}
    for command in steps(tmp_path):
        done = subprocess.run(command, cwd=ROOT, env=clean, check=False, capture_output=True, text=True)  # noqa: ASYNC221
        assert done.returncode == 0, f"{command}\n{done.stderr[-2000:]}"
    canaliza = str(tmp_path / "program" / "bin" / "canaliza")

    helped = subprocess.run([canaliza, "--help"], cwd="/", env=clean, check=False, capture_output=True)  # noqa: ASYNC221
    assert helped.returncode == 0
    described = tmp_path / "openapi.json"
    done = subprocess.run(  # noqa: ASYNC221
        [canaliza, "openapi", "--out", str(described)], cwd="/", env=clean, check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert len(json.loads(described.read_text())["paths"]) > 80

    keys = tmp_path / "keys"
    for folder in (keys, keys / "intake"):
        private_folder(folder)
    write_private(keys / "intake" / SERVICE_FILE, installation.secrets.of("intake").file())
    write_private(keys / "intake" / EPOCHS_FILE, installation.secrets.of("intake").epochs_file())
    settings, port = installation.settings, free_port()
    assert settings.postgres_dsn is not None
    given = {
        "CANALIZA_POSTGRES_DSN": settings.postgres_dsn.get_secret_value(),
        "CANALIZA_NATS_URL": settings.nats_url or "",
        "CANALIZA_NAMESPACE": settings.namespace,
        "CANALIZA_KEYS": str(keys),
        "CANALIZA_DATA": str(tmp_path / "data"),
        "CANALIZA_PORT": str(port),
    }
    log = tmp_path / "intake.log"
    with log.open("wb") as said:
        process = subprocess.Popen([canaliza, "serve", "intake"], cwd="/", env=clean | given, stdout=said, stderr=said)  # noqa: ASYNC220

    async def ready() -> bool:
        assert process.poll() is None, log.read_text()
        try:
            async with httpx2.AsyncClient() as client:
                return (await client.get(f"http://127.0.0.1:{port}/health/ready")).status_code == 200
        except httpx2.TransportError:
            return False

    try:
        await eventually(ready)
        process.terminate()
        assert process.wait(60) == 0
    finally:
        process.kill()
        process.wait()
