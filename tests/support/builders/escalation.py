"""A referral that nobody answers: its facts, and the escalation steps that fire as time passes."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from events.contract import Event, Recorded
from events.referral import (
    Deadlines,
    LoopClosed,
    ReferralEscalated,
    ReferralExpired,
    ReferralProposed,
    ReferralRequested,
)
from events.vocabulary import Agency, DeclineReason, Outcome, ReferralClock, SendingBasis, Urgency
from services.referral.deadlines.policy import Clocks, load_clocks
from services.referral.deadlines.ports import EVERY_HOUR, Hours
from services.referral.escalation.domain import due_steps, next_due_at
from services.referral.escalation.policy import EscalationPolicy, load_escalation_policy
from services.referral.escalation.state import EscalationState
from services.referral.lifecycle.domain import Referral, fold
from tests.support.builders.referral import BOX, PROPOSED, REFERRAL, START, recorded

MINUTES, HOURS, DAYS = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
DECLINED: dict[str, Any] = {"reason": DeclineReason.NO_CAPACITY}
DELIVERED: dict[str, Any] = {"clear_outcome": Outcome.SERVICE_DELIVERED}


@cache
def escalation_policy() -> EscalationPolicy:
    return load_escalation_policy()


@cache
def clocks() -> Clocks:
    return load_clocks()


def deadlines_of(urgency: Urgency, sent: datetime = START, hours: Hours = EVERY_HOUR) -> Deadlines:
    """The deadlines of a class at a desk with these hours, for a person who is not about to leave."""
    return clocks().deadlines(urgency, (), {}, occurred_at=sent, sent_at=sent, hours=hours)


@dataclass
class Silence:
    """Time passes over a referral, and the scheduler fires what the escalation policy says."""

    urgency: Urgency
    agency: Agency = Agency.ACNUR
    escalation_policy: EscalationPolicy = field(default_factory=escalation_policy)
    history: list[Recorded[Any]] = field(default_factory=list)
    now: datetime = START
    caravan: datetime | None = None
    """Start of caravan mode, if it is active."""
    hours: Hours = EVERY_HOUR
    _quiet: tuple[int, datetime | None] = (0, None)
    """Length of the history, and until when nothing is due for it."""

    def __post_init__(self) -> None:
        whose: dict[str, Any] = {"agency": self.agency, "shelter": "ALB-TAP-01"}
        self.happens(ReferralProposed(**{**dict(PROPOSED), **whose}))
        self.happens(
            ReferralRequested(
                **whose,
                urgency=self.urgency,
                basis=SendingBasis.CONSENT,
                deadlines=deadlines_of(self.urgency, START, self.hours),
                disclosure=BOX,
            )
        )

    @property
    def escalation_state(self) -> EscalationState:
        return EscalationState.of(self.referral, self.hours, caravan=self.caravan)

    def turns_caravan(self, *, on: bool) -> None:
        """A coordinator turns caravan mode on or off now."""
        self.caravan, self._quiet = (self.now if on else None), (0, None)

    @property
    def referral(self) -> Referral:
        found = fold(self.history)
        assert found is not None
        return found

    def happens(self, event: Event) -> None:
        fact = recorded(event, len(self.history) + 1, REFERRAL)
        self.history.append(Recorded(**{**fact.__dict__, "recorded_at": self.now, "occurred_at": self.now}))

    def somebody(self, kind: type[Event], **says: Any) -> None:
        """Somebody acts now."""
        self.happens(kind.model_validate({"agency": self.agency, "shelter": "ALB-TAP-01", **says}))

    def run_due(self) -> None:
        """Fires every step that is due by now."""
        if self._quiet[0] == len(self.history) and (self._quiet[1] is None or self._quiet[1] > self.now):
            return  # two weeks pass in a second
        while found := due_steps(self.escalation_state, self.escalation_policy, self.now):
            for event in found[0].to_events(self.referral, self.escalation_policy):
                self.happens(event)
        self._quiet = (len(self.history), next_due_at(self.escalation_state, self.escalation_policy))

    def passes(self, time: timedelta, *, step: timedelta = timedelta(minutes=1)) -> "Silence":
        """Time passes, and the scheduler runs at every step."""
        until = self.now + time
        while self.now < until:
            self.now = min(self.now + step, until)
            self.run_due()
        return self

    def outage(self, time: timedelta) -> "Silence":
        """Time passes, and the scheduler runs only afterwards."""
        self.now += time
        self.run_due()
        return self

    @property
    def next(self) -> timedelta | None:
        at = next_due_at(self.escalation_state, self.escalation_policy)
        return None if at is None else at - START

    def recorded_steps(self) -> list[str]:
        """The recorded escalations in order: when, and which."""
        return recorded_steps(self.history)


def recorded_steps(history: Sequence[Recorded[Any]], since: datetime = START) -> list[str]:
    """The recorded escalations in order: how long after ``since``, and which; without the follow-ups after them."""
    return [
        f"{_after(fact.recorded_at - since)} {_what(fact.event)}"
        for fact in history
        if isinstance(fact.event, ReferralEscalated | ReferralExpired | LoopClosed) and not is_follow_up(fact)
    ]


def is_follow_up(fact: Recorded[Any]) -> bool:
    return isinstance(fact.event, ReferralEscalated) and fact.event.clock is ReferralClock.FOLLOW_UP


def _after(time: timedelta) -> str:
    minutes = int(time.total_seconds() // 60)
    return f"{minutes // 60}:{minutes % 60:02}"


def _what(event: Event) -> str:
    if isinstance(event, ReferralEscalated):
        asked = f" asking {event.asked}" if event.asked else ""
        return f"{event.clock}/{event.rung} tells {'+'.join(event.whom)}{asked}"
    return "closed unconfirmed" if isinstance(event, LoopClosed) else "expired"
