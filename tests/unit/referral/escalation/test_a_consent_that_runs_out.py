"""When the steps of a consent's clock are due: by the calendar, also in the night of a holiday."""

from datetime import datetime, timedelta

import pytest

from events.referral import ConsentLapsed, DisclosureRenewed, ReferralAccepted, ServiceDelivered
from events.vocabulary import ReferralClock, RenewalReason, SendingBasis, Urgency
from services.chassis.clock import MEXICO
from services.referral.escalation.domain import pending_steps
from tests.support.builders.escalation import DELIVERED, Silence, escalation_policy
from tests.support.builders.referral import BOX, RECEIPT

NIGHT_OF_A_HOLIDAY = datetime(2013, 9, 16, 2, 30, tzinfo=MEXICO)
DAY = timedelta(days=1)


def resting_on_a_consent(until: datetime, urgency: Urgency = Urgency.U3) -> Silence:
    silent = Silence(urgency)
    silent.somebody(ReferralAccepted)
    silent.somebody(
        DisclosureRenewed,
        reason=RenewalReason.CONSENT,
        disclosure=BOX,
        basis=SendingBasis.CONSENT,
        receipt=RECEIPT,
        basis_until=until,
    )
    return silent


def steps(silent: Silence) -> dict[str, datetime]:
    pending = pending_steps(silent.escalation_state, escalation_policy())
    return {one.step.name: one.at for one in pending if one.clock is ReferralClock.CONSENT}


@pytest.mark.parametrize("urgency", Urgency)
def test_they_count_every_hour(urgency: Urgency) -> None:
    assert steps(resting_on_a_consent(NIGHT_OF_A_HOLIDAY, urgency)) == {
        "consent_expires": NIGHT_OF_A_HOLIDAY - DAY,
        "consent_expired": NIGHT_OF_A_HOLIDAY,
        "consent_not_renewed": NIGHT_OF_A_HOLIDAY + 3 * DAY,
    }


def test_the_time_to_renew_counts_from_when_the_person_could_be_asked() -> None:
    silent = resting_on_a_consent(NIGHT_OF_A_HOLIDAY)
    silent.now = NIGHT_OF_A_HOLIDAY + 5 * DAY  # after an outage
    silent.somebody(ConsentLapsed, receipt=RECEIPT, renew_by=silent.now + 3 * DAY)
    assert steps(silent)["consent_not_renewed"] == NIGHT_OF_A_HOLIDAY + 8 * DAY


def test_a_consent_that_does_not_run_out_has_none_and_what_was_delivered_keeps_none() -> None:
    silent = Silence(Urgency.U3)
    assert steps(silent) == {}
    resting = resting_on_a_consent(NIGHT_OF_A_HOLIDAY)
    resting.somebody(ServiceDelivered, **DELIVERED)
    assert steps(resting) == {}
