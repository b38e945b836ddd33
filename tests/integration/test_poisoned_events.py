"""What a follower cannot digest waits, with every later event of its case; an outage parks nothing."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID, uuid4, uuid5

import asyncpg
import pytest

from services.chassis.errors import NotFoundError, StoreUnavailableError, VersionConflictError
from services.chassis.eventlog.log_entry import LogEntry
from services.chassis.eventlog.upstream import HoleError
from tests.support.system.following import POISON, EffectHandler, Pair, UnforeseenEventError, at_work, effect
from tests.support.system.logs import append, as_admin, entry, everything, opened, some
from tests.support.system.system import eventually


class TestAPoisonedEvent:
    CASE, OTHER = UUID(int=1), UUID(int=2)

    @pytest.fixture
    async def facts(self, pair: Pair) -> list[LogEntry]:
        """Of two cases in turn; the fifth is poisoned."""
        facts = [entry(case=(self.CASE, self.OTHER)[n % 2], state=POISON if n == 4 else b"{}") for n in range(10)]
        await append(pair.intake, *facts)
        return facts

    async def test_waits_with_every_later_one_of_its_case_and_the_others_go_on(
        self, pair: Pair, facts: list[LogEntry]
    ) -> None:
        async with at_work(pair.follower(EffectHandler())):
            await pair.until_followed()
            await append(pair.intake, later := entry(case=self.CASE), fine := entry(case=self.OTHER))
            await pair.until_followed()
        assert await pair.parked() == {
            5: "UnforeseenEventError", 7: "case_is_parked", 9: "case_is_parked", 11: "case_is_parked",
        }  # fmt: skip
        assert later.case == self.CASE
        await pair.effects_are_those_of([*(facts[n] for n in (0, 1, 2, 3, 5, 7, 9)), fine])

    async def test_keeps_its_case_waiting_also_after_a_restart(self, pair: Pair, facts: list[LogEntry]) -> None:
        async with at_work(pair.follower(EffectHandler())):
            await pair.until_followed()
        await append(pair.intake, entry(case=self.CASE))
        async with at_work(pair.follower(EffectHandler())):
            await pair.until_followed()
        assert list(await pair.parked()) == [5, 7, 9, 11]
        assert facts[4].state == POISON

    async def test_is_digested_with_the_later_ones_in_their_order_when_it_is_tried_again(
        self, pair: Pair, facts: list[LogEntry]
    ) -> None:
        handler = EffectHandler()
        follower = pair.follower(handler)
        async with at_work(follower):
            await pair.until_followed()
            with pytest.raises(UnforeseenEventError):
                await follower.retry(self.CASE)
            assert list(await pair.parked()) == [5, 7, 9]
            handler.poisonous = False
            assert await follower.retry(self.CASE) == 3
            assert await pair.parked() == {}
            await append(pair.intake, fine := entry(case=self.CASE))
            await pair.until_followed()
            assert await follower.retry(self.CASE) == 0
        assert await pair.parked() == {}
        await pair.effects_are_those_of([*(facts[n] for n in (0, 1, 2, 3, 5, 7, 9, 4, 6, 8)), fine])

    async def test_is_followed_again_once_an_instance_that_does_not_follow_has_tried_it_again(
        self, pair: Pair, facts: list[LogEntry]
    ) -> None:
        handler = EffectHandler()
        async with at_work(pair.follower(handler)), opened(pair.dsn, pair.secrets, "referral") as log:
            await pair.until_followed()
            handler.poisonous = False
            assert await pair.follower(handler, log).retry(self.CASE) == 3
            await append(pair.intake, fine := entry(case=self.CASE))
            await pair.until_followed()
        assert await pair.parked() == {}
        await pair.effects_are_those_of([*(facts[n] for n in (0, 1, 2, 3, 5, 7, 9, 4, 6, 8)), fine])

    async def test_can_be_set_aside_so_that_the_later_ones_have_a_way_out(
        self, pair: Pair, facts: list[LogEntry]
    ) -> None:
        follower = pair.follower(EffectHandler())
        async with at_work(follower):
            await pair.until_followed()
            with pytest.raises(NotFoundError):
                await follower.retry(self.CASE, without=4)
            assert list(await pair.parked()) == [5, 7, 9]
            assert await follower.retry(self.CASE, without=5) == 2
            assert await pair.parked() == {}
        await pair.effects_are_those_of([facts[n] for n in (0, 1, 2, 3, 5, 7, 9, 6, 8)])

    async def test_tried_again_twice_at_once_is_digested_once(self, pair: Pair, facts: list[LogEntry]) -> None:
        handler = EffectHandler()
        follower = pair.follower(handler)
        async with at_work(follower), opened(pair.dsn, pair.secrets, "referral") as log:
            await pair.until_followed()
            handler.poisonous = False
            got = await asyncio.gather(
                *(each.retry(self.CASE) for each in (follower, follower, pair.follower(handler, log))),
                return_exceptions=True,
            )
        # Whoever comes while it is digested is refused, whoever comes after finds nothing left.
        assert [str(one) for one in got].count("3") == 1
        assert {str(one) for one in got} <= {"3", "0", "version_conflict"}
        await pair.effects_are_those_of([facts[n] for n in (0, 1, 2, 3, 5, 7, 9, 4, 6, 8)])

    async def test_tried_again_while_a_later_one_is_parked_is_not_digested_without_it(
        self, pair: Pair, facts: list[LogEntry]
    ) -> None:
        handler, later = EffectHandler(), entry(case=self.CASE)
        follower = pair.follower(handler)
        async with at_work(follower):
            await pair.until_followed()

            async def meanwhile(entries: Sequence[LogEntry]) -> None:
                if entries and entries[0].position == 5:
                    handler.before = None
                    await append(pair.intake, later)
                    await pair.until_followed()

            handler.poisonous, handler.before = False, meanwhile
            with pytest.raises(VersionConflictError):
                await follower.retry(self.CASE)
            assert list(await pair.parked()) == [5, 7, 9, 11]
            assert await follower.retry(self.CASE) == 4
        await pair.effects_are_those_of([*(facts[n] for n in (0, 1, 2, 3, 5, 7, 9, 4, 6, 8)), later])

    async def test_that_the_upstream_no_longer_has_stays_parked(self, pair: Pair, facts: list[LogEntry]) -> None:
        follower = pair.follower(EffectHandler())
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
    async with at_work(pair.follower(EffectHandler())):
        await pair.until_followed()
    assert await pair.parked() == {3: "UnforeseenEventError"}
    await pair.effects_are_those_of([each for each in await everything(pair.intake) if each.id != poisoned.id])


@pytest.mark.parametrize(
    "outage",
    [StoreUnavailableError(), ConnectionResetError(), TimeoutError(), asyncpg.TooManyConnectionsError("x"),
     asyncpg.InterfaceError("closed"), asyncpg.InternalClientError("state")],
    ids=lambda outage: type(outage).__name__,
)  # fmt: skip
async def test_an_outage_parks_nothing_and_is_waited_out(pair: Pair, outage: Exception) -> None:
    away = iter(range(12))  # for longer than it takes to halve a batch down to one event

    async def outages(_entries: Sequence[LogEntry]) -> None:
        if next(away, None) is not None:
            raise outage

    await append(pair.intake, *some(10))
    async with at_work(pair.follower(EffectHandler(before=outages))):
        await pair.until_followed()
    assert await pair.parked() == {}
    await pair.effects_are_those_of(await everything(pair.intake))


async def test_an_event_whose_effect_conflicts_every_time_is_parked_and_the_others_go_on(pair: Pair) -> None:
    taken = entry(case=uuid4())
    await append(pair.intake, *some(3), taken, *some(3))
    await append(pair.referral, effect(taken))
    async with at_work(pair.follower(EffectHandler())):
        await pair.until_followed()
    assert await pair.parked() == {4: "VersionConflictError"}
    assert len(await everything(pair.referral)) == 7


class Recorder:
    """Records a fact for each case that is parked, and one for its release."""

    def __init__(self, fault: Exception | None = None) -> None:
        self.fault = fault
        self.asked: list[UUID | None] = []

    async def parked(self, entry: LogEntry) -> Sequence[LogEntry]:
        self.asked.append(entry.case)
        if self.fault is not None:
            raise self.fault
        return [replace(effect(entry), topic="referral.parked.v1", originator_id=uuid5(entry.id, "parked"))]

    async def released(self, case: UUID, *, set_aside: int | None = None) -> Sequence[LogEntry]:  # noqa: ARG002
        return [entry(topic="referral.released.v1", case=case)]


class TestWhatIsRecordedOfAParkedCase:
    CASE = UUID(int=1)

    @pytest.fixture(autouse=True)
    async def _facts(self, pair: Pair) -> None:
        await append(
            pair.intake,
            *some(2),
            entry(case=self.CASE, state=POISON),
            *some(2),
            entry(case=self.CASE),
            entry(state=POISON),
        )

    @staticmethod
    async def topics(pair: Pair) -> list[str]:
        return [each.topic for each in await everything(pair.referral) if each.topic != "referral.noted.v1"]

    async def test_it_is_committed_with_the_parking_once_a_case_and_not_of_what_has_no_case(self, pair: Pair) -> None:
        recorder = Recorder()
        async with at_work(pair.follower(EffectHandler(), parked_cases=recorder)):
            await pair.until_followed()
        assert recorder.asked == [self.CASE]
        assert await self.topics(pair) == ["referral.parked.v1"]
        assert list(await pair.parked()) == [3, 6, 7]

    async def test_its_release_is_committed_with_what_is_digested_after_all(self, pair: Pair) -> None:
        handler = EffectHandler()
        follower = pair.follower(handler, parked_cases=Recorder())
        async with at_work(follower):
            await pair.until_followed()
            with pytest.raises(UnforeseenEventError):
                await follower.retry(self.CASE)
            assert await self.topics(pair) == ["referral.parked.v1"]
            handler.poisonous = False
            assert await follower.retry(self.CASE) == 2
            assert await self.topics(pair) == ["referral.parked.v1", "referral.released.v1"]
            assert await follower.retry(self.CASE) == 0
            assert await self.topics(pair) == ["referral.parked.v1", "referral.released.v1"]

    async def test_a_fault_of_it_never_stops_the_follower(self, pair: Pair) -> None:
        async with at_work(pair.follower(EffectHandler(), parked_cases=Recorder(fault=ZeroDivisionError()))):
            await pair.until_followed()
        assert list(await pair.parked()) == [3, 6, 7]
        assert await self.topics(pair) == []

    async def test_a_fact_that_the_log_refuses_never_stops_it_either(self, pair: Pair) -> None:
        class TooLarge(Recorder):
            async def parked(self, entry: LogEntry) -> Sequence[LogEntry]:
                return [replace(one, state=b"x" * 70_000) for one in await super().parked(entry)]

        async with at_work(pair.follower(EffectHandler(), parked_cases=TooLarge())):
            await pair.until_followed()
        assert list(await pair.parked()) == [3, 6, 7]
        assert await self.topics(pair) == []

    async def test_what_was_parked_by_a_program_that_did_not_record_it_is_recorded_at_the_next_start(
        self, pair: Pair
    ) -> None:
        async with at_work(pair.follower(EffectHandler())):
            await pair.until_followed()
        assert await self.topics(pair) == []
        async with at_work(pair.follower(EffectHandler(), parked_cases=Recorder())):

            async def recorded() -> bool:
                return await self.topics(pair) == ["referral.parked.v1"]

            await eventually(recorded)
