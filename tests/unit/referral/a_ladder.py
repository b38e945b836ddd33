"""A referral that nobody answers: its facts, and what the clock makes of them as time passes."""

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
from events.vocabulary import Agency, SendingBasis, Urgency
from services.referral.deadlines import Clocks, load_clocks
from services.referral.desks import EVERY_HOUR, Hours
from services.referral.domain import Referral, fold
from services.referral.ladder import Running, due, next_at
from services.referral.ladder_policy import Ladders, load_ladders
from tests.unit.referral.a_referral import BOX, PROPOSED, REFERRAL, START, recorded

MINUTES, HOURS, DAYS = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@cache
def ladders() -> Ladders:
    return load_ladders()


@cache
def clocks() -> Clocks:
    return load_clocks()


def deadlines_of(urgency: Urgency, sent: datetime = START, hours: Hours = EVERY_HOUR) -> Deadlines:
    """Those of a class, for somebody who is not about to leave, at a desk with these hours."""
    return clocks().deadlines(urgency, (), {}, occurred_at=sent, sent_at=sent, hours=hours)


@dataclass
class Silence:
    """Time passes over a referral, and the clock does what its ladders say."""

    urgency: Urgency
    agency: Agency = Agency.ACNUR
    ladders: Ladders = field(default_factory=ladders)
    history: list[Recorded[Any]] = field(default_factory=list)
    now: datetime = START
    caravan: datetime | None = None
    """Since when caravan mode is on."""
    hours: Hours = EVERY_HOUR
    _quiet: tuple[int, datetime | None] = (0, None)
    """Until when nothing is due, for a history of this length."""

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
    def running(self) -> Running:
        return Running.of(self.referral, self.hours, caravan=self.caravan)

    def turns_caravan(self, *, on: bool) -> None:
        """A coordinator turns the mode on or off now."""
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

    def strike(self) -> None:
        """The clock does all that is due by now."""
        if self._quiet[0] == len(self.history) and (self._quiet[1] is None or self._quiet[1] > self.now):
            return  # two weeks pass in a second
        while found := due(self.running, self.ladders, self.now):
            for event in found[0].happens(self.referral, self.ladders):
                self.happens(event)
        self._quiet = (len(self.history), next_at(self.running, self.ladders))

    def passes(self, time: timedelta, *, step: timedelta = timedelta(minutes=1)) -> "Silence":
        """Time passes, and the clock looks at every step."""
        until = self.now + time
        while self.now < until:
            self.now = min(self.now + step, until)
            self.strike()
        return self

    def outage(self, time: timedelta) -> "Silence":
        """Time passes, and the clock looks only afterwards."""
        self.now += time
        self.strike()
        return self

    @property
    def next(self) -> timedelta | None:
        at = next_at(self.running, self.ladders)
        return None if at is None else at - START

    def told(self) -> list[str]:
        """What the clock did, in order: when, and what."""
        return told(self.history)


def told(history: Sequence[Recorded[Any]], since: datetime = START) -> list[str]:
    """What the clock did, in order: how long after ``since``, and what."""
    return [
        f"{_after(fact.recorded_at - since)} {_what(fact.event)}"
        for fact in history
        if isinstance(fact.event, ReferralEscalated | ReferralExpired | LoopClosed)
    ]


def _after(time: timedelta) -> str:
    minutes = int(time.total_seconds() // 60)
    return f"{minutes // 60}:{minutes % 60:02}"


def _what(event: Event) -> str:
    if isinstance(event, ReferralEscalated):
        asked = f" asking {event.asked}" if event.asked else ""
        return f"{event.clock}/{event.rung} tells {'+'.join(event.whom)}{asked}"
    return "closed unconfirmed" if isinstance(event, LoopClosed) else "expired"
