"""Silence on a real log: every ladder is climbed, each rung once, whatever ends, jumps or comes twice."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from events.contract import Event, Recorded
from events.referral import (
    DeletionConfirmed,
    DeletionDue,
    InfoRequested,
    InfoSupplied,
    ReferralAccepted,
    ReferralAcknowledged,
    ReferralDeclined,
    ReferralEscalated,
    ReferralExpired,
    ReferralFailed,
    ReferralRerouted,
    ReferralWithdrawn,
    RulesAdopted,
    ServiceDelivered,
)
from events.vocabulary import Agency, DeclineReason, Outcome, Urgency
from services.chassis.errors import VersionConflictError
from services.chassis.log import Append, Appended
from services.chassis.migrate import migrate_database
from services.chassis.rebuild import rebuild
from services.chassis.secrets import Secrets
from services.chassis.workspace import Workspace
from services.referral import clockwork as clockworks
from services.referral.app import models
from services.referral.desks import OneDeskAnAgency
from services.referral.domain import fold
from services.referral.ladder import Running, next_at
from tests.harness.clockworks import Guard, guarded, projecting
from tests.harness.logs import opened
from tests.harness.system import eventually
from tests.unit.referral.a_ladder import ladders
from tests.unit.referral.a_referral import BOX, START
from tests.unit.referral.test_ladders import UNANSWERED

U0, U1, U2, U3 = Urgency
MINUTES, HOURS, DAYS = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
async def guard(database: str, secrets: Secrets) -> AsyncIterator[Guard]:
    async with guarded(database, secrets) as found:
        yield found
        assert await faults_of(found) == []


async def faults_of(guard: Guard) -> list[str]:
    """What a guard may never be found to have done: too often, not at all, or without a timer for what is left."""
    timers, faults = await guard.timers(), []
    for referral in guard.sent:
        history = await guard.history(referral)
        told = [fact.event for fact in history if isinstance(fact.event, ReferralEscalated)]
        counts = Counter((event.clock, event.rung, event.deadline) for event in told)
        faults += [f"{rung} was climbed {count} times" for (_, rung, _), count in counts.items() if count > 1]
        expired = sum(isinstance(fact.event, ReferralExpired) for fact in history)
        faults += [f"it expired {expired} times"] if expired > 1 else []
        now = fold(history)
        assert now is not None
        wanted = next_at(Running.of(now), ladders())
        faults += [] if timers.get(referral) == wanted else ["its timer is not when something is due next"]
    return faults


class TestAReferralThatNobodyAnswers:
    async def test_climbs_the_whole_ladder_of_its_class(self, guard: Guard) -> None:
        sent = {urgency: await guard.sends(urgency) for urgency in Urgency}
        await guard.until_nothing_is_due()
        for urgency, referral in sent.items():
            assert await guard.told(referral) == UNANSWERED[urgency]
            for fact in (await guard.history(referral))[2:]:
                assert fact.actor == f"clock:{ladders().version}"
        assert await guard.timers() == {}

    async def test_is_caught_up_with_after_an_outage_in_order_and_once(self, guard: Guard) -> None:
        sent = {urgency: await guard.sends(urgency) for urgency in Urgency for _ in range(40)}
        guard.hours.pass_(12 * DAYS)
        await guard.strike()
        for urgency, referral in sent.items():
            told = [one.partition(" ")[2] for one in await guard.told(referral)]
            assert told == [one.partition(" ")[2] for one in UNANSWERED[urgency]]

    async def test_is_taken_before_whatever_is_less_urgent_however_long_that_has_been_due(
        self, guard: Guard, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(clockworks, "AT_ONCE", 1)
        old = [await guard.sends(urgency) for urgency in (U3, U2, U1)]
        guard.hours.pass_(6 * DAYS)
        urgent = await guard.sends(U0)
        guard.hours.pass_(15 * MINUTES)
        assert await guard.clockwork.strike() == 1
        assert len(await guard.told(urgent)) == 3
        assert [await guard.told(one) for one in old] == [[], [], []]

    async def test_to_whose_desk_a_deletion_is_due_is_told_of_it_at_once_and_when_it_is_overdue(
        self, guard: Guard
    ) -> None:
        withdrawn, ended, confirmed = [await guard.sends(U2) for _ in range(3)]
        due = {"receipt": uuid4(), "confirm_deletion_by": START + 72 * HOURS}
        await guard.somebody(ended, ReferralAccepted)
        await guard.somebody(ended, ReferralFailed, outcome=Outcome.NO_SHOW)
        for referral, kind in ((withdrawn, ReferralWithdrawn), (ended, DeletionDue), (confirmed, ReferralWithdrawn)):
            await guard.somebody(referral, kind, **due)
        guard.hours.pass_(HOURS)
        await guard.strike()
        await guard.somebody(confirmed, DeletionConfirmed)
        await guard.until_nothing_is_due()
        told = [
            "0:01 deletion/deletion_due tells desk",
            "57:36 deletion/deletion_reminder tells desk+supervisor",
            "72:00 deletion/deletion_overdue tells supervisor+coordinator",
        ]
        for referral in (withdrawn, ended):
            found = await guard.told(referral)
            assert [one.split(" ", 1)[1] for one in found] == [one.split(" ", 1)[1] for one in told]
            assert found[1:] == told[1:]
        assert len(await guard.told(confirmed)) == 1

    async def test_is_looked_at_again_later_when_others_write_to_it_all_the_while(
        self, guard: Guard, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        referral = await guard.sends(U0)
        guard.hours.pass_(5 * MINUTES)

        async def taken(_: Append) -> Appended:
            raise VersionConflictError

        with monkeypatch.context() as others:
            others.setattr(guard.log, "append", taken)
            assert await guard.clockwork.strike() == 0, "it would look again at once, for ever"
        assert await guard.clockwork.strike() == 1
        assert await guard.told(referral) == UNANSWERED[U0][:1]

    async def test_is_left_alone_as_soon_as_somebody_acts(self, guard: Guard) -> None:
        acknowledged, accepted = await guard.sends(U0), await guard.sends(U1)
        guard.hours.pass_(5 * MINUTES)
        await guard.strike()
        await guard.somebody(acknowledged, ReferralAcknowledged)
        await guard.somebody(accepted, ReferralAccepted)
        guard.hours.pass_(50 * MINUTES)
        await guard.strike()
        assert await guard.told(acknowledged) == UNANSWERED[U0][:1]
        assert await guard.told(accepted) == []
        timers = await guard.timers()
        assert timers[acknowledged] == START + 60 * MINUTES
        assert timers[accepted] == START + DAYS  # by then the service is to begin

    async def test_is_not_closed_while_it_goes_on_and_is_when_nobody_confirms(self, guard: Guard) -> None:
        declined, rerouted, delivered = [await guard.sends(U1) for _ in range(3)]
        for referral in (declined, rerouted):
            await guard.somebody(referral, ReferralDeclined, reason=DeclineReason.NO_CAPACITY)
        await guard.somebody(rerouted, ReferralRerouted, to=Agency.OIM, linked=uuid4())
        await guard.somebody(delivered, ReferralAccepted)
        await guard.somebody(delivered, ServiceDelivered, outcome=Outcome.SERVICE_DELIVERED)
        await guard.until_nothing_is_due()
        assert await guard.told(declined) == ["0:15 reroute/not_rerouted tells coordinator"]
        assert await guard.told(rerouted) == []
        assert await guard.told(delivered) == ["336:00 closed unconfirmed"]

    async def test_waits_for_the_shelters_answer_but_not_for_ever(self, guard: Guard) -> None:
        answered, never = await guard.sends(U1), await guard.sends(U1)
        for referral in (answered, never):
            await guard.somebody(referral, InfoRequested, question=BOX)
        guard.hours.pass_(30 * MINUTES)
        await guard.somebody(answered, InfoSupplied, answer=BOX)
        await guard.until_nothing_is_due()
        assert (await guard.told(answered))[2] == "3:30 expired"
        assert (await guard.told(never))[2] == "4:00 expired"


class TestTheClock:
    async def test_may_jump_forward_and_back_and_nothing_is_done_twice_or_early(self, guard: Guard) -> None:
        referral = await guard.sends(U1)
        for jump in (2 * HOURS, -90 * MINUTES, 10 * MINUTES, 2 * DAYS, -3 * DAYS, 3 * DAYS):
            guard.hours.pass_(jump)
            await guard.strike()
        told = [one.partition(" ")[2] for one in await guard.told(referral)]
        assert told == [one.partition(" ")[2] for one in UNANSWERED[U1]]

    async def test_that_goes_back_does_nothing_before_its_time(self, guard: Guard) -> None:
        referral = await guard.sends(U0)
        guard.hours.pass_(-2 * DAYS)
        await guard.strike()
        assert await guard.told(referral) == []

    async def test_strikes_by_itself_and_wakes_when_somebody_acts(self, guard: Guard) -> None:
        guard.log.listen(guard.clockwork.announce)
        referral = await guard.sends(U0)
        running = asyncio.create_task(guard.clockwork.run())
        try:
            guard.hours.pass_(5 * MINUTES)
            await eventually(lambda: guard.told(referral))
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
        assert await guard.told(referral) == UNANSWERED[U0][:1]


class TestSeveralClockworks:
    async def test_at_once_climb_each_rung_once(self, guard: Guard, database: str, secrets: Secrets) -> None:
        sent = [await guard.sends(U0) for _ in range(30)]
        async with opened(database, secrets, "referral", projections=[projecting()]) as log:
            others = [guard, guard.another(log), guard.another(guard.log)]
            for passed in (5 * MINUTES, 10 * MINUTES, 3 * HOURS):
                guard.hours.pass_(passed)
                await asyncio.gather(*(one.strike() for one in others))
        for referral in sent:
            assert len(await guard.told(referral)) == len(UNANSWERED[U0])

    async def test_one_of_which_is_killed_lose_nothing(self, guard: Guard) -> None:
        """Ended at any moment of a strike: whatever was appended has its timer, and the next goes on from there."""
        sent = [await guard.sends(U1) for _ in range(20)]
        guard.hours.pass_(DAYS)
        for turns in range(0, 60, 3):
            killed = asyncio.create_task(guard.another(guard.log).clockwork.strike())
            for _ in range(turns):
                await asyncio.sleep(0)
            killed.cancel()
            await asyncio.gather(killed, return_exceptions=True)
        await guard.strike()
        for referral in sent:
            told = [one.partition(" ")[2] for one in await guard.told(referral)]
            assert told == [one.partition(" ")[2] for one in UNANSWERED[U1]]

    async def test_end_between_an_append_and_its_timer_and_neither_is_there(
        self, database: str, secrets: Secrets
    ) -> None:
        broken = False

        async def ends(connection: asyncpg.Connection, _batch: Sequence[Recorded[Event]]) -> None:
            if broken:
                await connection.execute("select pg_terminate_backend(pg_backend_pid())")

        async with guarded(database, secrets, projections=[ends, projecting()]) as guard:
            referral = await guard.sends(U0)
            before = await guard.timers()
            guard.hours.pass_(5 * MINUTES)
            broken = True
            with contextlib.suppress(Exception):
                await guard.strike()
            assert await guard.told(referral) == []
            assert await guard.timers() == before
            broken = False
            await guard.strike()
            assert await guard.told(referral) == UNANSWERED[U0][:1]
            assert await faults_of(guard) == []


class TestTimers:
    async def test_are_those_that_a_rebuild_winds_and_one_that_is_missing_is_found(
        self, guard: Guard, database: str, secrets: Secrets
    ) -> None:
        await migrate_database(database, secrets)  # what a database grants is not copied with it
        for urgency in Urgency:
            for _ in range(3):
                await guard.sends(urgency)
        await guard.somebody(guard.sent[0], ReferralAcknowledged)
        await guard.somebody(guard.sent[4], InfoRequested, question=BOX)
        await guard.somebody(guard.sent[8], ReferralAccepted)
        guard.hours.pass_(2 * HOURS)
        await guard.strike()
        rebuilt = await rebuild(guard.dsn, "referral", models(OneDeskAnAgency), swap=False)
        assert set(rebuilt.differing.values()) == {0}
        await guard.admin("delete from referral.timer where referral_id = $1", guard.sent[8])
        assert (await rebuild(guard.dsn, "referral", models(OneDeskAnAgency))).differing["timer"] == 1

    async def test_wound_by_other_ladders_are_wound_anew_when_a_policy_is_adopted(self, guard: Guard) -> None:
        for urgency in Urgency:
            await guard.sends(urgency)
        right = await guard.timers()
        await guard.admin("update referral.timer set next_at = next_at + interval '9 days'")
        await guard.admin("delete from referral.timer where referral_id = $1", guard.sent[0])
        workspace = Workspace(guard.log, guard.hours)
        workspace.begin(stream := uuid4())
        adopted = RulesAdopted(rule_set="2013.2", deadlines="2013.2", content="0" * 64, ladders="2013.2")
        workspace.record(stream, adopted, case=None, actor="referral", cause=uuid4())
        await guard.log.append(Append(entries=workspace.entries))
        assert await guard.timers() == right

    async def test_that_go_off_for_nothing_are_put_right(self, guard: Guard) -> None:
        early, over = await guard.sends(U3), await guard.sends(U1)
        await guard.somebody(over, ReferralAccepted)
        right = await guard.timers()
        await guard.admin("update referral.timer set next_at = $1", START - DAYS)
        await guard.strike()
        assert await guard.timers() == right
        assert await guard.told(early) == []

    async def test_of_a_referral_that_cannot_be_read_do_not_stop_the_others(
        self, guard: Guard, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(clockworks, "AT_ONCE", 1)
        unreadable = uuid4()
        await guard.admin(
            """with moved as (update referral.head set position = position + 1 returning position)
            insert into referral.event select position, gen_random_uuid(), $1, 1, 'referral.proposed.v9', null, now(),
            '{}' from moved""",
            unreadable,
        )
        await guard.admin("insert into referral.timer values ($1, $2)", unreadable, START - DAYS)
        referral = await guard.sends(U0)
        guard.hours.pass_(5 * MINUTES)
        await guard.strike()
        assert await guard.told(referral) == UNANSWERED[U0][:1]


class TestTheVerdictItself:
    """Were it blind, it would find nothing either."""

    async def test_finds_a_clockwork_that_does_everything_twice(
        self, database: str, secrets: Secrets, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        class Forgetful(Running):
            @classmethod
            def of(cls, referral: Any, *hours: Any, **mode: Any) -> Running:
                found = super().of(referral, *hours, **mode)
                return Running(**{name: getattr(found, name) for name in Running.__slots__} | {"climbed": frozenset()})

        async with guarded(database, secrets) as guard:
            await guard.sends(U0)
            guard.hours.pass_(5 * MINUTES)
            with monkeypatch.context() as changed:
                changed.setattr(clockworks, "Running", Forgetful)
                changed.setattr("services.referral.ladder.Due.command", lambda *_: uuid4())
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(1):
                        await guard.strike()
            assert any("times" in fault for fault in await faults_of(guard))

    async def test_finds_a_clock_that_never_strikes(self, database: str, secrets: Secrets) -> None:
        async with guarded(database, secrets) as guard:
            referral = await guard.sends(U0)
            await guard.admin("delete from referral.timer")
            await guard.until_nothing_is_due()
            assert await guard.told(referral) == []
            assert await faults_of(guard) == ["its timer is not when something is due next"]


async def test_nobody_looks_at_ten_thousand_timers_that_are_not_due(guard: Guard) -> None:
    await guard.admin(
        "insert into referral.timer select gen_random_uuid(), $1, $2 from generate_series(1, 10000)", START + DAYS, U0
    )
    await guard.admin("analyze referral.timer")
    referral = await guard.sends(U0)
    guard.hours.pass_(5 * MINUTES)
    async with guard.database.reading() as connection, connection.transaction():
        due = await connection.fetch(clockworks.DUE, guard.hours(), list[UUID](), 64, list(Urgency))
        read = await connection.fetchval(
            """select seq_tup_read + coalesce(idx_tup_fetch, 0) from pg_stat_xact_user_tables where relname = 'timer'"""
        )
    assert [UUID(int=row["referral_id"].int) for row in due] == [referral]
    assert read < 100
