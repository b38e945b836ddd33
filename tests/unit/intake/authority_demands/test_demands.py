"""A demand is answered by a named role, complied with on a court order only, and counted in public."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.vocabulary import Authority, DemandAnswer, DemandedThing, Role
from services.chassis.authorization.policy import Principal
from services.intake.authority_demands.domain import (
    MIN_PUBLISHED_COUNT,
    AlreadyAnsweredError,
    Demand,
    NoCourtOrderError,
    NotYetError,
    ReceivedDemand,
    answer,
    published_counts,
    quarters,
    record,
)
from services.intake.authority_demands.schemas import AuthorityDemandCounts, AuthorityDemandQuarter

AT = datetime(2026, 11, 23, 15, tzinfo=UTC)
COORDINATOR = Principal(Role.SHELTER_COORDINATOR, "ALB-IXT-01", "c-001")
REFUSED, TO_LAWYERS, COMPLIED = DemandAnswer


def recorded(received_at: datetime) -> Any:
    demand = ReceivedDemand(
        authority=Authority.POLICE,
        demanded=DemandedThing.WHEREABOUTS,
        came_to="ALB-IXT-01",
        court_order=False,
        received_at=received_at,
    )
    return record(demand, by=COORDINATOR, at=AT)


def test_a_demand_names_no_case_and_nobody() -> None:
    assert recorded(AT).model_dump() == {
        "authority": "police",
        "demanded": "whereabouts",
        "came_to": "ALB-IXT-01",
        "court_order": False,
        "recorded_by": "c-001",
    }


def test_a_demand_may_be_recorded_late_but_not_before_it_came() -> None:
    assert recorded(AT - timedelta(days=400))
    with pytest.raises(NotYetError):
        recorded(AT + timedelta(minutes=6))


@pytest.mark.parametrize(
    ("court_order", "before", "given", "refusal"),
    [
        (False, None, REFUSED, None),
        (False, None, TO_LAWYERS, None),
        (False, TO_LAWYERS, REFUSED, None),
        (True, TO_LAWYERS, COMPLIED, None),
        (True, None, COMPLIED, None),
        (False, None, COMPLIED, NoCourtOrderError),
        (False, TO_LAWYERS, COMPLIED, NoCourtOrderError),
        (False, TO_LAWYERS, TO_LAWYERS, AlreadyAnsweredError),
        (True, REFUSED, COMPLIED, AlreadyAnsweredError),
        (True, COMPLIED, REFUSED, AlreadyAnsweredError),
        (True, REFUSED, TO_LAWYERS, AlreadyAnsweredError),
    ],
)
def test_a_demand_is_answered_once_and_complied_with_on_a_courts_order_only(
    *, court_order: bool, before: DemandAnswer | None, given: DemandAnswer, refusal: type[Exception] | None
) -> None:
    demand = Demand("ALB-IXT-01", court_order, before)
    if refusal is None:
        event = answer(demand, given, COORDINATOR)
        assert (event.answer, event.answered_by, event.answered_as) == (given, "c-001", Role.SHELTER_COORDINATOR)
    else:
        with pytest.raises(refusal):
            answer(demand, given, COORDINATOR)


YEAR_COUNTS = st.fixed_dictionaries({}, optional={f"2026-T{number}": st.integers(0, 12) for number in range(1, 5)})


@given(counted=YEAR_COUNTS, at=st.datetimes(datetime(2025, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - given a zone
def test_no_small_count_can_be_read_nor_computed_nor_watched_as_it_grows(counted: dict[str, int], at: datetime) -> None:
    published = published_counts(2026, counted, at)
    over = [name for name, _, end in quarters(2026) if end <= at]
    assert [one.quarter for one in published] == over
    for one in published:
        truly = counted.get(one.quarter, 0)
        assert one.demands == (truly if truly >= MIN_PUBLISHED_COUNT else None)


def test_the_published_counts_include_no_sum_from_which_a_hidden_count_could_be_computed() -> None:
    assert set(AuthorityDemandCounts.model_fields) == {"year", "suppressed_below", "quarters"}
    assert set(AuthorityDemandQuarter.model_fields) == {"quarter", "demands", "suppressed"}


def test_none_and_four_look_the_same() -> None:
    later = datetime(2027, 1, 2, tzinfo=UTC)
    assert published_counts(2026, {}, later) == published_counts(
        2026, {f"2026-T{number}": 4 for number in range(1, 5)}, later
    )


def test_a_quarter_begins_and_ends_at_midnight_in_mexico_and_the_next_begins_as_it_ends() -> None:
    spans = quarters(2026)
    assert spans[0][1] == datetime(2026, 1, 1, 6, tzinfo=UTC)
    assert [end for _, _, end in spans[:-1]] == [start for _, start, _ in spans[1:]]
    assert spans[3][2] == quarters(2027)[0][1]
