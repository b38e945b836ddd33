"""When the notification service tells a desk, and when it stops."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from events.contract import Event, Recorded
from events.notifications import AlertAnswered, AlertRaised
from events.referral import ReferralAccepted, ReferralAcknowledged, ReferralRequested
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


def stop_alerting(answered: Recorded[ReferralAcknowledged] | Recorded[ReferralAccepted], workspace: Workspace) -> None:
    """Somebody at the desk acted: nothing more is sent about this referral."""
    alert = alert_of(answered.stream)
    history = workspace.history(alert)
    if not history or isinstance(history[-1].event, AlertAnswered):
        return
    event = AlertAnswered(referral=answered.stream, agency=answered.event.agency)
    workspace.record(alert, event, case=answered.case, actor=ACTOR, cause=answered)


REACTIONS: Mapping[type[Event], Sequence[Reaction]] = {
    ReferralRequested: [raise_alert],
    ReferralAcknowledged: [stop_alerting],
    ReferralAccepted: [stop_alerting],
}
