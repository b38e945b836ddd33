"""An installation with servers of its own and everything that the doctor wants, which each test breaks in one way."""

import dataclasses
import resource
from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr

from services.chassis.settings import Settings
from services.intake.erasures.policy import retention_policy
from services.system import installation
from services.upkeep import rotate_keys
from tests.support.doctoring.installed import Installed


@pytest.fixture(scope="module")
async def installed(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Installed]:
    before = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, before[1]))
    settings = Settings(
        data=tmp_path_factory.mktemp("doctor") / "var",
        nats_port=0,
        port=0,
        mail_url=SecretStr("mailto://localhost:2525?from=aviso@example.org"),
        public_url="https://canaliza.example.org",
        proxies=("127.0.0.1",),
        flow_disk_free=0.0,
    )
    try:
        async with installation(settings) as everything:
            found = Installed(everything, settings)
            await rotate_keys(found.dsn, settings, retention_policy())
            yield dataclasses.replace(found, installation=everything)
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, before)
