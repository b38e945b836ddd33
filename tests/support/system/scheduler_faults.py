"""The verdict on a scheduler's run: did every step fire once, and has every referral its timer?"""

from collections import Counter

from events.referral import ReferralEscalated, ReferralExpired
from services.referral.escalation.domain import next_due_at
from services.referral.escalation.state import EscalationState
from services.referral.lifecycle.domain import fold
from tests.support.builders.escalation import escalation_policy
from tests.support.system.schedulers import Guard


async def faults_of(guard: Guard) -> list[str]:
    """The faults of a run: a step that fired twice or never, or a referral without its timer."""
    timers, faults = await guard.timers(), []
    for referral in guard.sent:
        history = await guard.history(referral)
        recorded_steps = [fact.event for fact in history if isinstance(fact.event, ReferralEscalated)]
        counts = Counter((event.clock, event.rung, event.deadline) for event in recorded_steps)
        faults += [f"{rung} was climbed {count} times" for (_, rung, _), count in counts.items() if count > 1]
        expired = sum(isinstance(fact.event, ReferralExpired) for fact in history)
        faults += [f"it expired {expired} times"] if expired > 1 else []
        now = fold(history)
        assert now is not None
        wanted = next_due_at(EscalationState.of(now), escalation_policy())
        faults += [] if timers.get(referral) == wanted else ["its timer is not when something is due next"]
    return faults
