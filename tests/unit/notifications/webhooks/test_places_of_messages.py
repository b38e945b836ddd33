"""Messages on their way take places, so that slow receivers of one organisation wait for each other, not all others."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from services.notifications.webhooks.places import Places
from services.notifications.webhooks.policy import POLICY, AtOnce, load_webhook_policy
from services.programme.policy_file import PolicyFaultsError

AT_ONCE = AtOnce(one_organisation=3, everywhere=5)


class Sending:
    """Messages that hold their places until they are answered."""

    def __init__(self, places: Places) -> None:
        self.places = places
        self.on_their_way: list[str] = []
        self.waited: list[bool] = []
        self.answered = asyncio.Event()

    async def send(self, org: str) -> None:
        async with self.places.of(org) as waited:
            self.waited.append(waited)
            self.on_their_way.append(org)
            await self.answered.wait()

    async def all_begin(self, group: asyncio.TaskGroup, orgs: Sequence[str]) -> Sequence[asyncio.Task[None]]:
        tasks = [group.create_task(self.send(org)) for org in orgs]
        for _ in range(10):  # turns of the loop, after which everybody who can has begun
            await asyncio.sleep(0)
        return tasks


async def test_an_organisation_whose_receivers_are_slow_delays_its_own_messages_and_nobody_elses() -> None:
    sending = Sending(Places(AT_ONCE))
    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        await sending.all_begin(group, ["ACNUR"] * 10)
        assert sending.on_their_way == ["ACNUR"] * 3
        await sending.all_begin(group, ["OIM"])
        assert sending.on_their_way == [*["ACNUR"] * 3, "OIM"]
        sending.answered.set()
    assert sorted(sending.on_their_way) == [*["ACNUR"] * 10, "OIM"]
    assert sorted(sending.waited) == [False] * 4 + [True] * 7


async def test_all_organisations_together_have_so_many_messages_on_their_way_and_no_more() -> None:
    sending = Sending(Places(AT_ONCE))
    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        await sending.all_begin(group, [f"A{number}" for number in range(20)])
        assert len(sending.on_their_way) == 5
        sending.answered.set()
    assert len(sending.on_their_way) == 20


async def test_a_message_that_is_given_up_leaves_its_place_to_the_next() -> None:
    sending = Sending(Places(AT_ONCE))
    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        tasks = await sending.all_begin(group, ["ACNUR"] * 5)
        tasks[0].cancel()  # on its way
        tasks[4].cancel()  # waiting
        await sending.all_begin(group, [])
        assert len(sending.on_their_way) == 4
        sending.answered.set()


def test_the_programmes_limits_leave_places_to_the_others(tmp_path: Path) -> None:
    policy = load_webhook_policy()
    assert (policy.most_active, policy.most, policy.at_once.one_organisation, policy.at_once.everywhere) == (
        10,
        100,
        3,
        32,
    )
    file = tmp_path / "webhooks.yaml"
    file.write_text(POLICY.read_text().replace("everywhere: 32", "everywhere: 3"))
    with pytest.raises(PolicyFaultsError, match=r"webhooks.yaml:\d+"):
        load_webhook_policy(file)
