"""A clock of a referral fired a step: whom it names is alerted, each by an alert of their own."""

from collections.abc import Mapping
from uuid import UUID

from events.contract import Recorded
from events.notifications import AlertRaised
from events.referral import ReferralEscalated
from events.vocabulary import Agency, AlertAbout, Duty, ReferralClock
from services.chassis.eventlog.unit_of_work import UnitOfWork
from services.notifications.alerts.desk_reactions import is_waiting
from services.notifications.alerts.domain import (
    ACTOR,
    DESK_DUTIES,
    SHELTER_DUTIES,
    alert_of,
    alert_to,
    code_of,
    is_pending,
    last_raised,
    representative_alert,
)
from services.notifications.alerts.raising import record_alert, to_desk, to_programme, to_shelter

REPRESENTATIVE = Agency.UNICEF
"""The agency whose desk speaks for a child without anybody."""
_ABOUT: Mapping[ReferralClock, AlertAbout] = {
    ReferralClock.WAITING: AlertAbout.WAITING,
    ReferralClock.CORRECTION: AlertAbout.CHANGE,
    ReferralClock.CONSENT: AlertAbout.EXPIRY,
    ReferralClock.CONTEST: AlertAbout.CONTEST,
    ReferralClock.FREEZE: AlertAbout.FREEZE,
}
"""What a step of these clocks is about; of every other it is the referral itself."""
_TO_SHELTER: Mapping[ReferralClock, AlertAbout] = {
    **_ABOUT,
    ReferralClock.CHANGE: AlertAbout.CHANGE,
    ReferralClock.CONFIRM: AlertAbout.ANSWER,
    ReferralClock.REROUTE: AlertAbout.ANSWER,
}
_APART = frozenset({AlertAbout.WAITING, AlertAbout.EXPIRY, AlertAbout.CONTEST, AlertAbout.FREEZE})
"""What the programme is alerted to apart from the desk."""


def notify_next(escalated: Recorded[ReferralEscalated], work: UnitOfWork) -> None:
    """Alerts the desk, the shelter, the programme and the agency that is asked, as far as the step names them."""
    event = escalated.event
    waits = event.clock is ReferralClock.WAITING or (
        event.clock is ReferralClock.FOLLOW_UP and is_waiting(escalated, work)
    )
    about = AlertAbout.WAITING if waits else _ABOUT.get(event.clock, AlertAbout.REFERRAL)
    desk = [duty for duty in event.whom if duty in DESK_DUTIES]
    shelter = [duty for duty in event.whom if duty in SHELTER_DUTIES]
    programme = [duty for duty in event.whom if duty in {Duty.COORDINATOR, Duty.STEERING}]
    if Duty.OPERATOR in event.whom:
        to_programme(escalated, work, about, (Duty.OPERATOR,))
    instead = (waits and desk) or (event.agency is Agency.PEAS and shelter)
    if Duty.REPRESENTATIVE in event.whom and event.asked is REPRESENTATIVE:
        _to_representative(escalated, work)
    elif Duty.REPRESENTATIVE in event.whom or instead:
        programme = list(dict.fromkeys([*programme, Duty.COORDINATOR]))
    if about not in _APART:
        _to_own_desk(escalated, about, tuple(duty for duty in event.whom if duty in {*desk, *programme}), work)
    else:
        if desk and not waits:
            to_desk(escalated, work, about, tuple(desk))
        if programme:
            to_programme(escalated, work, about, tuple(programme))
    if shelter:
        to_shelter(escalated, work, _TO_SHELTER.get(event.clock, _or_expiry(about)), tuple(shelter))
    if event.asked is not None and Duty.FALLBACK in event.whom and not waits:
        _raise(alert_to(escalated.stream, event.asked), event.asked, (Duty.DESK,), escalated, work)


def _or_expiry(about: AlertAbout) -> AlertAbout:
    """A shelter is not alerted to a referral itself, but to the time that ran out."""
    return AlertAbout.EXPIRY if about is AlertAbout.REFERRAL else about


def _to_own_desk(
    escalated: Recorded[ReferralEscalated], about: AlertAbout, duties: tuple[Duty, ...], work: UnitOfWork
) -> None:
    """The desk, its supervisor and the coordinator are alerted to the same, so that one answer ends it."""
    if duties and about is AlertAbout.REFERRAL:
        _raise(alert_of(escalated.stream), escalated.event.agency, duties, escalated, work)
    elif duties:
        to_desk(escalated, work, about, duties)


def _raise(
    alert: UUID, agency: Agency, duties: tuple[Duty, ...], escalated: Recorded[ReferralEscalated], work: UnitOfWork
) -> None:
    history = work.history(alert)
    last = last_raised(history)
    event = AlertRaised(
        referral=escalated.stream,
        agency=agency,
        urgency=escalated.event.urgency,
        code=code_of(escalated.stream),
        duties=duties,
        escalation=escalated.id,
        asked=agency is not escalated.event.agency,
        desk=None if last is None else last.event.desk,
        formerly=last.event.formerly if last is not None and is_pending(history) else None,
        caravan=any(isinstance(fact.event, AlertRaised) and fact.event.caravan for fact in history),
    )
    work.record(alert, event, case=escalated.case, actor=ACTOR, cause=escalated)


def _to_representative(escalated: Recorded[ReferralEscalated], work: UnitOfWork) -> None:
    """Whoever speaks for the child learns that a decision is waited for, and a code; not whose referral waits."""
    event = AlertRaised(
        referral=escalated.stream,
        agency=REPRESENTATIVE,
        urgency=escalated.event.urgency,
        code=code_of(escalated.stream),
        escalation=escalated.id,
        asked=True,
        about=AlertAbout.WAITING,
    )
    record_alert(representative_alert(escalated.stream), event, escalated, work)
