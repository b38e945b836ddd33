"""Silence cannot go unnoticed: who is notified and when (domain.md §6), for every class and after every outage."""

import pytest

from events.vocabulary import Agency, Role, Urgency
from services.referral.lifecycle.transitions import StaleVersionError, check
from tests.support.builders.escalation import DAYS, HOURS, MINUTES, Silence
from tests.support.models.unanswered_referral import UNANSWERED

U0, U1, U2, U3 = Urgency


@pytest.mark.parametrize("urgency", Urgency)
def test_a_referral_that_nobody_answers_fires_every_step_once(urgency: Urgency) -> None:
    silent = Silence(urgency).passes(14 * DAYS, step=2 * MINUTES if urgency > U1 else MINUTES)
    assert silent.recorded_steps() == UNANSWERED[urgency]
    assert silent.referral.state == "expired"


@pytest.mark.parametrize("urgency", Urgency)
def test_after_an_outage_overdue_steps_fire_in_order_and_each_once(urgency: Urgency) -> None:
    silent = Silence(urgency).outage(14 * DAYS)
    assert [one.partition(" ")[2] for one in silent.recorded_steps()] == [
        one.partition(" ")[2] for one in UNANSWERED[urgency]
    ]
    assert silent.passes(DAYS, step=HOURS).recorded_steps() == silent.recorded_steps()


@pytest.mark.parametrize(("agency", "asked"), [(Agency.ACNUR, "OIM"), (Agency.OIM, "ACNUR"), (Agency.UNICEF, "OIM")])
def test_oim_is_asked_in_place_of_a_silent_desk_and_acnur_in_place_of_oim(agency: Agency, asked: str) -> None:
    silent = Silence(U0, agency).passes(15 * MINUTES)
    assert silent.recorded_steps()[-1].endswith(f"asking {asked}")


def test_an_escalation_does_not_make_a_desks_answer_stale_but_an_expiry_does() -> None:
    silent = Silence(U1)
    read = silent.referral.version
    silent.passes(150 * MINUTES)
    assert silent.referral.version == read + 2
    check(silent.referral, "accept", read, Role.OFFICER)
    with pytest.raises(StaleVersionError):
        check(silent.referral, "accept", read - 1, Role.OFFICER)
    with pytest.raises(StaleVersionError):
        check(silent.referral, "accept", silent.referral.version + 1, Role.OFFICER)
    silent.passes(HOURS)
    with pytest.raises(StaleVersionError):
        check(silent.referral, "accept", read, Role.OFFICER)
    check(silent.referral, "accept", silent.referral.version, Role.OFFICER)
