"""When the notification service tells a desk, and when it stops."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from uuid import UUID

from events.break_glass import BreakGlassOpened, BreakGlassReviewed, BreakGlassUnreviewed
from events.contract import Event, Recorded
from events.notifications import AlertAnswered, AlertRaised
from events.referral import ReferralEscalated, ReferralFact, ReferralReassessed, ReferralRequested
from events.silence import DeskFellSilent, DeskHeardAgain, ShelterFellSilent, ShelterHeardAgain
from events.vocabulary import Agency, AlertAbout, Duty, Urgency
from services.chassis.reacting import Prepare, Reaction
from services.chassis.workspace import Workspace
from services.notifications.domain import STOPS, alert_of, alert_to, code_of, is_answered

ACTOR = "notifications"
LEAD = Agency.OIM
"""Of the programme: a shelter is no agency's."""


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
        caravan=requested.event.caravan,
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
        caravan=_in_a_caravan(workspace.history(alert)),
    )
    workspace.record(alert, event, case=escalated.case, actor=ACTOR, cause=escalated)


def tell_of_a_silence(silent: Recorded[DeskFellSilent | ShelterFellSilent], workspace: Workspace) -> None:
    """The programme's coordinator is told that there is one; whose it is stands behind a login."""
    event = silent.event
    agency, urgency = LEAD, Urgency.U2
    if isinstance(event, DeskFellSilent):
        agency, urgency = event.agency, event.urgency or urgency
    workspace.record(
        alert_of(silent.stream),
        AlertRaised(
            referral=silent.stream,
            agency=agency,
            urgency=urgency,
            code=code_of(silent.stream),
            duties=(Duty.COORDINATOR,),
            escalation=silent.id,
            about=AlertAbout.SILENCE,
        ),
        case=None,
        actor=ACTOR,
        cause=silent,
    )


def stop_telling(heard: Recorded[DeskHeardAgain | ShelterHeardAgain], workspace: Workspace) -> None:
    """It is heard again: nothing more is sent about that silence."""
    history = workspace.history(alert_of(heard.stream))
    raised = next((fact.event for fact in history if isinstance(fact.event, AlertRaised)), None)
    if raised is not None and not is_answered(history):
        event = AlertAnswered(referral=heard.stream, agency=raised.agency)
        workspace.record(alert_of(heard.stream), event, case=None, actor=ACTOR, cause=heard)


def tell_of_an_access(opened: Recorded[BreakGlassOpened], workspace: Workspace) -> None:
    """The agency that holds the referral is told at once, and its supervisor, who may review it: without content."""
    _raise_access(opened, (Duty.DESK, Duty.SUPERVISOR), workspace)


def tell_the_coordinator(unreviewed: Recorded[BreakGlassUnreviewed], workspace: Workspace) -> None:
    """Nobody has looked at an access in time."""
    _raise_access(unreviewed, (Duty.COORDINATOR,), workspace)


def _raise_access(
    fact: Recorded[BreakGlassOpened] | Recorded[BreakGlassUnreviewed], duties: tuple[Duty, ...], workspace: Workspace
) -> None:
    event = AlertRaised(
        referral=fact.event.referral,
        agency=fact.event.agency,
        urgency=Urgency.U1,
        code=code_of(fact.stream),
        duties=duties,
        escalation=fact.id,
        about=AlertAbout.ACCESS,
    )
    workspace.record(alert_of(fact.stream), event, case=fact.case, actor=ACTOR, cause=fact)


def stop_asking_for_a_review(reviewed: Recorded[BreakGlassReviewed], workspace: Workspace) -> None:
    """A second person has looked at it."""
    if workspace.history(alert_of(reviewed.stream)):
        event = AlertAnswered(referral=reviewed.event.referral, agency=reviewed.event.agency)
        workspace.record(alert_of(reviewed.stream), event, case=reviewed.case, actor=ACTOR, cause=reviewed)


def _desk_of(history: Sequence[Recorded[Event]]) -> str | None:
    """Where it was alerted last."""
    return next((fact.event.desk for fact in reversed(history) if isinstance(fact.event, AlertRaised)), None)


def _in_a_caravan(history: Sequence[Recorded[Event]]) -> bool:
    """Whether the alert was raised in caravan mode first."""
    return any(isinstance(fact.event, AlertRaised) and fact.event.caravan for fact in history)


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
    if not isinstance(fact.event, ReferralFact) or isinstance(fact.event, ReferralRequested):
        return [own]
    return [own, *(alert_to(fact.stream, agency) for agency in Agency)]


REACTIONS: Mapping[type[Event], Sequence[Reaction]] = {
    ReferralRequested: [raise_alert],
    ReferralReassessed: [raise_again],
    ReferralEscalated: [tell_the_next],
    **{fact: [stop_alerting] for fact in STOPS},
    DeskFellSilent: [tell_of_a_silence],
    ShelterFellSilent: [tell_of_a_silence],
    DeskHeardAgain: [stop_telling],
    ShelterHeardAgain: [stop_telling],
    BreakGlassOpened: [tell_of_an_access],
    BreakGlassUnreviewed: [tell_the_coordinator],
    BreakGlassReviewed: [stop_asking_for_a_review],
}
"""What each fact about a referral means for its desk."""
