"""After an older backup was restored: what it lacks comes back from the streams, and nothing happens twice."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import asyncpg
import nats
import pytest

from events.vocabulary import Role
from services.chassis.names import SERVICES
from services.chassis.operations.stream_reader import ForkedError
from services.system import Installation
from services.upkeep import StillRunningError
from tests.support.system.logs import outlet_of
from tests.support.system.repairs import repair_log
from tests.support.system.system import System, eventually, running, sample_day

EVENTS = "select position, id, stream, version, topic, case_id, recorded_at, state from {}.event order by position"
LOGS = ("intake", "referral", "notifications")


def dsn_of(installation: Installation) -> str:
    assert installation.settings.postgres_dsn is not None
    return installation.settings.postgres_dsn.get_secret_value()


async def flag(system: System, count: int) -> None:
    shelter = await system.signed_in(Role.SHELTER_WORKER, "ALB-IXT-01")
    for _ in range(count):
        answer = await shelter.post("/api/v1/submissions", json=sample_day()[5] | {"submission_id": str(uuid4())})
        assert answer.status_code == 201


async def rows(installation: Installation, query: str) -> list[Any]:
    connection = await asyncpg.connect(dsn_of(installation))
    try:
        found: list[Any] = await connection.fetch(query)
        return found
    finally:
        await connection.close()


async def happened(installation: Installation) -> dict[str, list[Any]]:
    """A system in which five children were referred and alerted; it has stopped again."""
    async with running(installation) as system:
        await flag(system, 5)

        async def level() -> bool:
            alerts = await rows(installation, "select true from notifications.alert")
            copied = [system.service(log).relay for log in LOGS]
            heads = [(await rows(installation, f"select position from {log}.head"))[0]["position"] for log in LOGS]
            followed = await rows(
                installation, "select position from notifications.tracking where upstream = 'referral'"
            )
            digested = [row["position"] for row in followed] == [heads[LOGS.index("referral")]]
            return len(alerts) >= 5 and digested and [relay and relay.copied for relay in copied] == heads

        await eventually(level)
    return {log: await rows(installation, EVENTS.format(log)) for log in LOGS}


async def copy_streams(installation: Installation, other: Installation, most: dict[str, int]) -> None:
    """The first messages of each stream, as they are, into another installation's streams."""
    assert installation.settings.nats_url is not None
    client = await nats.connect(
        installation.settings.nats_url, user="admin", password=installation.secrets.nats["admin"]
    )
    try:
        jetstream = client.jetstream()
        for log, count in most.items():
            for sequence in range(1, count + 1):
                message = await jetstream.get_msg(installation.settings.names.stream(log), seq=sequence)
                outlet = outlet_of(other.secrets, other.settings.names, log)
                subject = outlet.subject((message.subject or "").partition(".")[2])
                await jetstream.publish(subject, message.data or b"", headers=message.headers)
    finally:
        await client.close()


async def copy_keys(installation: Installation, other: Installation) -> None:
    """The vault, which is backed up apart, was saved later than the logs."""
    connection = await asyncpg.connect(dsn_of(other))
    try:
        await connection.copy_records_to_table(
            "key",
            schema_name="vault",
            records=[tuple(row) for row in await rows(installation, "select * from vault.key")],
        )
    finally:
        await connection.close()


def ids(found: Sequence[Any]) -> list[Any]:
    return [row["id"] for row in found]


async def test_a_log_from_an_older_backup_gets_back_every_event_byte_for_byte_and_can_go_on(
    installation: Installation, another_installation: Installation
) -> None:
    before = await happened(installation)
    await copy_streams(installation, another_installation, {log: len(before[log]) for log in LOGS})
    await copy_keys(installation, another_installation)
    repaired = {
        log: await repair_log(another_installation.settings, another_installation.secrets, log) for log in SERVICES
    }
    assert {log: repaired[log].imported for log in LOGS} == {log: len(before[log]) for log in LOGS}
    assert [lost for one in repaired.values() for lost in one.lost] == []
    for log in LOGS:
        assert await rows(another_installation, EVENTS.format(log)) == before[log]
    async with running(another_installation) as system:
        await flag(system, 1)

        async def alerted() -> bool:
            return len(await rows(another_installation, "select true from notifications.alert")) > 5

        await eventually(alerted)
    assert len(await rows(another_installation, "select true from referral.assessment")) == 6
    assert await rows(another_installation, "select true from referral.parked") == []


@pytest.mark.parametrize("kept", [1, 3, 7, 8, 9, 12, 13])
async def test_a_reaction_that_was_copied_only_in_part_is_completed_with_the_same_ids(
    installation: Installation, another_installation: Installation, kept: int
) -> None:
    before = await happened(installation)
    alerted = await rows(installation, "select true from notifications.alert")
    await copy_streams(installation, another_installation, {"intake": len(before["intake"]), "referral": kept})
    await copy_keys(installation, another_installation)
    for log in SERVICES:
        await repair_log(another_installation.settings, another_installation.secrets, log)
    async with running(another_installation):

        async def complete() -> bool:
            alerts = await rows(another_installation, "select true from notifications.alert")
            events = await rows(another_installation, "select true from referral.event")
            return (len(alerts), len(events)) == (len(alerted), len(before["referral"]))

        await eventually(complete)
    after = await rows(another_installation, EVENTS.format("referral"))
    assert set(ids(after)) == set(ids(before["referral"]))
    adoption = 6  # whose events need not come first again: the cases do not wait for it
    assert kept < adoption or ids(after) == ids(before["referral"])
    assert await rows(another_installation, "select true from referral.parked") == []


async def test_what_was_sealed_with_keys_that_are_gone_is_listed(
    installation: Installation, another_installation: Installation
) -> None:
    before = await happened(installation)
    await copy_streams(installation, another_installation, {"intake": len(before["intake"])})
    repaired = await repair_log(another_installation.settings, another_installation.secrets, "intake")
    assert {(one.case, one.field) for one in repaired.lost} == {
        (row["case_id"], box) for row in before["intake"] for box in ("identity", "screening")
    }


async def test_two_histories_are_never_mixed(installation: Installation, another_installation: Installation) -> None:
    before = await happened(installation)
    async with running(another_installation) as system:
        await flag(system, 1)
        intake = system.service("intake")

        async def copied() -> bool:
            return intake.relay is not None and intake.relay.copied == 1

        await eventually(copied)
    connection = await asyncpg.connect(dsn_of(another_installation))
    try:
        await connection.execute("set session_replication_role = replica; update intake.event set case_id = stream")
        await connection.execute("update intake.event set id = gen_random_uuid()")
    finally:
        await connection.close()
    with pytest.raises(ForkedError):
        await repair_log(another_installation.settings, another_installation.secrets, "intake")
    assert len(await rows(another_installation, EVENTS.format("intake"))) == 1
    assert before["intake"]


async def test_a_repair_beside_the_running_service_is_refused(installation: Installation) -> None:
    async with running(installation) as system:
        await flag(system, 1)
        with pytest.raises(StillRunningError):
            await repair_log(installation.settings, installation.secrets, "intake")
