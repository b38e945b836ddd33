"""When the notification service tells a desk, and when it stops."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from events.contract import Event, Recorded
from events.notifications import AlertAnswered, AlertRaised
from events.referral import (
    ContactLost,
    EnteredInError,
    InfoRequested,
    ReferralAccepted,
    ReferralAcknowledged,
    ReferralCancelled,
    ReferralDeclined,
    ReferralFact,
    ReferralReassessed,
    ReferralRequested,
    ReferralWithdrawn,
)
from services.chassis.reacting import Prepare, Reaction
from services.chassis.workspace import Workspace
from services.notifications.domain import alert_of, code_of

ACTOR = "notifications"


def load_alerts(ready: Callable[[], Awaitable[None]]) -> Prepare:
    """Reads, for a whole batch, the alerts that it touches; first of all waits until the desks' contacts are known."""

    async def prepare(facts: Sequence[Recorded[Event]], workspace: Workspace) -> None:
        await ready()
        await workspace.load(alert_of(fact.stream) for fact in facts)

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
    )
    workspace.record(alert, event, case=requested.case, actor=ACTOR, cause=requested)


def raise_again(reassessed: Recorded[ReferralReassessed], workspace: Workspace) -> None:
    """The referral became more urgent before anybody answered: the desk is alerted of that too."""
    alert = alert_of(reassessed.stream)
    history = workspace.history(alert)
    raised = [fact.event for fact in history if isinstance(fact.event, AlertRaised)]
    if not raised or _answered(history) or raised[-1].urgency <= reassessed.event.urgency:
        return
    event = raised[-1].model_copy(update={"urgency": reassessed.event.urgency})
    workspace.record(alert, event, case=reassessed.case, actor=ACTOR, cause=reassessed)


def stop_alerting(answered: Recorded[ReferralFact], workspace: Workspace) -> None:
    """Somebody acted, or there is nothing to act on any more: nothing more is sent about this referral."""
    alert = alert_of(answered.stream)
    history = workspace.history(alert)
    if not history or _answered(history):
        return
    event = AlertAnswered(referral=answered.stream, agency=answered.event.agency)
    workspace.record(alert, event, case=answered.case, actor=ACTOR, cause=answered)


def _answered(history: Sequence[Recorded[Event]]) -> bool:
    return any(isinstance(fact.event, AlertAnswered) for fact in history)


REACTIONS: Mapping[type[Event], Sequence[Reaction]] = {
    ReferralRequested: [raise_alert],
    ReferralReassessed: [raise_again],
    ReferralAcknowledged: [stop_alerting],
    InfoRequested: [stop_alerting],
    ReferralAccepted: [stop_alerting],
    ReferralDeclined: [stop_alerting],
    ReferralCancelled: [stop_alerting],
    ReferralWithdrawn: [stop_alerting],
    ContactLost: [stop_alerting],
    EnteredInError: [stop_alerting],
}
"""What each fact about a referral means for its desk."""
