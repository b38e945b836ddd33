"""What an operator types after a disaster, as it is typed."""

import asyncio
import json
import os
import sys
from dataclasses import replace

import asyncpg

from events.intake import ShelterHeard
from events.vocabulary import Role
from services.chassis.eventlog.log import MAPPER
from services.chassis.names import shelter_user
from services.chassis.replication.cloudevents import Copy
from services.system import Installation, administrator
from tests.contract.golden_events import a_fact
from tests.support.system.logs import outlet_of
from tests.support.system.system import running, sample_day


async def canaliza(installation: Installation, *words: str) -> tuple[int | None, str, str]:
    """A command's exit code, and what it said on either stream."""
    assert installation.settings.postgres_dsn is not None
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CANALIZA_")} | {
        "CANALIZA_DATA": str(installation.settings.data),
        "CANALIZA_POSTGRES_DSN": installation.settings.postgres_dsn.get_secret_value(),
        "CANALIZA_NATS_URL": str(installation.settings.nats_url),
        "CANALIZA_NAMESPACE": installation.settings.namespace,
    }
    command = [sys.executable, "-c", "from services.cli import main; main()", *words]
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, env=environment, stdout=pipe, stderr=pipe)
    said, complained = await process.communicate()
    return process.returncode, said.decode(), complained.decode()


async def test_an_operator_learns_that_what_is_shown_is_not_what_happened_and_has_it_put_right(
    installation: Installation,
) -> None:
    async with running(installation) as system:
        shelter = await system.signed_in(Role.SHELTER_WORKER, "ALB-IXT-01")
        case = (await shelter.post("/api/v1/submissions", json=sample_day()[5])).json()["case_id"]
        await system.referrals_of(await system.signed_in(Role.OFFICER, "UNICEF"), case)
    assert installation.settings.postgres_dsn is not None
    connection = await asyncpg.connect(installation.settings.postgres_dsn.get_secret_value())
    await connection.execute("update referral.referral set urgency = 'U3'")
    await connection.close()
    code, said, _ = await canaliza(installation, "rebuild", "referral", "--check")
    assert code == 1
    assert "referral.referral: 6 filas distintas" in said  # three referrals, on either side
    assert (await canaliza(installation, "rebuild", "referral"))[0] == 0
    code, said, _ = await canaliza(installation, "rebuild", "--check", "--json")
    assert code == 0
    assert not any(rows for one in json.loads(said).values() for rows in one["differing"].values())


async def test_a_repair_is_refused_while_a_service_runs_and_imports_nothing_when_nothing_is_missing(
    installation: Installation,
) -> None:
    async with running(installation):
        code, _, complained = await canaliza(installation, "repair", "intake")
        assert code == 1
        assert "intake está en marcha: deténgalo antes." in complained
    code, said, _ = await canaliza(installation, "repair", "--json")
    assert code == 0
    assert {name: one["imported"] for name, one in json.loads(said).items()} == {
        "intake": 0,
        "referral": 0,
        "notifications": 0,
        "audit": 0,
    }


async def test_a_repair_lists_what_it_would_import_and_changes_nothing_unless_somebody_agrees(
    installation: Installation,
) -> None:
    entry = replace(MAPPER.to_stored_event(a_fact(ShelterHeard)), originator_version=1, position=1)
    copy = Copy.of(entry, outlet_of(installation.secrets, installation.settings.names))
    async with administrator(installation.settings, installation.secrets) as jetstream:
        await jetstream.publish(copy.subject, entry.state, headers=copy.headers())
    code, said, complained = await canaliza(installation, "repair", "intake")
    assert (code, said) == (1, "")
    assert "intake 1 intake.shelter_heard" in complained
    assert "sellado · sealed" in complained
    assert "No se cambió nada." in complained
    code, said, _ = await canaliza(installation, "repair", "intake", "--yes", "--json")
    assert (code, json.loads(said)["intake"]["imported"]) == (0, 1)


async def test_an_operator_sees_and_changes_who_may_connect_to_nats(installation: Installation) -> None:
    code, said, _ = await canaliza(installation, "nats", "shelters", "--json")
    assert code == 0
    found = {one["user"]: one for one in json.loads(said)}
    own = found[installation.settings.names.user(shelter_user("ALB-TAP-01"))]
    assert own["admitted"] is True
    assert own["inbox_prefix"] == installation.settings.names.inbox(shelter_user("ALB-TAP-01"))
    assert not [word for word in installation.secrets.shelter_nats.values() if word and word in said]
    code, said, _ = await canaliza(installation, "nats", "users")
    assert code == 0
    assert "JETSTREAM_KEY" in said
    code, _, complained = await canaliza(installation, "nats", "revoke", "ALB-XXX-99")
    assert (code, "NATS no conoce ese albergue." in complained) == (1, True)
