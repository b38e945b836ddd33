"""Each event as a sentence, Spanish first: an auditor reads a history, not JSON."""

from collections.abc import Callable, Mapping
from typing import Any

from events.contract import Event, Recorded
from services.audit.prose import authorities, break_glass, continuity, intake, notifications, referral, silence
from services.audit.prose.sentence import Sentence

TELLERS: Mapping[type[Event], Callable[[Any], Sentence]] = {
    **intake.TELLERS,
    **authorities.TELLERS,
    **continuity.TELLERS,
    **referral.TELLERS,
    **notifications.TELLERS,
    **silence.TELLERS,
    **break_glass.TELLERS,
}
"""One teller an event; a test shows that none is missing."""


def tell(fact: Recorded[Event]) -> Sentence:
    """The sentence of one fact."""
    return TELLERS[type(fact.event)](fact.event)


__all__ = ["TELLERS", "Sentence", "tell"]
