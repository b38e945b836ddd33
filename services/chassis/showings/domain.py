"""What tells that a case has a restricted category, and which record is made of it. Pure.

The codes tell, and so does the one agency that has but one of them. The same reader, view and thing within one stretch
of time are one stream.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from uuid import UUID

from pydantic import BaseModel

from events.contract import Event, Recorded
from events.vocabulary import RESTRICTED_CATEGORIES, Agency
from services.chassis.authorization.policy import Principal
from services.chassis.ids import uuid5

SHOWINGS = UUID("6f0d2c37-9d0e-5b42-8f0b-6c1f5f1d7e29")
"""The namespace of the streams of showings."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
CATEGORIES = ("categories", "uncovered")
"""The fields of an answer that hold categories."""

Shown = TypeVar("Shown", bound=BaseModel)


def tells(categories: Iterable[str], agency: str | None = None) -> bool:
    """Whether these codes, or that a referral goes to this agency, tell of a restricted category."""
    return agency == Agency.PEAS or not RESTRICTED_CATEGORIES.isdisjoint(categories)


def without_restricted(referrals: Sequence[Shown], by: Principal) -> list[Shown]:
    """Referrals as they are shown while nobody can be recorded: restricted categories are left out, and said to be.

    A referral whose agency alone tells is left out whole, but for that agency itself, which must be able to work.
    """
    return [_withheld(one) for one in referrals if not tells((), getattr(one, "agency", None)) or by.org == Agency.PEAS]


def _withheld(referral: Shown) -> Shown:
    left = {name: [one for one in getattr(referral, name) if one not in RESTRICTED_CATEGORIES] for name in CATEGORIES}
    fewer = len(left["categories"]) < len(getattr(referral, "categories"))  # noqa: B009 - each service has its own answer
    return referral.model_copy(update={**left, "categories_withheld": fewer})


@dataclass(frozen=True, slots=True)
class Showing:
    """What is about to be shown, and the event that records it in ``stream`` unless it ``covers`` that already."""

    stream: UUID
    case: UUID | None
    event: Event
    covers: Callable[[Event, Event], bool] = lambda _earlier, _now: True
    """Whether what was recorded earlier in the stream says this, too."""

    def is_new_after(self, history: Iterable[Recorded[Event]]) -> bool:
        """Whether none of the records of its stream says this already."""
        return not any(self.covers(fact.event, self.event) for fact in history)


def stretch_end(now: datetime, length: timedelta) -> datetime:
    """The end of the stretch of time that a moment falls into; they begin with the Unix epoch."""
    return EPOCH + ((now - EPOCH) // length + 1) * length


def stream_of(reader: Principal, view: str, things: Iterable[UUID], until: datetime) -> UUID:
    """The stream of a showing of these things in the stretch of time that ends at ``until``."""
    shown = "+".join(sorted(str(one) for one in things))
    return uuid5(SHOWINGS, f"{reader.actor}/{view}/{shown}/{until.isoformat()}")
