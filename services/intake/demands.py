"""The register of authorities' demands (domain.md §7.6): what is recorded, answered and told in public."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from events.authorities import AuthorityDemandAnswered, AuthorityDemandRecorded
from events.contract import Event, Recorded
from events.vocabulary import Authority, DemandAnswer, DemandedThing
from services.chassis.access import Principal
from services.chassis.errors import ServiceError
from services.chassis.programme import MEXICO

SMALLEST_CELL = 5
CLOCK_DIFFERENCE = timedelta(minutes=5)


class AlreadyAnsweredError(ServiceError):
    """The demand was answered before; with the lawyers it can be only once."""

    code = "already_answered"
    status = 409
    es = "Ese requerimiento ya tiene esa respuesta, o una definitiva."
    en = "That demand has that answer already, or a final one."


class NoCourtOrderError(ServiceError):
    """Nothing is handed over on a demand without a court's order."""

    code = "no_court_order"
    status = 409
    es = "No consta una orden judicial: no puede cumplirse. Si llegó una, registre el nuevo requerimiento."
    en = "No court order is on record: it cannot be complied with. If one came, record the new demand."


class NotYetError(ServiceError):
    """It is said to have come later than now."""

    code = "in_the_future"
    status = 422
    es = "La fecha es posterior a este momento."
    en = "The date is later than now."


@dataclass(frozen=True, slots=True)
class Demand:
    """A demand as its events tell it."""

    came_to: str
    court_order: bool
    answer: DemandAnswer | None = None


def fold(history: Sequence[Recorded[Event]]) -> Demand | None:
    """From its whole history; ``None`` when there is none."""
    demand: Demand | None = None
    for fact in history:
        event = fact.event
        if isinstance(event, AuthorityDemandRecorded):
            demand = Demand(event.came_to, event.court_order)
        elif isinstance(event, AuthorityDemandAnswered) and demand is not None:
            demand = replace(demand, answer=event.answer)
    return demand


def record(
    *,
    authority: Authority,
    demanded: DemandedThing,
    came_to: str,
    court_order: bool,
    received_at: datetime,
    by: Principal,
    at: datetime,
) -> AuthorityDemandRecorded:
    """A demand came.

    Raises:
        NotYetError: it has not come yet.
    """
    if received_at > at + CLOCK_DIFFERENCE:
        raise NotYetError
    return AuthorityDemandRecorded(
        authority=authority, demanded=demanded, came_to=came_to, court_order=court_order, recorded_by=by.label
    )


def answer(demand: Demand, given: DemandAnswer, by: Principal) -> AuthorityDemandAnswered:
    """A named role answers it.

    Raises:
        AlreadyAnsweredError: it has a final answer, or lies with the lawyers already.
        NoCourtOrderError: it cannot be complied with.
    """
    if demand.answer not in (None, DemandAnswer.REFERRED_TO_LEGAL) or demand.answer is given:
        raise AlreadyAnsweredError
    if given is DemandAnswer.COMPLIED_WITH_COURT_ORDER and not demand.court_order:
        raise NoCourtOrderError
    return AuthorityDemandAnswered(answer=given, came_to=demand.came_to, answered_by=by.label, answered_as=by.role)


def quarters(year: int) -> list[tuple[str, datetime, datetime]]:
    """The quarters of a year by Mexico's clock: name, beginning, end."""
    starts = [datetime(year, month, 1, tzinfo=MEXICO) for month in (1, 4, 7, 10)]
    ends = [*starts[1:], datetime(year + 1, 1, 1, tzinfo=MEXICO)]
    return [(f"{year}-T{number}", *span) for number, span in enumerate(zip(starts, ends, strict=True), start=1)]


def in_public(year: int, counted: Mapping[str, int], at: datetime) -> dict[str, Any]:
    """The counts of the quarters that are over. A small one is not told, nor whether it is none.

    The running quarter is left out: whoever asked again and again would see each demand come. A demand counts in the
    quarter in which it was recorded, so that what was told once never changes.
    """
    told = [(name, counted.get(name, 0)) for name, _, end in quarters(year) if end <= at]
    return {
        "year": year,
        "suppressed_below": SMALLEST_CELL,
        "quarters": [
            {"quarter": name, "demands": count if count >= SMALLEST_CELL else None, "suppressed": count < SMALLEST_CELL}
            for name, count in told
        ],
    }
