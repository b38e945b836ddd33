"""The stream is a copy of the log in which sequence = position."""

from contextlib import AsyncExitStack
from uuid import uuid4

import pytest

from services.chassis.eventlog.log_entry import LogEntry
from services.chassis.replication import relay as relay_module
from services.chassis.replication.relay import Relay
from services.chassis.secrets.installation import Secrets
from services.system import Installation
from tests.support.system.logs import append, entry, everything, opened, outlet_of, signed_in, some
from tests.support.system.relaying import Sample, at_work, copied, is_a_copy, until_copied


async def test_a_message_stands_at_its_position_and_says_what_the_entry_says(sample: Sample, secrets: Secrets) -> None:
    case, stream = uuid4(), uuid4()
    await append(sample.log, entry(stream, case=case, state=b'{"a":1}'), entry(stream, 2, topic="intake.closed.v3"))
    async with at_work(sample.relay):
        await until_copied(sample.relay, 2)
        first, second = await copied(sample.client, sample.names)
    log = await everything(sample.log)
    is_a_copy([first, second], log)
    assert (first.sequence, first.body) == (1, b'{"a":1}')
    assert first.subject == f"{sample.names.namespace}.intake.noted"
    assert second.subject == f"{sample.names.namespace}.intake.closed"
    assert first.headers == {
        "Nats-Expected-Last-Sequence": "0",
        "Canaliza-Leaf": log[0].leaf_hash().hex(),
        "Nats-Msg-Id": outlet_of(secrets, sample.names).seal(log[0].leaf_hash(), "2013-06-12T15:32:00Z"),
        "content-type": "application/json",
        "ce-specversion": "1.0",
        "ce-id": str(log[0].id),
        "ce-source": "urn:canaliza:intake",
        "ce-type": "canaliza.intake.noted.v1",
        "ce-time": "2013-06-12T15:32:00Z",
        "ce-stream": str(stream),
        "ce-streamversion": "1",
        "ce-sequence": "1",
        "ce-case": str(case),
    }
    assert "ce-case" not in second.headers


async def test_no_id_stands_in_a_subject(sample: Sample) -> None:
    case = uuid4()
    await append(sample.log, entry(case=case), entry(case=case, topic="intake.case_opened.v2"))
    async with at_work(sample.relay):
        await until_copied(sample.relay, 2)
        subjects = {copy.subject for copy in await copied(sample.client, sample.names)}
    assert subjects == {sample.names.subject(name) for name in ("intake.noted", "intake.case_opened")}


async def test_what_is_appended_while_it_runs_is_copied(sample: Sample) -> None:
    async with at_work(sample.relay):
        for number in range(1, 21):
            await append(sample.log, entry())
            await until_copied(sample.relay, number)
        is_a_copy(await copied(sample.client, sample.names), await everything(sample.log))


async def test_three_relays_at_once_copy_everything_once_and_in_order(
    installation: Installation, sample: Sample
) -> None:
    settings, secrets = installation.settings, installation.secrets
    assert settings.postgres_dsn is not None
    assert settings.nats_url is not None
    async with AsyncExitStack() as stack:
        three = []
        for _ in range(3):
            log = await stack.enter_async_context(opened(settings.postgres_dsn.get_secret_value(), secrets))
            client = await stack.enter_async_context(signed_in(settings.nats_url, secrets, settings.names, "intake"))
            three.append(Relay(log, client, "intake", outlet_of(secrets, settings.names)))
        async with at_work(*three):
            for _ in range(20):
                await append(sample.log, *some(150))
            for relay in three:
                await until_copied(relay, 3000)
        is_a_copy(await copied(sample.client, sample.names), await everything(sample.log))
        assert not any(relay._log.halted for relay in three)


async def test_a_relay_started_anew_goes_on_where_the_stream_ends(sample: Sample, secrets: Secrets) -> None:
    await append(sample.log, *some(10))
    async with at_work(sample.relay):
        await until_copied(sample.relay, 10)
    before = await copied(sample.client, sample.names)
    await append(sample.log, *some(5))
    again = Relay(sample.log, sample.client, "intake", outlet_of(secrets, sample.names))
    async with at_work(again):
        await until_copied(again, 15)
    after = await copied(sample.client, sample.names)
    assert after[:10] == before
    is_a_copy(after, await everything(sample.log))


async def test_a_fault_nobody_foresaw_does_not_end_the_relay(sample: Sample, monkeypatch: pytest.MonkeyPatch) -> None:
    faults, read = [KeyError("x"), RuntimeError("x")], sample.log.entries

    async def fails_twice(*, after: int, limit: int) -> list[LogEntry]:
        if faults:
            raise faults.pop()
        return await read(after=after, limit=limit)

    monkeypatch.setattr(relay_module, "BACK_OFF", 0.01)
    monkeypatch.setattr(sample.log, "entries", fails_twice)
    await append(sample.log, *some(3))
    async with at_work(sample.relay):
        await until_copied(sample.relay, 3)
