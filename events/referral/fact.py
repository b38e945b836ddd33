"""What the facts about one referral have in common."""

from datetime import datetime
from typing import Any, ClassVar

from events.contract import Event, Value
from events.sealed import Box
from events.vocabulary import Agency, Outcome, ReferralState


class ReferralFact(Event):
    """Something that happened to one referral; ``STATE`` is where the referral is after it."""

    STATE: ClassVar[ReferralState | None] = None
    """``None``: where it was."""

    agency: Agency
    shelter: str


class OutcomeReported(ReferralFact):
    """A fact that says what became of the person: sealed, because a code alone tells of an arrest or a death."""

    VERSION: ClassVar[int] = 2

    outcome: Box | None = None
    """What came of it; ``None``: version 1 said it in clear, or the person's keys had been destroyed."""
    clear_outcome: Outcome | None = None
    """Only of what was recorded before outcomes were sealed."""

    @staticmethod
    def upcast_v1_v2(data: dict[str, Any]) -> None:
        """Version 1 said the outcome in clear; a cancellation could leave it out."""
        data["clear_outcome"] = data.pop("outcome", Outcome.UNKNOWN.value)


class Deadlines(Value):
    """Until when a desk must acknowledge, decide, and begin the service."""

    acknowledge_by: datetime
    decide_by: datetime
    serve_by: datetime
    decide_by_if_asked: datetime | None = None
    """Until when at the latest, should the desk ask the shelter something: the clock stands still meanwhile, once.
    ``None``: it does not stand still, because the class has no time for it or a legal clock would run out."""
