"""Clients that others' generators make from the published description: they compile, and refer a child to its desk."""

import asyncio
import compileall
import importlib
import json
import os
import shutil
import sys
from pathlib import Path
from subprocess import PIPE, STDOUT
from typing import Any
from uuid import uuid4

import pytest

from events.vocabulary import Role
from tests.support.system.system import NO_TLS, System, eventually, sample_day

pytestmark = pytest.mark.slow

BIN = Path(sys.executable).parent
TYPESCRIPT = Path(sys.prefix) / "typescript"
"""Where ``make test`` installs the packages from npm."""
PROGRAM = Path(__file__).parent / "typescript_client"
SLOWER = {"version_conflict", "stale_version", "illegal_step"}


async def run(*command: str | Path, folder: Path, **environment: str) -> str:
    """Runs a program to its end; what it printed."""
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder, env={**os.environ, **environment}, stdout=PIPE, stderr=STDOUT
    )
    try:
        printed, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    assert process.returncode == 0, printed.decode()
    return printed.decode()


async def tokens(system: System) -> tuple[str, str]:
    """Of a shelter worker, and of an officer of the desk."""
    clients = [
        await system.signed_in(Role.SHELTER_WORKER, "ALB-TAP-01"),
        await system.signed_in(Role.OFFICER, "UNICEF"),
    ]
    shelter, desk = (client.headers["Authorization"].removeprefix("Bearer ") for client in clients)
    return shelter, desk


async def description_of(system: System, folder: Path) -> Path:
    """The published description as a file."""
    client = await system.signed_in(Role.OFFICER, "UNICEF")
    path = folder / "openapi.json"
    path.write_text((await client.get("/api/openapi.json")).text, encoding="utf-8")
    return path


async def test_a_python_client_refers_a_child_and_the_slower_colleague_gets_a_typed_refusal(
    system: System, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    described = await description_of(system, tmp_path)
    (tmp_path / "config.yaml").write_text("post_hooks: []\n", encoding="utf-8")
    made = tmp_path / "canaliza_client"
    generate = ("generate", "--path", "openapi.json", "--config", "config.yaml", "--meta", "none", "--fail-on-warning")
    await run(BIN / "openapi-python-client", *generate, "--output-path", made, folder=tmp_path)
    assert compileall.compile_dir(made, quiet=2)
    monkeypatch.syspath_prepend(tmp_path)

    def part(name: str) -> Any:
        return importlib.import_module(f"canaliza_client.{name}")

    operations = json.loads(described.read_text(encoding="utf-8"))["paths"].values()
    for operation in (one for methods in operations for one in methods.values()):
        assert list(made.glob(f"api/*/{operation['operationId']}.py")), "an operation was left out"
    client = part("client").AuthenticatedClient
    shelter, desk = (
        client(base_url=system.url, token=token, verify_ssl=NO_TLS, raise_on_unexpected_status=True)
        for token in await tokens(system)
    )
    async with shelter, desk:
        models = part("models")
        child = {**sample_day()[5], "submission_id": str(uuid4()), "shelter": "ALB-TAP-01"}
        submission = models.Submission.from_dict(child)
        submit = part("api.intake.submit_case").asyncio_detailed
        for status in (201, 200):
            submitted = await submit(client=shelter, body=submission)
            assert submitted.status_code == status, submitted.content

        async def listed() -> Any:
            page = await part("api.referral.list_referrals").asyncio(client=desk, case=submitted.parsed.case_id)
            return page.items

        (referral,) = await eventually(listed)
        assert isinstance(referral, models.Referral)

        async def accept() -> Any:
            body = models.TakeStep(command_id=uuid4(), expected_version=referral.version)
            accepting = part("api.referral.accept_referral").asyncio_detailed
            return await accepting(referral.referral_id, client=desk, body=body)

        accepted, slower = await accept(), await accept()
    assert accepted.status_code == 200
    assert accepted.parsed.state == "accepted"
    assert slower.status_code == 409
    assert isinstance(slower.parsed, models.Problem)
    assert slower.parsed.code in SLOWER
    assert slower.parsed.title


async def test_a_typescript_client_refers_a_child_and_the_slower_colleague_gets_a_typed_refusal(
    system: System, tmp_path: Path
) -> None:
    locked, installed = PROGRAM / "package-lock.json", TYPESCRIPT / "package-lock.json"
    if not (TYPESCRIPT / ".ready").exists() or installed.read_bytes() != locked.read_bytes():
        pytest.fail("TypeScript and the generator are not installed, or are others; type: make .venv/typescript/.ready")
    await description_of(system, tmp_path)
    for name in ("package.json", "tsconfig.json", "program.ts"):
        shutil.copy(PROGRAM / name, tmp_path)
    (tmp_path / "node_modules").symlink_to(TYPESCRIPT / "node_modules")
    node = BIN / "node"
    await run(node, "node_modules/openapi-typescript/bin/cli.js", "openapi.json", "-o", "api.ts", folder=tmp_path)
    await run(node, "node_modules/typescript/bin/tsc", "-p", ".", folder=tmp_path)
    shelter, desk = await tokens(system)
    told = {"CANALIZA_URL": system.url, "SHELTER_TOKEN": shelter, "DESK_TOKEN": desk, "NODE_NO_WARNINGS": "1"}
    outcome = json.loads(await run(node, "program.ts", folder=tmp_path, **told))
    assert outcome["code"] in SLOWER
    assert outcome["title"]
    assert outcome | {"code": "", "title": ""} == {
        "submitted": 201,
        "state": "accepted",
        "slower": 409,
        "code": "",
        "title": "",
    }
