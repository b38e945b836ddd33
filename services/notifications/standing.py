"""Whether an alert still has to be told, asked of the logs themselves just before it is sent."""

from collections.abc import Sequence

from events.contract import Event, Recorded
from events.notifications import AlertRaised
from events.vocabulary import AlertAbout
from services.chassis.log import Log
from services.chassis.upstream import Upstream
from services.notifications.domain import STOPS, is_answered
from services.notifications.due import Due


async def still_wanted(due: Sequence[Due], log: Log, referrals: Upstream) -> list[Due]:
    """Those of which neither this service nor the referral's own log knows that somebody has acted.

    The second look is what stops an alert in the moment between an acknowledgement and its arrival here, however
    long that moment is: NATS may be away, this process may just have begun again.
    """
    alerts = await log.streams({one.alert for one in due})
    facts = await referrals.streams({one.referral for one in due})
    return [one for one in due if not is_settled(alerts[one.alert], facts[one.referral] if _of_referral(one) else ())]


def _of_referral(due: Due) -> bool:
    """Of a silence, or an exceptional access, nothing that is done with the referral settles anything."""
    return due.about is AlertAbout.REFERRAL


def is_settled(alert: Sequence[Recorded[Event]], referral: Sequence[Recorded[Event]]) -> bool:
    """Whether something that stops an alert happened after what it was last raised for."""
    if is_answered(alert):
        return True
    versions = {fact.id: fact.version for fact in referral}
    reasons = [versions.get(fact.cause, 0) for fact in alert if isinstance(fact.event, AlertRaised) and fact.cause]
    last = max(reasons, default=0)
    return any(isinstance(fact.event, STOPS) for fact in referral if fact.version > last)
