"""Another installation's key file, by a mistake of copying, seals and opens nothing, and is told at once."""

import asyncio
import json
import os
import shutil
import sys
from pathlib import Path

import httpx2
import pytest

from services.chassis.names import SERVICES
from services.chassis.runtime.server import listen, served, url_of
from services.chassis.secrets.folder import EPOCHS_FILE, keys_folder
from services.chassis.secrets.installation import Secrets
from services.system import Installation
from tests.support.people.people import an_adult, consent_to, is_a_problem
from tests.support.system.logs import as_admin
from tests.support.system.system import HANG, eventually


@pytest.fixture
def mistaken(installation: Installation, tmp_path: Path) -> Installation:
    """The same installation with the key files of another, of the very same form."""
    folder = tmp_path / "keys"
    shutil.copytree(keys_folder(installation.settings.data, installation.settings.keys), folder)
    other = Secrets.generate()
    for service in ("intake", "referral"):
        (folder / service / EPOCHS_FILE).write_text(other.of(service).epochs_file())
    settings = installation.settings.model_copy(update={"keys": folder})
    return Installation(settings, Secrets.load(settings.data, folder), first_start=False)


async def test_nothing_is_sealed_under_it_and_readiness_says_why(mistaken: Installation) -> None:
    listener = listen("127.0.0.1", 0)
    headers = {"Authorization": f"Bearer {mistaken.secrets.operator_token}"}
    async with (
        served(mistaken.application(), listener),
        httpx2.AsyncClient(base_url=url_of(listener), headers=headers, timeout=HANG) as client,
    ):

        async def said_of_both() -> bool:  # a busy machine may not look in time at first
            ready = await client.get("/api/v1/operate/ready")
            assert ready.status_code == 503
            failing = {
                (name, check["code"])
                for name, service in ready.json()["services"].items()
                for check in service["checks"]
                if not check["ok"]
            }
            return {("intake", "keys"), ("referral", "keys")} <= failing

        await eventually(said_of_both)
        answer = await client.post("/api/v1/submissions", json=an_adult(consent_to("ACNUR")))
        is_a_problem(answer, 503, "another_key_file")
    assert mistaken.settings.postgres_dsn is not None
    async with as_admin(mistaken.settings.postgres_dsn.get_secret_value()) as admin:
        assert await admin.fetchval("select count(*) from vault.key") == 0
        assert await admin.fetchval("select count(*) from intake.event") == 0


@pytest.mark.parametrize("service", ["intake", "referral"])
async def test_a_service_does_not_start_with_it(mistaken: Installation, service: str) -> None:
    code, complained = await serve(mistaken, service)
    assert code == 3
    assert "No puede empezar" in complained
    assert "El archivo de llaves es otro" in complained


async def test_the_notifications_start_without_any_key_file(installation: Installation, tmp_path: Path) -> None:
    whole = keys_folder(installation.settings.data, installation.settings.keys)
    folder = tmp_path / "keys"
    folder.mkdir(mode=0o700)
    shutil.copytree(whole / "notifications", folder / "notifications")
    assert json.loads((folder / "notifications" / "service.json").read_text())
    code, complained = await serve(installation, "notifications", folder)
    assert code is None, complained


async def serve(installation: Installation, service: str, folder: Path | None = None) -> tuple[int | None, str]:
    """Exit code and complaint of ``canaliza serve``; no code: it serves."""
    assert service in SERVICES
    settings = installation.settings
    assert settings.postgres_dsn is not None
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CANALIZA_")} | {
        "CANALIZA_DATA": str(settings.data),
        "CANALIZA_KEYS": str(folder or settings.keys),
        "CANALIZA_POSTGRES_DSN": settings.postgres_dsn.get_secret_value(),
        "CANALIZA_NATS_URL": str(settings.nats_url),
        "CANALIZA_NAMESPACE": settings.namespace,
        "CANALIZA_PORT": "0",
    }
    command = [sys.executable, "-c", "from services.cli import main; main()", "serve", service]
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, env=environment, stdout=pipe, stderr=pipe)
    said = b""
    try:
        assert process.stderr is not None
        async with asyncio.timeout(HANG):
            while line := await process.stderr.readline():
                said += line
                if f"{service}: http".encode() in line:
                    return None, said.decode()
            return await process.wait(), said.decode()
    finally:
        if process.returncode is None:
            process.terminate()
            await process.communicate()
