"""The register of authorities' demands (domain.md §7.6): recording, answering and publishing counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from events.authorities import AuthorityDemandAnswered, AuthorityDemandRecorded
from events.contract import Event, Recorded
from events.vocabulary import Authority, DemandAnswer, DemandedThing
from services.chassis.authorization.policy import Principal
from services.chassis.clock import MEXICO
from services.chassis.errors import ServiceError

MIN_PUBLISHED_COUNT = 5
MAX_CLOCK_DIFFERENCE = timedelta(minutes=5)


class AlreadyAnsweredError(ServiceError):
    """The demand has a final answer, or was already referred to the lawyers."""

    code = "already_answered"
    status = 409


class NoCourtOrderError(ServiceError):
    """Nothing is disclosed on a demand without a court's order."""

    code = "no_court_order"
    status = 409


class NotYetError(ServiceError):
    """The demand is dated later than now."""

    code = "in_the_future"
    status = 422


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedDemand:
    """A demand as received: the authority, what it demanded, of which organisation, and when."""

    authority: Authority
    demanded: DemandedThing
    came_to: str
    court_order: bool
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Demand:
    """The state of a demand."""

    came_to: str
    court_order: bool
    answer: DemandAnswer | None = None


def fold(history: Sequence[Recorded[Event]]) -> Demand | None:
    """The state after a whole history; ``None`` if the history is empty."""
    demand: Demand | None = None
    for fact in history:
        event = fact.event
        if isinstance(event, AuthorityDemandRecorded):
            demand = Demand(event.came_to, event.court_order)
        elif isinstance(event, AuthorityDemandAnswered) and demand is not None:
            demand = replace(demand, answer=event.answer)
    return demand


def record(demand: ReceivedDemand, *, by: Principal, at: datetime) -> AuthorityDemandRecorded:
    """The event that a demand was received.

    Raises:
        NotYetError: it is dated later than now, by more than clocks differ.
    """
    if demand.received_at > at + MAX_CLOCK_DIFFERENCE:
        raise NotYetError
    return AuthorityDemandRecorded(
        authority=demand.authority,
        demanded=demand.demanded,
        came_to=demand.came_to,
        court_order=demand.court_order,
        recorded_by=by.label,
    )


def answer(demand: Demand, given: DemandAnswer, by: Principal) -> AuthorityDemandAnswered:
    """The event that a demand was answered.

    Raises:
        AlreadyAnsweredError: it has a final answer, or this same one.
        NoCourtOrderError: it cannot be complied with without a court's order.
    """
    if demand.answer not in (None, DemandAnswer.REFERRED_TO_LEGAL) or demand.answer is given:
        raise AlreadyAnsweredError
    if given is DemandAnswer.COMPLIED_WITH_COURT_ORDER and not demand.court_order:
        raise NoCourtOrderError
    return AuthorityDemandAnswered(answer=given, came_to=demand.came_to, answered_by=by.label, answered_as=by.role)


def quarters(year: int) -> list[tuple[str, datetime, datetime]]:
    """Name, start and exclusive end of a year's quarters, in Mexico City time."""
    starts = [datetime(year, month, 1, tzinfo=MEXICO) for month in (1, 4, 7, 10)]
    ends = [*starts[1:], datetime(year + 1, 1, 1, tzinfo=MEXICO)]
    return [(f"{year}-T{number}", *span) for number, span in enumerate(zip(starts, ends, strict=True), start=1)]


@dataclass(frozen=True, slots=True)
class QuarterCount:
    """The demands recorded in a past quarter; ``None``: the count is below ``MIN_PUBLISHED_COUNT`` and hidden."""

    quarter: str
    demands: int | None


def published_counts(year: int, counted: Mapping[str, int], at: datetime) -> list[QuarterCount]:
    """The counts of past quarters. A small count is hidden, also when it is zero.

    The current quarter is left out, because repeated requests would reveal each new demand. A demand counts in the
    quarter in which it was recorded, so that a published count never changes.
    """
    counts = [(name, counted.get(name, 0)) for name, _, end in quarters(year) if end <= at]
    return [QuarterCount(name, count if count >= MIN_PUBLISHED_COUNT else None) for name, count in counts]
