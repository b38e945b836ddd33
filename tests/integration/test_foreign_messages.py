"""Somebody else writes into a log's stream: it is an alarm, and nothing that people need stops or changes for it."""

from collections.abc import Sequence
from typing import Any

import pytest
from nats.js.api import StreamInfo
from structlog.testing import capture_logs

from services.chassis.eventlog.log_entry import LogEntry
from services.chassis.replication import relay as relay_module
from services.chassis.replication.cloudevents import EXPECTED_LAST, EXPECTED_SEAL, LEAF_HASH, Copy
from services.chassis.replication.outlet import SEAL, Outlet
from services.chassis.replication.relay import FOREIGN, Relay
from tests.support.system import relaying
from tests.support.system.following import EffectHandler, Pair, at_work
from tests.support.system.logs import append, entry, everything, outlet_of, some
from tests.support.system.relaying import copied
from tests.support.system.system import eventually


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay_module, "CHECK_INTERVAL", 0.1)
    monkeypatch.setattr(relay_module, "BACK_OFF", 0.05)


@pytest.fixture
async def three(pair: Pair) -> Pair:
    """Intake's log has three entries, and its stream too."""
    await append(pair.intake, *some(3))
    await pair.until_copied()
    return pair


async def write(pair: Pair, body: bytes = b"{}", headers: dict[str, str] | None = None) -> int:
    """What somebody who has got hold of intake's own NATS access, or the administrator's, can do."""
    subject = outlet_of(pair.secrets, pair.names).subject("intake.noted")

    async def stored() -> int | None:
        """JetStream itself refuses, for a moment, what has the seal of a message that it has just stored."""
        answer = await pair.admin.jetstream().publish(subject, body, headers=headers)
        return None if answer.duplicate else answer.seq

    found = await eventually(stored)
    assert found is not None
    return found


async def stream(pair: Pair) -> StreamInfo:
    return await pair.admin.jetstream().stream_info(pair.names.stream("intake"))


def forged(pair: Pair, position: int, *, by: Outlet | None = None, **changed: str) -> tuple[bytes, dict[str, str]]:
    """An event built with this very code, with a correct leaf hash, and sealed if somebody has a key for it."""
    made = entry(state=b'{"consent": "which nobody gave"}').at(position)
    headers = Copy.of(made, by or outlet_of(pair.secrets, pair.names)).headers()
    del headers[EXPECTED_LAST]
    if by is None:
        del headers[SEAL]
    return made.state, headers | changed


def without_order(copy: relaying.Copy) -> dict[str, str]:
    """A message's headers but for those that say what must precede it."""
    return {name: value for name, value in copy.headers.items() if name not in {EXPECTED_LAST, EXPECTED_SEAL}}


async def follows(pair: Pair, facts: Sequence[LogEntry]) -> None:
    """Each of intake's facts, and nothing else, has had its effect."""
    await pair.until_followed()
    await pair.effects_are_those_of(facts)


NAMED = {
    "ce-stream": "0" * 32,
    "ce-streamversion": "1",
    "ce-type": "canaliza.intake.noted.v1",
    "ce-id": "0" * 32,
    "ce-time": "2026-01-01T00:00:00Z",
}
HUGE = {"ce-sequence": "9" * 30}
MESSAGES: dict[str, dict[str, Any]] = {
    "an answer of JetStream": {"body": b'{"type": "io.nats.jetstream.api.v1.stream_info_response"}'},
    "no headers": {},
    "a number that no column holds": {"headers": {**HUGE, "ce-streamversion": "9" * 30}},
    "a claim beyond the log": {"headers": HUGE},
    "a number in another script": {"headers": {**NAMED, "ce-sequence": "٣"}},
    "a name in another script": {"headers": {**NAMED, "ce-sequence": "1", "ce-type": "canaliza.señal.v1"}},
    "one that calls itself a heartbeat": {"headers": {"Status": "100"}},
}


@pytest.mark.parametrize("message", MESSAGES.values(), ids=list(MESSAGES))
async def test_a_foreign_message_is_an_alarm_and_cases_go_on(three: Pair, message: dict[str, Any]) -> None:
    handler = EffectHandler()
    with capture_logs() as lines:
        async with at_work(three.follower(handler)):
            assert await write(three, **message) == 4
            await append(three.intake, *some(3))
            await follows(three, await everything(three.intake))
            await three.until_copied()
    assert three.intake.halted is None
    assert (three.relay.copied, three.relay.foreign) == (6, 1)
    alarms = [line for line in lines if line["event"] == "alarm"]
    assert [(line["code"], line["count"], line["log_level"]) for line in alarms] == [(FOREIGN, 1, "critical")]
    assert (await stream(three)).state.last_seq == 7


