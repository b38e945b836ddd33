"""What a follower cannot digest waits, with every later event of its case; an outage parks nothing."""

import asyncio
from collections.abc import Sequence
from uuid import UUID, uuid4

import asyncpg
import pytest

from services.chassis.entry import Entry
from services.chassis.errors import StoreUnavailableError, VersionConflictError
from services.chassis.upstream import HoleError
from tests.harness.following import POISON, Digestion, Indigestible, Pair, at_work, effect
from tests.harness.logs import append, as_admin, entry, everything, opened, some


class TestAPoisonedEvent:
    CASE, OTHER = UUID(int=1), UUID(int=2)

    @pytest.fixture
    async def facts(self, pair: Pair) -> list[Entry]:
        """Of two cases in turn; the fifth is poisoned."""
        facts = [entry(case=(self.CASE, self.OTHER)[n % 2], state=POISON if n == 4 else b"{}") for n in range(10)]
        await append(pair.intake, *facts)
        return facts

    async def test_waits_with_every_later_one_of_its_case_and_the_others_go_on(
        self, pair: Pair, facts: list[Entry]
    ) -> None:
        async with at_work(pair.follower(Digestion())):
            await pair.until_followed()
            await append(pair.intake, later := entry(case=self.CASE), fine := entry(case=self.OTHER))
            await pair.until_followed()
        assert await pair.parked() == {
            5: "Indigestible", 7: "case_is_parked", 9: "case_is_parked", 11: "case_is_parked",
        }  # fmt: skip
        assert later.case == self.CASE
        await pair.effects_are_those_of([*(facts[n] for n in (0, 1, 2, 3, 5, 7, 9)), fine])

    async def test_keeps_its_case_waiting_also_after_a_restart(self, pair: Pair, facts: list[Entry]) -> None:
        async with at_work(pair.follower(Digestion())):
            await pair.until_followed()
        await append(pair.intake, entry(case=self.CASE))
        async with at_work(pair.follower(Digestion())):
            await pair.until_followed()
        assert list(await pair.parked()) == [5, 7, 9, 11]
        assert facts[4].state == POISON

    async def test_is_digested_with_the_later_ones_in_their_order_when_it_is_tried_again(
        self, pair: Pair, facts: list[Entry]
    ) -> None:
        digestion = Digestion()
        follower = pair.follower(digestion)
        async with at_work(follower):
            await pair.until_followed()
            with pytest.raises(Indigestible):
                await follower.retry(self.CASE)
            assert list(await pair.parked()) == [5, 7, 9]
            digestion.poisonous = False
            assert await follower.retry(self.CASE) == 3
            assert await pair.parked() == {}
            await append(pair.intake, fine := entry(case=self.CASE))
            await pair.until_followed()
            assert await follower.retry(self.CASE) == 0
        assert await pair.parked() == {}
        await pair.effects_are_those_of([*(facts[n] for n in (0, 1, 2, 3, 5, 7, 9, 4, 6, 8)), fine])

    async def test_tried_again_twice_at_once_is_digested_once(self, pair: Pair, facts: list[Entry]) -> None:
        digestion = Digestion()
        follower = pair.follower(digestion)
        async with at_work(follower), opened(pair.dsn, pair.secrets, "referral") as log:
            await pair.until_followed()
            digestion.poisonous = False
            got = await asyncio.gather(
                *(each.retry(self.CASE) for each in (follower, follower, pair.follower(digestion, log))),
                return_exceptions=True,
            )
        assert sorted(map(str, got)) == ["3", "version_conflict", "version_conflict"]
        await pair.effects_are_those_of([facts[n] for n in (0, 1, 2, 3, 5, 7, 9, 4, 6, 8)])

    async def test_tried_again_while_a_later_one_is_parked_is_not_digested_without_it(
        self, pair: Pair, facts: list[Entry]
    ) -> None:
        digestion, later = Digestion(), entry(case=self.CASE)
        follower = pair.follower(digestion)
        async with at_work(follower):
            await pair.until_followed()

            async def meanwhile(entries: Sequence[Entry]) -> None:
                if entries and entries[0].position == 5:
                    digestion.before = None
                    await append(pair.intake, later)
                    await pair.until_followed()

            digestion.poisonous, digestion.before = False, meanwhile
            with pytest.raises(VersionConflictError):
                await follower.retry(self.CASE)
            assert list(await pair.parked()) == [5, 7, 9, 11]
            assert await follower.retry(self.CASE) == 4
        await pair.effects_are_those_of([*(facts[n] for n in (0, 1, 2, 3, 5, 7, 9, 4, 6, 8)), later])

    async def test_that_the_upstream_no_longer_has_stays_parked(self, pair: Pair, facts: list[Entry]) -> None:
        follower = pair.follower(Digestion())
        async with at_work(follower):
            await pair.until_followed()
        async with as_admin(pair.dsn) as admin, admin.transaction():
            await admin.execute("alter table intake.event disable trigger user")
            await admin.execute("delete from intake.event where position = 7")
        with pytest.raises(HoleError):
            await follower.retry(self.CASE)
        assert list(await pair.parked()) == [5, 7, 9]
        assert facts


async def test_an_event_without_a_case_waits_alone(pair: Pair) -> None:
    await append(pair.intake, *some(2), poisoned := entry(state=POISON), *some(2))
    async with at_work(pair.follower(Digestion())):
        await pair.until_followed()
    assert await pair.parked() == {3: "Indigestible"}
    await pair.effects_are_those_of([each for each in await everything(pair.intake) if each.id != poisoned.id])


@pytest.mark.parametrize(
    "outage",
    [StoreUnavailableError(), ConnectionResetError(), TimeoutError(), asyncpg.TooManyConnectionsError("x"),
     asyncpg.InterfaceError("closed"), asyncpg.InternalClientError("state")],
    ids=lambda outage: type(outage).__name__,
)  # fmt: skip
async def test_an_outage_parks_nothing_and_is_waited_out(pair: Pair, outage: Exception) -> None:
    away = iter(range(12))  # for longer than it takes to halve a batch down to one event

    async def outages(_entries: Sequence[Entry]) -> None:
        if next(away, None) is not None:
            raise outage

    await append(pair.intake, *some(10))
    async with at_work(pair.follower(Digestion(before=outages))):
        await pair.until_followed()
    assert await pair.parked() == {}
    await pair.effects_are_those_of(await everything(pair.intake))


async def test_an_event_whose_effect_conflicts_every_time_is_parked_and_the_others_go_on(pair: Pair) -> None:
    taken = entry(case=uuid4())
    await append(pair.intake, *some(3), taken, *some(3))
    await append(pair.referral, effect(taken))
    async with at_work(pair.follower(Digestion())):
        await pair.until_followed()
    assert await pair.parked() == {4: "VersionConflictError"}
    assert len(await everything(pair.referral)) == 7
