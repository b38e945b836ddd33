"""Desks and shelters that fall silent, on a real log: two weeks in a second, and each silence is recorded once."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from events.contract import Event, Recorded
from events.intake import ShelterHeard
from events.referral import CaseAssessed, ReferralAccepted, ReferralAcknowledged, RulesAdopted
from events.silence import (
    CaravanBegan,
    CaravanEnded,
    DeskFellSilent,
    DeskHeardAgain,
    ShelterFellSilent,
    ShelterHeardAgain,
)
from events.vocabulary import Agency, CaravanEnd, CaravanReason, SilenceMeasure, Urgency
from services.chassis.eventlog.append import Append
from services.chassis.eventlog.unit_of_work import UnitOfWork
from services.chassis.operations.migrate import migrate_database
from services.chassis.operations.rebuild import rebuild
from services.chassis.secrets.installation import Secrets
from services.directory.desks import duty_desks
from services.referral.projections import models
from services.referral.silence.domain import PartyKind, stream_of
from tests.support.builders.referral import START
from tests.support.system.logs import opened
from tests.support.system.schedulers import Guard, guarded, projecting

U0, U1, U2, U3 = Urgency
MINUTES, HOURS, DAYS = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
DESK, SHELTER = "ACNUR-24H", "ALB-TAP-01"


@pytest.fixture
async def guard(database: str, secrets: Secrets) -> AsyncIterator[Guard]:
    async with guarded(database, secrets, desks=duty_desks()) as found:
        yield found


async def happens(guard: Guard, event: Event, *, actor: str = "referral", stream: UUID | None = None) -> UUID:
    """A fact without a referral, now."""
    work, stream = UnitOfWork(guard.log, guard.hours), stream or uuid4()
    await work.load([stream])
    work.record(stream, event, case=uuid4(), actor=actor, cause=uuid4())
    await guard.log.append(Append(entries=work.entries))
    return stream


async def adopted(guard: Guard) -> None:
    event = RulesAdopted(rule_set="2013.1", deadlines="2013.1", content="0" * 64, directory=guard.desks.version)
    await happens(guard, event)


async def flagged(guard: Guard, shelter: str = SHELTER) -> None:
    event = CaseAssessed(submission=uuid4(), shelter=shelter, lead=None, categories=(), rule_set="2013.1")
    await happens(guard, event, actor="rules:2013.1")


async def recorded(guard: Guard, kind: PartyKind, code: str) -> list[Recorded[Event]]:
    return await guard.history(stream_of(kind, code))


async def silences(guard: Guard, kind: PartyKind, code: str) -> list[type[Event]]:
    return [type(fact.event) for fact in await recorded(guard, kind, code)]


async def time_passes(guard: Guard, time: timedelta, *, step: timedelta = HOURS) -> None:
    until = guard.hours() + time
    while guard.hours() < until:
        guard.hours.now = min(guard.hours() + step, until)
        await guard.run_due()


async def test_the_silence_of_a_desk_that_answers_nobody_for_two_weeks_is_recorded_once(guard: Guard) -> None:
    await guard.sends(U1, desk=DESK)
    await time_passes(guard, 14 * DAYS, step=6 * HOURS)
    (fact,) = await recorded(guard, PartyKind.DESK, DESK)
    event = fact.event
    assert isinstance(event, DeskFellSilent)
    assert (event.since, event.measure, event.urgency) == (START, SilenceMeasure.WAITING, U1)
    assert fact.case is None
    assert fact.actor.startswith("clock:")


async def test_the_first_sign_of_life_ends_a_silence_and_the_next_silence_is_another(guard: Guard) -> None:
    first, second = await guard.sends(U1, desk=DESK), await guard.sends(U2, desk=DESK)
    await time_passes(guard, 3 * HOURS, step=10 * MINUTES)
    await guard.somebody(first, ReferralAcknowledged)
    await guard.run_due()
    assert await silences(guard, PartyKind.DESK, DESK) == [DeskFellSilent, DeskHeardAgain]
    heard = (await recorded(guard, PartyKind.DESK, DESK))[-1].event
    assert isinstance(heard, DeskHeardAgain)
    assert (heard.since, heard.heard_at) == (START, guard.hours())
    await time_passes(guard, 3 * DAYS)
    assert await silences(guard, PartyKind.DESK, DESK) == [DeskFellSilent, DeskHeardAgain, DeskFellSilent]
    await guard.somebody(second, ReferralAccepted)
    await guard.somebody(first, ReferralAccepted)
    await time_passes(guard, 14 * DAYS, step=DAYS)
    assert await silences(guard, PartyKind.DESK, DESK) == 2 * [DeskFellSilent, DeskHeardAgain], (
        "it owes nothing any more"
    )


async def test_another_agencys_officer_is_no_sign_of_life_of_this_desk(guard: Guard) -> None:
    await guard.sends(U1, desk=DESK)
    other = await guard.sends(U1, Agency.OIM, desk="OIM-24H")
    guard.hours.pass_(85 * MINUTES)
    await guard.somebody(other, ReferralAcknowledged, agency=Agency.OIM)
    guard.hours.pass_(6 * MINUTES)
    await guard.run_due()
    assert await silences(guard, PartyKind.DESK, DESK) == [DeskFellSilent]
    assert await silences(guard, PartyKind.DESK, "OIM-24H") == []


async def test_a_shelter_that_sends_nothing_is_silent_after_two_days_and_recovers_when_it_flags(guard: Guard) -> None:
    await adopted(guard)
    await flagged(guard)
    await time_passes(guard, 47 * HOURS)
    assert await silences(guard, PartyKind.SHELTER, SHELTER) == []
    await time_passes(guard, 14 * DAYS, step=6 * HOURS)
    assert await silences(guard, PartyKind.SHELTER, SHELTER) == [ShelterFellSilent]
    assert await silences(guard, PartyKind.SHELTER, "ALB-IXT-01") == [ShelterFellSilent], "nothing ever came from there"
    await flagged(guard)
    await guard.run_due()
    assert await silences(guard, PartyKind.SHELTER, SHELTER) == [ShelterFellSilent, ShelterHeardAgain]
    assert await silences(guard, PartyKind.SHELTER, "ALB-IXT-01") == [ShelterFellSilent]


async def test_a_heartbeat_of_the_outbox_is_a_sign_of_life(guard: Guard) -> None:
    await adopted(guard)
    hear = projecting(guard.desks).record_heartbeats
    for _ in range(6):
        await time_passes(guard, DAYS, step=12 * HOURS)
        sign = ShelterHeard(shelter=SHELTER, waiting=3, oldest_seconds=90)
        fact: Recorded[Any] = Recorded(
            id=uuid4(), stream=uuid4(), version=1, case=None, occurred_at=guard.hours(), recorded_at=guard.hours(),
            actor="shelter_worker:ALB-TAP-01:w", cause=None, event=sign,
        )  # fmt: skip

        async def within(connection: Any, fact: Recorded[Any] = fact) -> None:
            await hear(connection, [fact])

        await guard.log.append(Append(in_transaction=within))
    assert await silences(guard, PartyKind.SHELTER, SHELTER) == []
    assert await silences(guard, PartyKind.SHELTER, "ALB-IXT-01") == [ShelterFellSilent]


async def test_adopting_a_rule_set_again_is_no_sign_of_a_shelters_life(guard: Guard) -> None:
    await adopted(guard)
    guard.hours.pass_(47 * HOURS)
    await adopted(guard)
    guard.hours.pass_(2 * HOURS)
    await guard.run_due()
    assert await silences(guard, PartyKind.SHELTER, SHELTER) == [ShelterFellSilent]


async def test_several_schedulers_at_once_record_each_silence_once(
    guard: Guard, database: str, secrets: Secrets
) -> None:
    await adopted(guard)
    desks = ["ACNUR-24H", "ACNUR-CHP", "ACNUR-OAX", "ACNUR-TAB"]
    sent = {desk: await guard.sends(U1, desk=desk) for desk in desks}
    async with opened(database, secrets, "referral", projections=[projecting(guard.desks)]) as log:
        others = [guard, guard.another(log), guard.another(guard.log)]
        for _ in range(6):
            guard.hours.pass_(DAYS)
            await asyncio.gather(*(one.run_due() for one in others))
        for referral in sent.values():
            await guard.somebody(referral, ReferralAcknowledged)
        await asyncio.gather(*(one.run_due() for one in others))
    for desk in desks:
        assert await silences(guard, PartyKind.DESK, desk) == [DeskFellSilent, DeskHeardAgain]
    for shelter in guard.desks.states:
        assert await silences(guard, PartyKind.SHELTER, shelter) == [ShelterFellSilent]


async def test_a_scheduler_killed_at_any_moment_loses_no_silence_and_records_none_twice(guard: Guard) -> None:
    await adopted(guard)
    for desk in ("ACNUR-24H", "ACNUR-CHP"):
        await guard.sends(U1, desk=desk)
    guard.hours.pass_(5 * DAYS)
    for turns in range(0, 60, 3):
        killed = asyncio.create_task(guard.another(guard.log).run_due())
        for _ in range(turns):
            await asyncio.sleep(0)
        killed.cancel()
        await asyncio.gather(killed, return_exceptions=True)
    await guard.run_due()
    for desk in ("ACNUR-24H", "ACNUR-CHP"):
        assert await silences(guard, PartyKind.DESK, desk) == [DeskFellSilent]
    for shelter in guard.desks.states:
        assert await silences(guard, PartyKind.SHELTER, shelter) == [ShelterFellSilent]


async def test_a_clock_that_jumps_back_records_nothing_early(guard: Guard) -> None:
    await guard.sends(U1, desk=DESK)
    guard.hours.pass_(-5 * DAYS)
    await guard.run_due()
    assert await silences(guard, PartyKind.DESK, DESK) == []


async def test_what_is_due_is_what_a_rebuild_makes_of_the_log(guard: Guard, database: str, secrets: Secrets) -> None:
    await migrate_database(database, secrets)  # a database's grants are not copied with it
    await adopted(guard)
    sent = [await guard.sends(urgency, desk=desk) for urgency in Urgency for desk in (DESK, "ACNUR-CHP")]
    await guard.somebody(sent[0], ReferralAcknowledged)
    await guard.somebody(sent[3], ReferralAccepted)
    await time_passes(guard, 3 * DAYS, step=3 * HOURS)
    await guard.somebody(sent[5], ReferralAcknowledged)
    await flagged(guard)
    await caravan(guard)
    rebuilt = await rebuild(guard.dsn, "referral", models(duty_desks), swap=False)
    assert rebuilt.differing == dict.fromkeys(rebuilt.differing, 0)
    await guard.admin("update referral.watch set next_at = null where code = 'ALB-TAP-01'")
    assert (await rebuild(guard.dsn, "referral", models(duty_desks))).differing["watch"] == 2
    assert await guard.admin("select next_at from referral.watch where code = 'ALB-TAP-01'") is not None


async def caravan(guard: Guard, *shelters: str, time: timedelta = 10 * DAYS) -> UUID:
    event = CaravanBegan(
        states=(), shelters=shelters or (SHELTER,), reason=CaravanReason.CARAVAN, until=guard.hours() + time,
        ladders="2013.1", silence="2013.1",
    )  # fmt: skip
    return await happens(guard, event, actor="programme_coordinator:*:c")


class TestCaravanMode:
    async def test_moves_reminders_of_its_shelters_only_and_nothing_of_a_u0(self, guard: Guard) -> None:
        within, outside = await guard.sends(U2), await guard.sends(U2, shelter="ALB-IXT-01")
        urgent = await guard.sends(U0)
        before = await guard.timers()
        await caravan(guard)
        after = await guard.timers()
        assert after[within] - START == 0.7 * DAYS
        assert (after[outside], after[urgent]) == (before[outside], before[urgent])

    async def test_ends_by_itself_when_its_time_is_over_and_everything_is_as_it_was(self, guard: Guard) -> None:
        referral = await guard.sends(U3)
        before = await guard.timers()
        mode = await caravan(guard, time=2 * HOURS)
        await time_passes(guard, 3 * HOURS)
        assert [type(fact.event) for fact in await guard.history(mode)] == [CaravanBegan, CaravanEnded]
        assert await guard.timers() == before
        assert await guard.recorded_steps(referral) == []

    async def test_turned_on_and_off_fires_each_step_once_and_loses_none(self, guard: Guard) -> None:
        sent = {urgency: await guard.sends(urgency) for urgency in Urgency}
        for _ in range(12):
            mode = await caravan(guard)
            await time_passes(guard, 9 * HOURS, step=3 * HOURS)
            began = (await guard.history(mode))[0].event
            assert isinstance(began, CaravanBegan)
            ended = CaravanEnded(states=began.states, shelters=began.shelters, how=CaravanEnd.TURNED_OFF)
            await happens(guard, ended, stream=mode)
            await time_passes(guard, 9 * HOURS, step=3 * HOURS)
        await time_passes(guard, 14 * DAYS, step=DAYS)
        for urgency, referral in sent.items():
            rungs = [one.split()[1] for one in await guard.recorded_steps(referral)]
            assert len(rungs) == len(set(rungs)) == {U0: 6, U1: 5, U2: 5, U3: 5}[urgency]
