"""What organisations were alerted of: from the facts of the notification service. Pure."""

from collections.abc import Iterable, Iterator
from uuid import UUID

from events.contract import Event, Recorded
from events.notifications import AlertAnswered, AlertDelivered, AlertNotDelivered, AlertRaised
from events.vocabulary import Duty
from services.audit.knowledge.domain import Attempt, Notice
from services.audit.prose.people import ABOVE_ALL, duty_of
from services.chassis.authorization.policy import EVERYWHERE

OF_A_DESK = frozenset({Duty.DESK, Duty.ON_CALL, Duty.SUPERVISOR})


def notices_by_organisation(facts: Iterable[Recorded[Event]]) -> dict[str, list[Notice]]:
    """By organisation: its alerts, oldest first, each with the attempts to deliver it and its answer.

    An alert that nobody at a desk answered is the coordination's, too, from the moment it was raised to it.
    """
    found: dict[tuple[UUID, str], Notice] = {}
    for fact in facts:
        event = fact.event
        match event:
            case AlertRaised():
                for org in _addressees(event):
                    notice = found.get((fact.stream, org))
                    if notice is None:
                        found[fact.stream, org] = _notice(fact, event)
                    else:
                        notice.urgency, notice.answered_at = min(notice.urgency, event.urgency), None
                        notice.duties += tuple(duty for duty in event.duties if duty not in notice.duties)
            case AlertAnswered():
                for notice in _of(found, fact.stream):
                    notice.answered_at = fact.recorded_at
            case AlertDelivered() | AlertNotDelivered():
                _attempted(found, fact, event)
    by_organisation: dict[str, list[Notice]] = {}
    for (_, org), notice in found.items():
        by_organisation.setdefault(org, []).append(notice)
    return by_organisation


def _addressees(event: AlertRaised) -> list[str]:
    if event.shelter is not None:
        return [event.shelter]
    above = not ABOVE_ALL.isdisjoint(event.duties)
    below = not OF_A_DESK.isdisjoint(event.duties) or not above
    return [org for org, told in ((event.agency, below), (EVERYWHERE, above)) if told]


def _notice(fact: Recorded[Event], event: AlertRaised) -> Notice:
    return Notice(
        alert=fact.stream,
        at=fact.recorded_at,
        about=event.about,
        urgency=event.urgency,
        code=event.code,
        duties=event.duties,
        asked=event.asked,
    )


def _attempted(
    found: dict[tuple[UUID, str], Notice], fact: Recorded[Event], event: AlertDelivered | AlertNotDelivered
) -> None:
    """Adds an attempt to the notice of whom it went to: a mailbox's code tells its duty, a person's does not."""
    attempt = Attempt(
        at=fact.recorded_at,
        channel=event.channel,
        contact=event.contact,
        number=event.attempt,
        taken=isinstance(event, AlertDelivered),
    )
    to_programme = duty_of(event.contact) in ABOVE_ALL
    notices = list(_of(found, fact.stream))
    of_programme = found.get((fact.stream, EVERYWHERE))
    below = [notice for notice in notices if notice is not of_programme]
    chosen = of_programme if to_programme or not below else below[0]
    if chosen is not None:
        chosen.attempts.append(attempt)


def _of(found: dict[tuple[UUID, str], Notice], alert: UUID) -> Iterator[Notice]:
    return (notice for (stream, _), notice in found.items() if stream == alert)
