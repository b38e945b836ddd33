"""An alert is an addressee, an urgency and a short code: nothing that could harm the person. Pure.

There are alerts to a desk, to a shelter, and to the programme: its coordinator and whoever runs the system. Each has an
id of its own, derived from what it is about, so that a repeated fact raises no second one.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from events.contract import Event, Recorded
from events.notifications import AlertAnswered, AlertDelivered, AlertRaised, ChannelTested
from events.vocabulary import Agency, AlertAbout, Duty
from services.chassis.ids import short_code, uuid5

ACTOR = "notifications"

DESK_DUTIES = frozenset({Duty.DESK, Duty.ON_CALL, Duty.SUPERVISOR})
"""Duties of an agency's own staff."""
SHELTER_DUTIES = frozenset({Duty.SHELTER, Duty.SHELTER_COORDINATOR})
"""Duties of a shelter's own staff."""
NEEDS_NO_ACT = frozenset(
    {
        AlertAbout.ANSWER,
        AlertAbout.CHANGE,
        AlertAbout.EXPIRY,
        AlertAbout.OFFER,
        AlertAbout.MISUSE,
        AlertAbout.RULES,
        AlertAbout.SECURITY,
    }
)
"""What a shelter or a coordinator is told of that ends as soon as somebody there has read it."""
ON_ITS_WAY = timedelta(minutes=10)
"""For so long an undelivered alert also stands for the next fact of the same kind: its text would be the same."""
_CHAINS: Mapping[bool, tuple[Duty, ...]] = {
    False: (Duty.ON_CALL, Duty.SUPERVISOR, Duty.COORDINATOR),
    True: (Duty.SHELTER_COORDINATOR, Duty.COORDINATOR),
}
"""Who is notified next where nobody could be reached: at a desk, and at a shelter."""


def alert_of(referral: UUID) -> UUID:
    """The id of a referral's alert, or of that of a silence or an access by its stream."""
    return uuid5(referral, "alert")


def alert_to(referral: UUID, agency: Agency) -> UUID:
    """The id of the alert to another agency's desk, after the referral's own desk did not react."""
    return uuid5(referral, f"alert/{agency}")


def desk_alert(stream: UUID, about: AlertAbout) -> UUID:
    """The id of the alert to the own desk about something; about the referral itself it is the referral's."""
    return alert_of(stream) if about is AlertAbout.REFERRAL else uuid5(stream, f"desk/{about}")


def shelter_alert(stream: UUID, about: AlertAbout) -> UUID:
    """The id of the alert to the shelter that holds the case."""
    return uuid5(stream, f"shelter/{about}")


def programme_alert(stream: UUID, about: AlertAbout) -> UUID:
    """The id of the alert to the programme's coordinator or to whoever runs the system."""
    return uuid5(stream, f"programme/{about}")


def unmet_task_alert(stream: UUID) -> UUID:
    """The id of the alert to the programme's coordinator that a task was not possible, or was refused."""
    return uuid5(stream, f"programme/{AlertAbout.OBLIGATION}/unmet")


def representative_alert(referral: UUID) -> UUID:
    """The id of the alert to the agency that speaks for a child whose referral to another one waits."""
    return uuid5(referral, "representative")


def is_for_desk(event: AlertRaised) -> bool:
    """Whether the agency's own staff may know of an alert: not of a silence, a waiting referral, or a shelter's."""
    if event.shelter is not None or event.about is AlertAbout.SILENCE:
        return False
    return event.about in {AlertAbout.REFERRAL, AlertAbout.ACCESS} or not DESK_DUTIES.isdisjoint(event.duties)


def was_for_desk(history: Sequence[Recorded[Event]]) -> bool:
    """Whether the alert was ever raised so that the agency's own staff may know of it."""
    return any(isinstance(fact.event, AlertRaised) and is_for_desk(fact.event) for fact in history)


def last_raised(history: Sequence[Recorded[Event]]) -> Recorded[AlertRaised] | None:
    """The last time the alert was raised; ``None``: never."""
    for fact in reversed(history):
        if isinstance(fact.event, AlertRaised):
            return fact  # type: ignore[return-value]  # its event was just looked at
    return None


def is_answered(history: Sequence[Recorded[Event]]) -> bool:
    """Whether the alert was answered after it was last raised; a test of a channel is raised by whoever asks for it."""
    changes = [fact.event for fact in history if isinstance(fact.event, AlertRaised | AlertAnswered | ChannelTested)]
    return bool(changes) and isinstance(changes[-1], AlertAnswered)


def is_pending(history: Sequence[Recorded[Event]]) -> bool:
    """Whether the alert was raised and nobody has answered since."""
    return last_raised(history) is not None and not is_answered(history)


def is_on_its_way(history: Sequence[Recorded[Event]]) -> bool:
    """Whether the alert is pending and no message about it has left since it was last raised."""
    for fact in reversed(history):
        if isinstance(fact.event, AlertRaised):
            return True
        if isinstance(fact.event, AlertAnswered | AlertDelivered):
            return False
    return False


def code_of(referral: UUID) -> str:
    """Four characters by which a desk finds the referral after signing in; meaningless to anybody else."""
    return short_code(referral)


def next_duty(history: Sequence[Recorded[Event]]) -> Duty | None:
    """The first duty that was not notified since the last answer; ``None``: all were, or the programme itself was."""
    raised = last_raised(history)
    if raised is None or not (raised.event.shelter or was_for_desk(history)):
        return None
    notified: set[Duty] = set()
    for fact in history:
        if isinstance(fact.event, AlertAnswered):
            notified.clear()
        elif isinstance(fact.event, AlertRaised):
            notified.update(fact.event.duties)
    return next((duty for duty in _CHAINS[raised.event.shelter is not None] if duty not in notified), None)


def ends_when_read(history: Sequence[Recorded[Event]], about: AlertAbout, shelter: str | None) -> bool:
    """Whether the alert asks for nothing: a shelter's or the programme's that ends as soon as somebody has read it."""
    if not history or was_for_desk(history):
        return False
    raised = last_raised(history)
    unmet = raised is not None and history[0].stream == unmet_task_alert(raised.event.referral)
    return about in NEEDS_NO_ACT or unmet or (about is AlertAbout.WAITING and shelter is None)


def is_delivered(history: Sequence[Recorded[Event]]) -> bool:
    """Whether a channel took the alert after the last answer."""
    delivered = False
    for fact in history:
        if isinstance(fact.event, AlertAnswered):
            delivered = False
        elif isinstance(fact.event, AlertDelivered):
            delivered = True
    return delivered
