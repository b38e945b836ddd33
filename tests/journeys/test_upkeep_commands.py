"""What an operator types after a disaster, as it is typed."""

import asyncio
import json
import os
import sys

import asyncpg

from events.vocabulary import Role
from services.system import Ground
from tests.harness.system import running, sample_day


async def canaliza(ground: Ground, *words: str) -> tuple[int | None, str, str]:
    """A command's exit code, and what it said on either stream."""
    assert ground.settings.postgres_dsn is not None
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CANALIZA_")} | {
        "CANALIZA_DATA": str(ground.settings.data),
        "CANALIZA_POSTGRES_DSN": ground.settings.postgres_dsn.get_secret_value(),
        "CANALIZA_NATS_URL": str(ground.settings.nats_url),
        "CANALIZA_NAMESPACE": ground.settings.namespace,
    }
    command = [sys.executable, "-c", "from services.cli import main; main()", *words]
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, env=environment, stdout=pipe, stderr=pipe)
    said, complained = await process.communicate()
    return process.returncode, said.decode(), complained.decode()


async def test_an_operator_learns_that_what_is_shown_is_not_what_happened_and_has_it_put_right(ground: Ground) -> None:
    async with running(ground) as system:
        shelter = await system.signed_in(Role.SHELTER_WORKER, "ALB-IXT-01")
        case = (await shelter.post("/api/v1/submissions", json=sample_day()[5])).json()["case_id"]
        await system.referrals_of(await system.signed_in(Role.OFFICER, "UNICEF"), case)
    assert ground.settings.postgres_dsn is not None
    connection = await asyncpg.connect(ground.settings.postgres_dsn.get_secret_value())
    await connection.execute("update referral.referral set urgency = 'U3'")
    await connection.close()
    code, said, _ = await canaliza(ground, "rebuild", "referral", "--check")
    assert code == 1
    assert "referral.referral: 6 filas distintas" in said  # three referrals, on either side
    assert (await canaliza(ground, "rebuild", "referral"))[0] == 0
    code, said, _ = await canaliza(ground, "rebuild", "--check", "--json")
    assert code == 0
    assert not any(rows for one in json.loads(said).values() for rows in one["differing"].values())


async def test_a_repair_is_refused_while_a_service_runs_and_imports_nothing_when_nothing_is_missing(
    ground: Ground,
) -> None:
    async with running(ground):
        code, _, complained = await canaliza(ground, "repair", "intake")
        assert code == 1
        assert "intake está en marcha: deténgalo antes." in complained
    code, said, _ = await canaliza(ground, "repair", "--json")
    assert code == 0
    assert {name: one["imported"] for name, one in json.loads(said).items()} == {
        "intake": 0,
        "referral": 0,
        "notifications": 0,
        "audit": 0,
    }
