"""Drops alerts that somebody answered, by reading the logs just before a message is sent."""

from collections.abc import Sequence

from events.contract import Event, Recorded
from events.notifications import AlertRaised
from services.chassis.eventlog.log import Log
from services.chassis.eventlog.upstream import Upstream
from services.notifications.alerts.domain import is_answered
from services.notifications.alerts.settling import settles
from services.notifications.delivery.queue import Due


async def drop_answered(due: Sequence[Due], log: Log, referrals: Upstream) -> list[Due]:
    """Those that nobody has answered, by this service's log and by the referral's own.

    Reading the referral's log stops an alert between an acknowledgement and its arrival here, however long that
    takes: NATS may be unavailable, or this process may just have started.
    """
    alerts = await log.streams({one.alert for one in due})
    facts = await referrals.streams({one.referral for one in due})
    return [one for one in due if not is_settled(alerts[one.alert], facts[one.referral])]


def is_settled(alert: Sequence[Recorded[Event]], referral: Sequence[Recorded[Event]]) -> bool:
    """Whether the alert was answered, or an event that ends it came after the one it was last raised for."""
    if is_answered(alert):
        return True
    versions = {fact.id: fact.version for fact in referral}
    reasons = [versions.get(fact.cause, 0) for fact in alert if isinstance(fact.event, AlertRaised) and fact.cause]
    last = max(reasons, default=0)
    return any(settles(alert, fact.event) for fact in referral if fact.version > last)
