"""On a real log a referral that nobody answers is escalated step by step, until somebody acts."""

from uuid import uuid4

import pytest

from events.referral import (
    DeletionConfirmed,
    DeletionDue,
    InfoRequested,
    InfoSupplied,
    ReferralAccepted,
    ReferralAcknowledged,
    ReferralDeclined,
    ReferralFailed,
    ReferralRerouted,
    ReferralWithdrawn,
    ServiceDelivered,
)
from events.vocabulary import Agency, DeclineReason, Outcome, Urgency
from services.chassis.errors import VersionConflictError
from services.chassis.eventlog.append import Append, Appended
from services.referral.escalation import queries
from tests.support.builders.escalation import DAYS, HOURS, MINUTES, escalation_policy
from tests.support.builders.referral import BOX, START
from tests.support.models.unanswered_referral import UNANSWERED
from tests.support.system.schedulers import Guard

U0, U1, U2, U3 = Urgency


class TestAReferralThatNobodyAnswers:
    async def test_fires_every_step_of_its_class(self, guard: Guard) -> None:
        sent = {urgency: await guard.sends(urgency) for urgency in Urgency}
        await guard.until_nothing_is_due()
        for urgency, referral in sent.items():
            assert await guard.recorded_steps(referral) == UNANSWERED[urgency]
            for fact in (await guard.history(referral))[2:]:
                assert fact.actor == f"clock:{escalation_policy().version}"
        assert set(await guard.timers()) == set(sent.values()), "followed up until somebody acts"

    async def test_is_caught_up_with_after_an_outage_in_order_and_once(self, guard: Guard) -> None:
        sent = {urgency: await guard.sends(urgency) for urgency in Urgency for _ in range(40)}
        guard.hours.pass_(12 * DAYS)
        await guard.run_due()
        for urgency, referral in sent.items():
            recorded_steps = [one.partition(" ")[2] for one in await guard.recorded_steps(referral)]
            assert recorded_steps == [one.partition(" ")[2] for one in UNANSWERED[urgency]]

    async def test_is_escalated_before_any_less_urgent_one_however_long_that_has_been_due(
        self, guard: Guard, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(queries, "BATCH_SIZE", 1)
        old = [await guard.sends(urgency) for urgency in (U3, U2, U1)]
        guard.hours.pass_(6 * DAYS)
        urgent = await guard.sends(U0)
        guard.hours.pass_(15 * MINUTES)
        assert await guard.escalations.run_due() == 1
        assert len(await guard.recorded_steps(urgent)) == 3
        assert [await guard.recorded_steps(one) for one in old] == [[], [], []]

    async def test_reminds_its_desk_of_a_deletion_at_once_and_when_it_is_overdue(self, guard: Guard) -> None:
        withdrawn, ended, confirmed = [await guard.sends(U2) for _ in range(3)]
        due = {"reason": "consent_withdrawn", "receipt": uuid4(), "confirm_deletion_by": START + 72 * HOURS}
        await guard.somebody(ended, ReferralAccepted)
        await guard.somebody(ended, ReferralFailed, clear_outcome=Outcome.NO_SHOW)
        for referral, kind in ((withdrawn, ReferralWithdrawn), (ended, DeletionDue), (confirmed, ReferralWithdrawn)):
            await guard.somebody(referral, kind, **due)
        guard.hours.pass_(HOURS)
        await guard.run_due()
        await guard.somebody(confirmed, DeletionConfirmed)
        await guard.until_nothing_is_due()
        recorded_steps = [
            "0:01 deletion/deletion_due tells desk",
            "57:36 deletion/deletion_reminder tells desk+supervisor",
            "72:00 deletion/deletion_overdue tells supervisor+coordinator",
        ]
        for referral in (withdrawn, ended):
            found = await guard.recorded_steps(referral)
            assert [one.split(" ", 1)[1] for one in found] == [one.split(" ", 1)[1] for one in recorded_steps]
            assert found[1:] == recorded_steps[1:]
        assert len(await guard.recorded_steps(confirmed)) == 1

    async def test_is_read_again_later_when_others_keep_writing_to_it(
        self, guard: Guard, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        referral = await guard.sends(U0)
        guard.hours.pass_(5 * MINUTES)

        async def taken(_: Append) -> Appended:
            raise VersionConflictError

        with monkeypatch.context() as others:
            others.setattr(guard.log, "append", taken)
            assert await guard.escalations.run_due() == 0, "it would look again at once, for ever"
        assert await guard.escalations.run_due() == 1
        assert await guard.recorded_steps(referral) == UNANSWERED[U0][:1]

    async def test_is_left_alone_as_soon_as_somebody_acts(self, guard: Guard) -> None:
        acknowledged, accepted = await guard.sends(U0), await guard.sends(U1)
        guard.hours.pass_(5 * MINUTES)
        await guard.run_due()
        await guard.somebody(acknowledged, ReferralAcknowledged)
        await guard.somebody(accepted, ReferralAccepted)
        guard.hours.pass_(50 * MINUTES)
        await guard.run_due()
        assert await guard.recorded_steps(acknowledged) == UNANSWERED[U0][:1]
        assert await guard.recorded_steps(accepted) == []
        timers = await guard.timers()
        assert timers[acknowledged] == START + 60 * MINUTES
        assert timers[accepted] == START + DAYS  # the service is to begin by then

    async def test_is_not_closed_while_it_goes_on_and_is_when_nobody_confirms(self, guard: Guard) -> None:
        declined, rerouted, delivered = [await guard.sends(U1) for _ in range(3)]
        for referral in (declined, rerouted):
            await guard.somebody(referral, ReferralDeclined, reason=DeclineReason.NO_CAPACITY)
        await guard.somebody(rerouted, ReferralRerouted, to=Agency.OIM, linked=uuid4())
        await guard.somebody(delivered, ReferralAccepted)
        await guard.somebody(delivered, ServiceDelivered, clear_outcome=Outcome.SERVICE_DELIVERED)
        await guard.until_nothing_is_due()
        assert await guard.recorded_steps(declined) == ["0:15 reroute/not_rerouted tells coordinator"]
        assert await guard.recorded_steps(rerouted) == []
        assert await guard.recorded_steps(delivered) == ["336:00 closed unconfirmed"]

    async def test_waits_for_the_shelters_answer_but_not_for_ever(self, guard: Guard) -> None:
        answered, never = await guard.sends(U1), await guard.sends(U1)
        for referral in (answered, never):
            await guard.somebody(referral, InfoRequested, question=BOX)
        guard.hours.pass_(30 * MINUTES)
        await guard.somebody(answered, InfoSupplied, answer=BOX)
        await guard.until_nothing_is_due()
        assert (await guard.recorded_steps(answered))[2] == "3:30 expired"
        assert (await guard.recorded_steps(never))[2] == "4:00 expired"
