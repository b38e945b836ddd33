"""What a shelter is alerted of: an answer, a question, a decision that is waited for, a time that ran out, a change."""

from typing import Any

from events.contract import Recorded
from events.notifications import AlertRaised
from events.referral import (
    HelpOffered,
    HelpUnavailable,
    ReferralFrozen,
    ReferralHandedOver,
    WithdrawalContested,
)
from events.vocabulary import Agency, AlertAbout, Duty
from services.chassis.eventlog.unit_of_work import UnitOfWork
from services.notifications.alerts.domain import ACTOR, is_pending, last_raised, shelter_alert
from services.notifications.alerts.raising import record_answer, to_programme, to_shelter

TO_SHELTER = (
    AlertAbout.ANSWER,
    AlertAbout.QUESTION,
    AlertAbout.WAITING,
    AlertAbout.EXPIRY,
    AlertAbout.OFFER,
    AlertAbout.CONTEST,
    AlertAbout.FREEZE,
    AlertAbout.CHANGE,
)
"""What the alerts of one referral to its shelter can be about."""
_GOES_WITH_THE_PERSON = frozenset(TO_SHELTER) - {AlertAbout.ANSWER, AlertAbout.CHANGE}


def alert_of_answer(answered: Recorded[Any], work: UnitOfWork) -> None:
    """An agency decided, or reported what came of it: alerts the shelter, unless it said so itself."""
    to_shelter(answered, work, AlertAbout.ANSWER)


def alert_of_question(asked: Recorded[Any], work: UnitOfWork) -> None:
    """The desk asks something: alerts the shelter."""
    to_shelter(asked, work, AlertAbout.QUESTION)


def alert_of_expiry(expired: Recorded[Any], work: UnitOfWork) -> None:
    """The desk's time or a consent ran out: alerts the shelter."""
    to_shelter(expired, work, AlertAbout.EXPIRY)


def alert_of_freeze(frozen: Recorded[ReferralFrozen], work: UnitOfWork) -> None:
    """A withdrawal made with the slip is to be checked: alerts the shelter, of whose own staff the programme."""
    if frozen.event.agency is Agency.PEAS:
        to_programme(frozen, work, AlertAbout.FREEZE)
    else:
        to_shelter(frozen, work, AlertAbout.FREEZE)


def alert_of_offer(offered: Recorded[HelpOffered], work: UnitOfWork) -> None:
    """The agency that was asked can help: alerts the shelter and the coordinator."""
    to_shelter(offered, work, AlertAbout.OFFER)
    to_programme(offered, work, AlertAbout.OFFER)


def alert_of_no_offer(unavailable: Recorded[HelpUnavailable], work: UnitOfWork) -> None:
    """Every agency that was asked cannot help: alerts the coordinator."""
    if unavailable.event.all_asked:
        to_programme(unavailable, work, AlertAbout.OFFER)


def alert_of_contest(contested: Recorded[WithdrawalContested], work: UnitOfWork) -> None:
    """Two people must decide: alerts the coordinator."""
    to_programme(contested, work, AlertAbout.CONTEST)


def follow_the_person(moved: Recorded[ReferralHandedOver], work: UnitOfWork) -> None:
    """The person is at another shelter: what waits is that shelter's now, which is alerted once for the case."""
    new = moved.event.shelter
    for about in TO_SHELTER:
        alert = shelter_alert(moved.stream, about)
        history = work.history(alert)
        raised = last_raised(history)
        if raised is None or not is_pending(history) or raised.event.shelter == new:
            continue
        record_answer(alert, history, moved, work)
        if about in _GOES_WITH_THE_PERSON:
            changes = {"shelter": new, "duties": (Duty.SHELTER,), "escalation": moved.id, "unreached": False}
            event: AlertRaised = raised.event.model_copy(update=changes)
            work.record(alert, event, case=moved.case, actor=ACTOR, cause=moved)
    to_shelter(moved, work, AlertAbout.CHANGE, stream=moved.case)
