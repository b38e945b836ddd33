"""A desk's question pauses its decide clock, for no longer than the class allows (domain.md §6)."""

from datetime import timedelta

import pytest

from events.referral import InfoRequested, InfoSupplied, ReferralAccepted
from events.vocabulary import Urgency
from services.referral.escalation import moments
from services.referral.escalation.domain import next_due_at
from services.referral.escalation.state import EscalationState
from tests.support.builders.escalation import DAYS, HOURS, MINUTES, Silence, deadlines_of, escalation_policy
from tests.support.builders.referral import BOX, START
from tests.support.models.unanswered_referral import UNANSWERED

U0, U1, U2, U3 = Urgency
PAUSES = {U0: 0 * HOURS, U1: HOURS, U2: 12 * HOURS, U3: 24 * HOURS}


class TestAQuestion:
    @pytest.mark.parametrize("urgency", Urgency)
    def test_that_is_never_answered_stops_the_decide_clock_no_longer_than_the_class_allows(
        self, urgency: Urgency
    ) -> None:
        silent = Silence(urgency).passes(MINUTES)
        silent.somebody(InfoRequested, question=BOX)
        decide_by = deadlines_of(urgency).decide_by + PAUSES[urgency]
        assert moments.decide_by(EscalationState.of(silent.referral)) == decide_by
        silent.outage(decide_by - silent.now - timedelta(seconds=1))
        assert silent.referral.state == "info_requested"
        assert silent.outage(timedelta(seconds=1)).referral.state == "expired"

    @pytest.mark.parametrize("urgency", [U1, U2, U3])
    def test_that_is_answered_moves_what_is_left_by_as_long_as_it_was_open(self, urgency: Urgency) -> None:
        silent = Silence(urgency).passes(10 * MINUTES)
        silent.somebody(InfoRequested, question=BOX)
        silent.passes(20 * MINUTES)
        silent.somebody(InfoSupplied, answer=BOX)
        first = next_due_at(EscalationState.of(Silence(urgency).referral), escalation_policy())
        assert first is not None
        assert silent.next == first - START + 20 * MINUTES
        assert moments.decide_by(EscalationState.of(silent.referral)) == deadlines_of(urgency).decide_by + 20 * MINUTES

    @pytest.mark.parametrize("urgency", [U1, U2, U3])
    def test_that_was_open_for_too_long_moves_it_by_no_more_than_the_class_allows(self, urgency: Urgency) -> None:
        silent = Silence(urgency).passes(10 * MINUTES)
        silent.somebody(InfoRequested, question=BOX)
        silent.now += PAUSES[urgency] + 5 * MINUTES
        silent.somebody(InfoSupplied, answer=BOX)
        assert (
            moments.decide_by(EscalationState.of(silent.referral)) == deadlines_of(urgency).decide_by + PAUSES[urgency]
        )

    def test_does_not_fire_a_step_again(self) -> None:
        silent = Silence(U1).passes(100 * MINUTES)
        silent.somebody(InfoRequested, question=BOX)
        silent.passes(30 * MINUTES)
        silent.somebody(InfoSupplied, answer=BOX)
        assert silent.passes(DAYS).recorded_steps() == [
            "1:30 decide/reminder tells desk",
            "2:54 decide/supervisor tells supervisor",
            "3:30 expired",
            "3:30 decide/deadline_missed tells supervisor+coordinator+fallback asking OIM",
            "5:00 decide/steering tells steering",
        ]

    def test_does_not_stop_the_clock_of_a_u0(self) -> None:
        silent = Silence(U0)
        silent.somebody(InfoRequested, question=BOX)
        assert silent.passes(DAYS).recorded_steps() == UNANSWERED[U0][3:]

    def test_stops_no_other_clock(self) -> None:
        asked, other = Silence(U1), Silence(U1)
        asked.somebody(InfoRequested, question=BOX)
        for silent in (asked, other):
            silent.somebody(ReferralAccepted)
            silent.passes(2 * DAYS, step=10 * MINUTES)
        assert (
            asked.recorded_steps()
            == other.recorded_steps()
            == ["24:00 serve/service_missed tells supervisor+coordinator"]
        )
