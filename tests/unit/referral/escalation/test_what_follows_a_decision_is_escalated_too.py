"""After a decision the next clock runs: until the service begins, the referral is rerouted or the help is confirmed."""

from datetime import timedelta

import pytest

from events.referral import (
    LoopClosed,
    ReferralAccepted,
    ReferralDeclined,
    ReferralRerouted,
    ServiceDelivered,
    ServiceScheduled,
    ServiceStarted,
)
from events.vocabulary import Agency, Confirmation, Urgency
from tests.support.builders.escalation import DAYS, DECLINED, DELIVERED, HOURS, MINUTES, Silence
from tests.support.builders.referral import REPLACEMENT, START

U0, U1, U2, U3 = Urgency


@pytest.mark.parametrize(("urgency", "serve_by"), [(U0, 4 * HOURS), (U1, DAYS), (U2, 3 * DAYS), (U3, 14 * DAYS)])
def test_a_service_that_has_not_begun_is_escalated_and_the_referral_stays_accepted(
    urgency: Urgency, serve_by: timedelta
) -> None:
    silent = Silence(urgency)
    silent.somebody(ReferralAccepted)
    silent.somebody(ServiceScheduled, clear_appointment_at=START + 30 * DAYS)
    assert silent.next == serve_by
    assert silent.passes(30 * DAYS, step=HOURS).recorded_steps() == [
        f"{serve_by // HOURS}:00 serve/service_missed tells supervisor+coordinator"
    ]
    assert silent.referral.state == "scheduled"


def test_a_service_that_began_in_time_is_nobodys_worry() -> None:
    silent = Silence(U0)
    silent.somebody(ReferralAccepted)
    silent.passes(3 * HOURS)
    silent.somebody(ServiceStarted)
    assert silent.next == 3 * HOURS + 7 * DAYS, "asked for each week"
    assert silent.passes(DAYS).recorded_steps() == []


@pytest.mark.parametrize("urgency", Urgency)
def test_a_decline_that_nobody_reroutes_is_escalated_within_a_quarter_of_an_hour(urgency: Urgency) -> None:
    silent = Silence(urgency).passes(2 * MINUTES)
    silent.somebody(ReferralDeclined, **DECLINED)
    assert silent.passes(2 * DAYS).recorded_steps() == ["0:17 reroute/not_rerouted tells coordinator"]


def test_a_decline_that_was_rerouted_is_not_escalated() -> None:
    silent = Silence(U1)
    silent.somebody(ReferralDeclined, **DECLINED)
    silent.passes(14 * MINUTES)
    silent.somebody(ReferralRerouted, to=Agency.OIM, linked=REPLACEMENT)
    assert silent.passes(DAYS).recorded_steps() == []


@pytest.mark.parametrize("urgency", Urgency)
def test_help_that_nobody_confirms_for_fourteen_days_is_closed_as_unconfirmed(urgency: Urgency) -> None:
    silent = Silence(urgency)
    silent.somebody(ReferralAccepted)
    silent.somebody(ServiceDelivered, **DELIVERED)
    assert silent.passes(14 * DAYS - MINUTES, step=HOURS).recorded_steps() == []
    assert silent.passes(2 * MINUTES).recorded_steps() == ["336:00 closed unconfirmed"]
    closed = silent.history[-1].event
    assert isinstance(closed, LoopClosed)
    assert closed.confirmation is Confirmation.UNCONFIRMED
    assert (silent.referral.state, silent.next) == ("loop_closed", None)


def test_what_the_shelter_confirmed_the_clock_leaves_alone() -> None:
    silent = Silence(U1)
    silent.somebody(ReferralAccepted)
    silent.somebody(ServiceDelivered, **DELIVERED)
    silent.passes(DAYS, step=HOURS)
    silent.somebody(LoopClosed, confirmation=Confirmation.PARTLY)
    before = len(silent.history)
    silent.passes(30 * DAYS, step=HOURS)
    assert len(silent.history) == before
