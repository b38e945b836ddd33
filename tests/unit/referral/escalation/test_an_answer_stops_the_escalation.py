"""An answer stops the clock it answers, at once, and no other."""

from datetime import timedelta
from typing import Any

import pytest

from events.contract import Event
from events.referral import ReferralAccepted, ReferralAcknowledged, ReferralCancelled, ReferralDeclined
from events.vocabulary import Urgency
from tests.support.builders.escalation import DAYS, DECLINED, HOURS, MINUTES, Silence
from tests.support.models.unanswered_referral import UNANSWERED

U0, U1, U2, U3 = Urgency


def test_an_acknowledgement_stops_the_alerts_of_a_u0_at_once_but_not_its_decision_deadline() -> None:
    silent = Silence(U0).passes(7 * MINUTES)
    silent.somebody(ReferralAcknowledged)
    assert silent.passes(50 * MINUTES).recorded_steps() == UNANSWERED[U0][:1]
    assert silent.passes(DAYS).recorded_steps() == UNANSWERED[U0][:1] + UNANSWERED[U0][3:]


@pytest.mark.parametrize("urgency", [U1, U2, U3])
def test_an_acknowledgement_does_not_excuse_from_deciding(urgency: Urgency) -> None:
    silent = Silence(urgency)
    silent.somebody(ReferralAcknowledged)
    assert silent.passes(14 * DAYS, step=2 * MINUTES).recorded_steps() == UNANSWERED[urgency]


@pytest.mark.parametrize("urgency", Urgency)
@pytest.mark.parametrize(
    ("kind", "says"),
    [(ReferralAccepted, {}), (ReferralDeclined, DECLINED), (ReferralCancelled, {})],
    ids=["accepted", "declined", "cancelled"],
)
def test_a_decision_stops_the_escalation_at_once(urgency: Urgency, kind: type[Event], says: dict[str, Any]) -> None:
    """Just before any step: from then on, no step of that clock fires."""
    for rung in UNANSWERED[urgency]:
        hours, minutes = rung.partition(" ")[0].split(":")
        silent = Silence(urgency).outage(int(hours) * HOURS + int(minutes) * MINUTES - timedelta(seconds=1))
        before = silent.recorded_steps()
        silent.somebody(kind, **says)
        silent.passes(30 * DAYS, step=HOURS)
        since = silent.recorded_steps()[len(before) :]
        assert [one for one in since if "acknowledge/" in one or "decide/" in one or "expired" in one] == []


def test_a_desk_may_still_take_what_expired_and_it_does_not_expire_again() -> None:
    silent = Silence(U1).passes(3 * HOURS)
    assert silent.referral.state == "expired"
    silent.somebody(ReferralAcknowledged)
    assert silent.referral.state == "acknowledged"
    assert silent.passes(3 * DAYS, step=10 * MINUTES).recorded_steps() == UNANSWERED[U1]
    assert silent.referral.state == "acknowledged"
