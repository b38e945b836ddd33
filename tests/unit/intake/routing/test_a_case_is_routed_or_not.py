"""A case where nothing fired reads otherwise than one that nobody has looked at."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from services.intake.routing.domain import Routing, RoutingState

AT = datetime(2013, 6, 12, 20, 0, tzinfo=UTC)
PATIENCE = timedelta(minutes=1)
FIRST, AMENDED = UUID(int=1), UUID(int=2)


def state(now: datetime = AT, *, assessed: UUID | None = None, unrouted: datetime | None = None) -> RoutingState:
    return Routing(answered=AMENDED, answered_at=AT, assessed=assessed, unrouted_since=unrouted).state(now, PATIENCE)


def test_a_case_whose_answers_were_assessed_is_routed() -> None:
    assert state(AT + timedelta(days=1), assessed=AMENDED) is RoutingState.ROUTED


def test_a_case_is_about_to_be_routed_for_a_moment_and_then_it_is_not() -> None:
    assert state(AT + PATIENCE) is RoutingState.PENDING
    assert state(AT + PATIENCE + timedelta(seconds=1)) is RoutingState.NOT_ROUTED


def test_an_amendment_that_was_not_assessed_is_not_routed_although_the_case_once_was() -> None:
    assert state(AT, assessed=FIRST) is RoutingState.PENDING
    assert state(AT + 2 * PATIENCE, assessed=FIRST) is RoutingState.NOT_ROUTED


def test_a_parked_case_is_not_routed_at_once_whatever_was_assessed_before() -> None:
    assert state(AT, unrouted=AT) is RoutingState.NOT_ROUTED
    assert state(AT, assessed=AMENDED, unrouted=AT) is RoutingState.NOT_ROUTED
