"""Ways to break an installation, each of which is then mended as the doctor says."""

import os
import signal
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from services.chassis.operations.migrate import migrate_database
from services.doctor.checks import running, streams
from services.system import administrator, make_streams
from tests.support.doctoring.faults import Fault, Trial
from tests.support.doctoring.installed import Installed
from tests.support.system.ports import free_port


async def frozen(installed: Installed, _patch: pytest.MonkeyPatch, _folder: Path) -> Trial:
    pid = int((installed.here.data / "postgres" / "postmaster.pid").read_text().split("\n")[0])
    os.kill(pid, signal.SIGSTOP)
    try:
        yield installed.ground()
    finally:
        os.kill(pid, signal.SIGCONT)
    yield installed.ground()


async def not_migrated(installed: Installed, _patch: pytest.MonkeyPatch, _folder: Path) -> Trial:
    await installed.execute("create database fresh")
    dsn = installed.dsn.replace("/canaliza?", "/fresh?")
    yield installed.ground(postgres_dsn=SecretStr(dsn))
    await migrate_database(dsn, installed.installation.secrets)
    yield installed.ground(postgres_dsn=SecretStr(dsn))


async def a_weak_administrator(installed: Installed, _patch: pytest.MonkeyPatch, _folder: Path) -> Trial:
    await installed.execute("create role weak login password 'a-word-of-the-test'")
    host = installed.dsn.partition("?")[2]
    dsn = SecretStr(f"postgresql://weak:a-word-of-the-test@/canaliza?{host}")
    await installed.execute("grant connect on database canaliza to weak")
    yield installed.ground(postgres_dsn=dsn)
    await installed.execute("alter role weak createrole", "grant create on database canaliza to weak")
    yield installed.ground(postgres_dsn=dsn)


async def a_revoked_operator(installed: Installed, _patch: pytest.MonkeyPatch, _folder: Path) -> Trial:
    await installed.execute("update accounts.token set revoked_at = now() where role = 'operator'")
    yield installed.ground()
    await installed.execute("update accounts.token set revoked_at = null where role = 'operator'")
    yield installed.ground()


async def a_stream_is_gone(installed: Installed, _patch: pytest.MonkeyPatch, _folder: Path) -> Trial:
    await _without_stream(installed, "LOG_audit")
    yield installed.ground()
    await make_streams(installed.installation.settings, installed.installation.secrets)
    yield installed.ground()


async def a_stream_that_anybody_writes_to(installed: Installed, _patch: pytest.MonkeyPatch, _folder: Path) -> Trial:
    await _without_stream(installed, "LOG_audit")
    async with administrator(installed.installation.settings, installed.installation.secrets) as jetstream:
        await jetstream.add_stream(name="LOG_audit", subjects=["canaliza.audit.>"])
    yield installed.ground()
    await _without_stream(installed, "LOG_audit")
    await make_streams(installed.installation.settings, installed.installation.secrets)
    yield installed.ground()


async def a_stream_ahead_of_its_log(installed: Installed, _patch: pytest.MonkeyPatch, _folder: Path) -> Trial:
    subject = installed.here.names.incoming(installed.installation.secrets.of("audit").stream_subject, "audit.x")
    async with administrator(installed.installation.settings, installed.installation.secrets) as jetstream:
        await jetstream.publish(subject, b"{}")
    yield installed.ground()
    await _without_stream(installed, "LOG_audit")
    await make_streams(installed.installation.settings, installed.installation.secrets)
    yield installed.ground()


async def a_full_jetstream(installed: Installed, patch: pytest.MonkeyPatch, _folder: Path) -> Trial:
    for most in (100, 1_000):

        async def answer(_client: object, _question: str, most: int = most) -> dict[str, Any]:
            return {"storage": 95, "limits": {"max_storage": most}}

        with patch.context() as context:
            context.setattr(streams, "jetstream", answer)
            yield installed.ground()


async def nothing_runs(installed: Installed, patch: pytest.MonkeyPatch, _folder: Path) -> Trial:
    ground = installed.ground()
    ground.url = f"http://127.0.0.1:{free_port()}"
    yield ground
    with patch.context() as context:
        context.setattr(running, "_asked", answering(200))
        yield ground


def answering(status: int, **said: Any) -> Any:
    """A system that answers this."""

    class Answer:
        status_code = status

        def json(self) -> dict[str, Any]:
            return {"version": version("canaliza"), "services": {"referral": {"checks": []}}, **said}

    async def asked(*_: object) -> Answer:
        return Answer()

    return asked


def answered(broken: Any, mended: Any) -> Fault:
    """A fault of the running system."""

    async def trial(installed: Installed, patch: pytest.MonkeyPatch, _folder: Path) -> Trial:
        for answer in (broken, mended):
            with patch.context() as context:
                context.setattr(running, "_asked", answer)
                yield installed.ground()

    return trial


async def _without_stream(installed: Installed, name: str) -> None:
    async with administrator(installed.installation.settings, installed.installation.secrets) as jetstream:
        await jetstream.delete_stream(name)


def check(code: str, *, ok: bool) -> dict[str, Any]:
    return {"code": code, "ok": ok, "about": None, "es": "Nada espera.", "en": "Nothing.", "seconds": 1, "count": 1}


def services(**of_referral: Any) -> dict[str, Any]:
    return {"services": {"referral": {"checks": [], **of_referral}}}
