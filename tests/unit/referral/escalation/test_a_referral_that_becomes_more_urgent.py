"""A referral that becomes more urgent is escalated by its new class."""

from events.referral import ReferralReassessed
from events.vocabulary import RiskCategory, Urgency
from tests.support.builders.escalation import DAYS, HOURS, Silence, deadlines_of
from tests.support.builders.referral import BOX
from tests.support.models.unanswered_referral import UNANSWERED

U0, U1, U2, U3 = Urgency


def more_urgent(silent: Silence, urgency: Urgency) -> None:
    silent.somebody(
        ReferralReassessed,
        urgency=urgency,
        categories=(RiskCategory.MED,),
        rule_set="2013.1",
        grounds=BOX,
        deadlines=deadlines_of(urgency, silent.now),
    )


def test_a_referral_that_becomes_more_urgent_is_escalated_by_its_new_class() -> None:
    silent = Silence(U2).passes(13 * HOURS)
    more_urgent(silent, U0)
    assert silent.passes(2 * DAYS).recorded_steps() == [
        "12:00 decide/reminder tells desk",
        "13:05 acknowledge/on_call tells on_call",
        "13:10 acknowledge/supervisor tells supervisor",
        "13:15 acknowledge/fallback tells coordinator+fallback asking OIM",
        "14:00 expired",
        "14:00 decide/deadline_missed tells supervisor+coordinator+fallback asking OIM",
        "14:30 decide/steering tells steering",
    ]


def test_an_expired_referral_that_becomes_more_urgent_is_escalated_again_but_expires_only_once() -> None:
    silent = Silence(U1).passes(5 * HOURS)
    more_urgent(silent, U0)
    again = silent.passes(DAYS).recorded_steps()[len(UNANSWERED[U1]) :]
    assert [one.partition(" ")[2] for one in again] == [one.partition(" ")[2] for one in UNANSWERED[U0][4:]]
