"""The operator's guide for an upgrade, typed as it stands."""

import asyncio
import os
import sys
from pathlib import Path

from events.vocabulary import Role
from services.system import Installation, stale_read_models
from tests.support.guides import commands
from tests.support.system.health import failing, flow, until_failing
from tests.support.system.logs import as_admin
from tests.support.system.system import running, sample_day

HEADING = "Upgrading · Actualizar"


async def test_the_commands_bring_an_installation_to_this_version_while_its_services_run(
    installation: Installation, tmp_path: Path
) -> None:
    settings = installation.settings
    assert settings.postgres_dsn is not None
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CANALIZA_")} | {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "CANALIZA_DATA": str(settings.data),
        "CANALIZA_POSTGRES_DSN": settings.postgres_dsn.get_secret_value(),
        "CANALIZA_NATS_URL": str(settings.nats_url),
        "CANALIZA_NAMESPACE": settings.namespace,
    }
    async with running(installation) as system:
        shelter = await system.signed_in(Role.SHELTER_WORKER, "ALB-IXT-01")
        assert (await shelter.post("/api/v1/submissions", json=sample_day()[5])).status_code == 201
        async with as_admin(settings.postgres_dsn.get_secret_value()) as admin:
            await admin.execute("delete from referral.read_model")  # an earlier version filled it
        await until_failing(system, ("referral", "read_models", None))
        await system.audited()
        typed = "\n".join(commands("operator.md", HEADING))
        process = await asyncio.create_subprocess_exec(
            *("sh", "-e", "-c", typed),
            env=environment,
            cwd=tmp_path,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await process.communicate()
        assert process.returncode == 0, said.decode()
        assert "canaliza rebuild" in said.decode()  # migrate says what is left to do
        assert await stale_read_models(settings) == []
        assert not {found for found in failing((await flow(system))[1]) if found[1] == "read_models"}
