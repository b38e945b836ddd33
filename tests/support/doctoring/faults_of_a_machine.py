"""Ways to break an installation, each of which is then mended as the doctor says."""

import json
import resource
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfoNotFoundError

import pytest

from services import backups
from services.chassis.clock import system_clock
from services.chassis.secrets.folder import SERVICE_FILE
from services.doctor.checks import certificates, machine
from services.doctor.ground import Ground
from services.intake.erasures.policy import retention_policy
from services.programme.directory_file import STARTING_DIRECTORY
from services.upkeep import rotate_keys
from tests.support.doctoring.faults import Fault, Trial
from tests.support.doctoring.installed import Installed, folder_of
from tests.support.fakes.certificates import Authority


async def open_files(installed: Installed, _patch: pytest.MonkeyPatch, _folder: Path) -> Trial:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (900, before[1]))
    try:
        yield installed.ground()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
    yield installed.ground()


async def core_dumps(installed: Installed, _patch: pytest.MonkeyPatch, _folder: Path) -> Trial:
    pid = int((installed.here.data / "nats" / "nats.pid").read_text())
    _, hard = resource.prlimit(pid, resource.RLIMIT_CORE)
    resource.prlimit(pid, resource.RLIMIT_CORE, (hard, hard))
    yield installed.ground()
    resource.prlimit(pid, resource.RLIMIT_CORE, (0, hard))
    yield installed.ground()


async def nobody_has_the_zone(installed: Installed, patch: pytest.MonkeyPatch, _folder: Path) -> Trial:
    def unknown(_name: str) -> None:
        raise ZoneInfoNotFoundError

    with patch.context() as context:
        context.setattr(machine, "ZoneInfo", unknown)
        yield installed.ground()
    yield installed.ground()


async def nobody_coordinates(installed: Installed, _patch: pytest.MonkeyPatch, folder: Path) -> Trial:
    """A directory without anybody who coordinates the programme."""
    text = STARTING_DIRECTORY.read_text()
    file = folder / "programme.yaml"
    lines = [
        f"{line.rstrip('}').rstrip()}, disabled: true}}" if "programme_coordinator" in line else line
        for line in text.splitlines()
    ]
    file.write_text("\n".join(lines))
    yield installed.ground(directory=file)
    file.write_text(text)
    yield installed.ground(directory=file)


async def open_to_others(installed: Installed, _patch: pytest.MonkeyPatch, _folder: Path) -> Trial:
    file = folder_of(installed.here) / "referral" / SERVICE_FILE
    file.chmod(0o644)
    yield installed.ground()
    file.chmod(0o600)
    yield installed.ground()


async def anothers_keys(installed: Installed, _patch: pytest.MonkeyPatch, _folder: Path) -> Trial:
    file = folder_of(installed.here) / "referral" / "epochs.json"
    own = file.read_text()
    other = {kind: dict.fromkeys(epochs, "A" * 43 + "=") for kind, epochs in json.loads(own).items()}
    file.write_text(json.dumps(other))
    yield installed.ground()
    file.write_text(own)
    yield installed.ground()


async def copies_are_gone(installed: Installed, _patch: pytest.MonkeyPatch, _folder: Path) -> Trial:
    for copy in installed.here.data.with_name("var-keys-backup").iterdir():
        copy.unlink()
    yield installed.ground()
    await rotate_keys(installed.dsn, installed.here, retention_policy())
    yield installed.ground()


async def no_backup(installed: Installed, patch: pytest.MonkeyPatch, _folder: Path) -> Trial:
    now = system_clock()

    class Last:
        def __init__(self, age: timedelta) -> None:
            self.made_at = self.drilled_at = now - age
            self.drill_passed = True

    for age in (timedelta(days=3), timedelta(hours=3)):
        with patch.context() as context:
            context.setattr(backups, "latest", lambda _, age=age: Last(age), raising=False)
            yield installed.ground()


async def expired(installed: Installed, patch: pytest.MonkeyPatch, folder: Path) -> Trial:
    patch.setattr(certificates, "SOON", timedelta(0))  # those of the tests are valid for a day
    patch.setattr(certificates, "AT_LAST", timedelta(0))
    files = Authority(folder).files("canaliza.example.org")
    late = Ground.here(installed.here.model_copy(update={"tls_cert": files.cert, "tls_key": files.key}))
    late.settings = late.settings.model_copy(update={"public_url": None})
    late.clock = lambda: system_clock() + timedelta(days=20_000)
    yield late
    late.clock = system_clock
    yield late


def by_clock(clock: Any) -> Fault:
    async def trial(installed: Installed, _patch: pytest.MonkeyPatch, _folder: Path) -> Trial:
        ground = installed.ground()
        ground.clock = clock
        yield ground
        ground.clock = system_clock
        yield ground

    return trial
