"""When the notification service tells a desk, and when it stops."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from uuid import UUID

from events.contract import Event, Recorded
from events.notifications import AlertAnswered, AlertRaised
from events.referral import ReferralEscalated, ReferralFact, ReferralReassessed, ReferralRequested
from events.vocabulary import Agency, Duty
from services.chassis.reacting import Prepare, Reaction
from services.chassis.workspace import Workspace
from services.notifications.domain import STOPS, alert_of, alert_to, code_of, is_answered

ACTOR = "notifications"


def load_alerts(ready: Callable[[], Awaitable[None]]) -> Prepare:
    """Reads, for a whole batch, the alerts that it touches; first of all waits until the desks' contacts are known."""

    async def prepare(facts: Sequence[Recorded[Event]], workspace: Workspace) -> None:
        await ready()
        await workspace.load(alert for fact in facts for alert in _alerts_of(fact))

    return prepare


def raise_alert(requested: Recorded[ReferralRequested], workspace: Workspace) -> None:
    """A referral was sent: its desk is alerted, once."""
    alert = alert_of(requested.stream)
    if workspace.history(alert):
        return
    event = AlertRaised(
        referral=requested.stream,
        agency=requested.event.agency,
        urgency=requested.event.urgency,
        code=code_of(requested.stream),
        desk=requested.event.desk,
    )
    workspace.record(alert, event, case=requested.case, actor=ACTOR, cause=requested)


def raise_again(reassessed: Recorded[ReferralReassessed], workspace: Workspace) -> None:
    """The referral became more urgent before anybody answered: the desk is alerted of that too."""
    alert = alert_of(reassessed.stream)
    history = workspace.history(alert)
    raised = [fact.event for fact in history if isinstance(fact.event, AlertRaised)]
    if not raised or is_answered(history) or raised[-1].urgency <= reassessed.event.urgency:
        return
    told = dict.fromkeys(duty for one in raised for duty in one.duties)
    desk = reassessed.event.desk or raised[-1].desk
    changes: dict[str, object] = {"urgency": reassessed.event.urgency, "duties": tuple(told), "escalation": None}
    changes |= {"desk": desk, "unreached": False}
    event = raised[-1].model_copy(update=changes)
    workspace.record(alert, event, case=reassessed.case, actor=ACTOR, cause=reassessed)


def tell_the_next(escalated: Recorded[ReferralEscalated], workspace: Workspace) -> None:
    """A rung was climbed: its people are alerted, and the desk of an agency that is asked; all in the same words."""
    event = escalated.event
    own = tuple(duty for duty in event.whom if duty is not Duty.FALLBACK)
    if own:
        _raise(alert_of(escalated.stream), event.agency, own, escalated, workspace)
    if event.asked is not None:
        _raise(alert_to(escalated.stream, event.asked), event.asked, (Duty.DESK,), escalated, workspace)


def _raise(
    alert: UUID, agency: Agency, duties: tuple[Duty, ...], escalated: Recorded[ReferralEscalated], workspace: Workspace
) -> None:
    event = AlertRaised(
        referral=escalated.stream,
        agency=agency,
        urgency=escalated.event.urgency,
        code=code_of(escalated.stream),
        duties=duties,
        escalation=escalated.id,
        asked=agency is not escalated.event.agency,
        desk=_desk_of(workspace.history(alert)),
    )
    workspace.record(alert, event, case=escalated.case, actor=ACTOR, cause=escalated)


def _desk_of(history: Sequence[Recorded[Event]]) -> str | None:
    """Where it was alerted last."""
    return next((fact.event.desk for fact in reversed(history) if isinstance(fact.event, AlertRaised)), None)


def stop_alerting(answered: Recorded[ReferralFact], workspace: Workspace) -> None:
    """Somebody acted, or there is nothing to act on any more: nothing more is sent to anybody about this referral."""
    for alert in _alerts_of(answered):
        history = workspace.history(alert)
        raised = next((fact.event for fact in history if isinstance(fact.event, AlertRaised)), None)
        if raised is None or is_answered(history):
            continue
        event = AlertAnswered(referral=answered.stream, agency=raised.agency)
        workspace.record(alert, event, case=answered.case, actor=ACTOR, cause=answered)


def _alerts_of(fact: Recorded[Event]) -> list[UUID]:
    """The alerts that a fact can be about: its own desk's, and once that can have been silent, other desks'."""
    own = alert_of(fact.stream)
    if isinstance(fact.event, ReferralRequested):
        return [own]
    return [own, *(alert_to(fact.stream, agency) for agency in Agency)]


REACTIONS: Mapping[type[Event], Sequence[Reaction]] = {
    ReferralRequested: [raise_alert],
    ReferralReassessed: [raise_again],
    ReferralEscalated: [tell_the_next],
    **{fact: [stop_alerting] for fact in STOPS},
}
"""What each fact about a referral means for its desk."""