async def test_an_event_that_somebody_has_forged_is_never_acted_upon(three: Pair) -> None:
    """With a correct leaf hash, at the very position that comes next."""
    handler = EffectHandler()
    body, headers = forged(three, 4)
    with capture_logs() as lines:
        async with at_work(three.follower(handler)):
            await three.until_followed()
            await write(three, body, headers)

            async def noticed() -> bool:
                return any(line["event"] == "message_not_in_the_log" for line in lines) and three.relay.foreign == 1

            await eventually(noticed)
            assert handler.seen == [1, 2, 3]
            true = entry(state=b'{"consent": "what the person said"}')
            await append(three.intake, true)
            await follows(three, await everything(three.intake))
    assert (await everything(three.intake))[-1].state == true.state
    assert three.intake.halted is None


async def test_what_another_key_sealed_is_foreign(three: Pair) -> None:
    body, headers = forged(three, 4, by=outlet_of(three.secrets, three.names, "audit"))
    await write(three, body, headers)
    await append(three.intake, *some(1))
    await three.until_copied()
    assert (three.relay.foreign, three.intake.halted) == (1, None)


@pytest.mark.parametrize("changed", [{"ce-time": "2020-01-01T00:00:00Z"}, {"ce-sequence": "4"}, {LEAF_HASH: "00"}])
async def test_a_sealed_message_that_was_changed_is_foreign(three: Pair, changed: dict[str, str]) -> None:
    last = (await copied(three.admin, three.names))[-1]
    headers = without_order(last)
    await write(three, last.body, headers | changed)
    await append(three.intake, *some(1))
    await three.until_copied()
    assert (three.relay.foreign, three.intake.halted) == (1, None)


async def test_an_old_message_sent_again_is_foreign_and_nothing_is_copied_twice(three: Pair) -> None:
    first = (await copied(three.admin, three.names))[0]
    headers = without_order(first)
    await write(three, first.body, headers)
    await append(three.intake, *some(2))
    await three.until_copied()
    assert (three.relay.foreign, (await stream(three)).state.last_seq) == (1, 6)


async def test_foreign_messages_between_and_behind_are_counted_by_a_relay_that_starts_anew(three: Pair) -> None:
    await write(three)
    await append(three.intake, *some(1))
    await three.until_copied()
    for _ in range(5):
        await write(three)

    async def noticed() -> bool:
        return three.relay.foreign == 6

    await eventually(noticed)
    again = Relay(three.intake, three.client_of_intake, "intake", outlet_of(three.secrets, three.names))
    async with at_work(again):
        await append(three.intake, *some(10))

        async def level() -> bool:
            return (again.copied, again.foreign) == (14, 6)

        await eventually(level)
    async with at_work(three.follower(handler := EffectHandler())):
        await follows(three, await everything(three.intake))
    assert handler.seen == list(range(1, 15))
    assert (await stream(three)).state.last_seq == 20


async def test_the_alarm_ends_when_the_stream_is_made_anew(three: Pair) -> None:
    await write(three)
    await append(three.intake, *some(1))
    await three.until_copied()
    await three.admin.jetstream().delete_stream(three.names.stream("intake"))

    async def refilled() -> bool:
        return (three.relay.copied, three.relay.foreign) == (4, 0)

    await eventually(refilled)
    assert [copy.sequence for copy in await copied(three.admin, three.names)] == [1, 2, 3, 4]


async def test_a_history_that_the_log_lost_still_halts_it_behind_any_number_of_foreign_messages(three: Pair) -> None:
    """What the owner has sealed was recorded once: an older backup is in the log's place."""
    body, headers = forged(three, 4, by=outlet_of(three.secrets, three.names))
    await write(three, body, headers)
    for _ in range(3):
        await write(three)

    async def halted() -> bool:
        return three.intake.halted == relay_module.DIVERGED

    await eventually(halted)


async def test_messages_of_an_earlier_version_which_nobody_sealed_are_the_logs_where_it_has_them(three: Pair) -> None:
    """After an upgrade."""
    async with at_work(three.follower(EffectHandler())):
        await three.until_followed()
    next_one = entry(state=b'{"recorded": "before the upgrade"}')
    headers = Copy.of(next_one.at(4), outlet_of(three.secrets, three.names)).headers()
    del headers[SEAL], headers[EXPECTED_LAST]
    await write(three, next_one.state, headers)
    await append(three.intake, next_one)
    await append(three.intake, *some(1))
    await three.until_copied()
    assert (await stream(three)).state.last_seq - three.relay.foreign == 5
    assert three.intake.halted is None
