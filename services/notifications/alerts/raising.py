"""Records alerts in a unit of work: to the desk, to the shelter that holds the case, or to the programme."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from events.contract import Event, Recorded
from events.notifications import AlertAnswered, AlertRaised
from events.referral import ReferralFact
from events.vocabulary import LEAD_AGENCY, Agency, AlertAbout, Duty, Urgency
from services.chassis.eventlog.unit_of_work import UnitOfWork
from services.notifications.alerts.domain import (
    ACTOR,
    ON_ITS_WAY,
    alert_of,
    code_of,
    desk_alert,
    is_answered,
    is_on_its_way,
    last_raised,
    programme_alert,
    shelter_alert,
    was_for_desk,
)

ONLY_TOLD = frozenset({AlertAbout.ANSWER, AlertAbout.CHANGE})
"""Of everything else somebody at the shelter must do something, whoever caused it."""

Referral = Recorded[Any]
"""A fact of one referral."""


def to_desk(
    fact: Referral,
    work: UnitOfWork,
    about: AlertAbout,
    duties: tuple[Duty, ...] = (Duty.DESK,),
    not_before: datetime | None = None,
) -> None:
    """Alerts the desk that the referral was last sent to. What was never sent to a desk it does not learn of."""
    main = work.history(alert_of(fact.stream))
    sent = last_raised(main)
    if sent is None:
        return
    changes: dict[str, object] = {"duties": duties, "about": about, "escalation": fact.id, "unreached": False}
    changes |= {"not_before": not_before, "urgency": urgency_of(fact, work)}
    changes |= {"formerly": None if is_answered(main) else sent.event.formerly}
    record_alert(desk_alert(fact.stream, about), sent.event.model_copy(update=changes), fact, work)


def to_shelter(
    fact: Referral,
    work: UnitOfWork,
    about: AlertAbout,
    duties: tuple[Duty, ...] = (Duty.SHELTER,),
    *,
    stream: UUID | None = None,
) -> None:
    """Alerts the shelter that holds the case. What it is only told of it is not told if it caused that itself.

    A report about a shelter's own staff (PEAS) stays hidden from it.
    """
    event: ReferralFact = fact.event
    if event.agency is Agency.PEAS or (about in ONLY_TOLD and is_caused_by(event.shelter, fact)):
        return
    raised = AlertRaised(
        referral=fact.stream,
        agency=event.agency,
        urgency=urgency_of(fact, work),
        code=code_of(fact.stream),
        duties=duties,
        escalation=fact.id,
        about=about,
        shelter=event.shelter,
    )
    record_alert(shelter_alert(stream or fact.stream, about), raised, fact, work)


def to_programme(
    fact: Referral, work: UnitOfWork, about: AlertAbout, duties: tuple[Duty, ...] = (Duty.COORDINATOR,)
) -> None:
    """Alerts the programme's coordinator, or whoever runs the system. No agency learns of it.

    The recipient of a referral that waits is not named: it could tell a restricted category.
    """
    event: ReferralFact = fact.event
    raised = AlertRaised(
        referral=fact.stream,
        agency=LEAD_AGENCY if about is AlertAbout.WAITING else event.agency,
        urgency=urgency_of(fact, work),
        code=code_of(fact.stream),
        duties=duties,
        escalation=fact.id,
        about=about,
    )
    record_alert(programme_alert(fact.stream, about), raised, fact, work)


def record_alert(alert: UUID, event: AlertRaised, fact: Recorded[Any], work: UnitOfWork) -> None:
    """Raises an alert, or raises it again; not if a message that says the same to the same is still to leave."""
    history = work.history(alert)
    last = last_raised(history)
    if last is not None and is_on_its_way(history) and fact.recorded_at - last.recorded_at < ON_ITS_WAY:
        before = last.event
        same = (before.shelter, before.desk, before.formerly) == (event.shelter, event.desk, event.formerly)
        later = event.not_before is not None or before.not_before is None
        if same and later and set(event.duties) <= set(before.duties) and before.urgency <= event.urgency:
            return
    work.record(alert, event, case=fact.case, actor=ACTOR, cause=fact)


def record_answer(alert: UUID, history: Sequence[Recorded[Event]], fact: Recorded[Any], work: UnitOfWork) -> None:
    """Ends an alert that nobody has answered yet."""
    raised = last_raised(history)
    if raised is not None and not is_answered(history):
        work.record(alert, answer_to(history), case=fact.case, actor=ACTOR, cause=fact)


def answer_to(history: Sequence[Recorded[Event]]) -> AlertAnswered:
    """The event that ends an alert.

    Raises:
        LookupError: the alert was never raised.
    """
    raised = last_raised(history)
    if raised is None:
        raise LookupError
    event, of_desk = raised.event, was_for_desk(history)
    return AlertAnswered(referral=event.referral, agency=event.agency, shelter=event.shelter, of_desk=of_desk)


def is_caused_by(shelter: str, fact: Recorded[Any]) -> bool:
    """Whether somebody of the shelter did what the fact tells; an actor is ``role:organisation:label``."""
    _, _, rest = fact.actor.partition(":")
    return rest.partition(":")[0] == shelter


def urgency_of(fact: Recorded[Any], work: UnitOfWork) -> Urgency:
    """The referral's class by the fact itself, or as its desk was last alerted; otherwise one that never waits."""
    urgency = getattr(fact.event, "urgency", None)
    if urgency is not None:
        return Urgency(urgency)
    sent = last_raised(work.history(alert_of(fact.stream)))
    return Urgency.U1 if sent is None else sent.event.urgency
