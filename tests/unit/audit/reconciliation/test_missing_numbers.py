"""A device numbers its records, so that one that never arrived shows: which, between which two, and why."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.audit.reconciliation.domain import DeviceState, Gap, Record, WhyMissing, gaps_of

BEGIN = datetime(2026, 3, 2, 15, tzinfo=UTC)


def came(number: int, *, opened: bool = True, corrected: bool | None = None, day: int = 2) -> Record:
    return Record(number, BEGIN + timedelta(minutes=number), date(2026, 3, day), opened, corrected)


def gaps(*records: Record, whole: bool = True, **state: Any) -> list[Gap]:
    return gaps_of("ALB-IXT-01", "tel-4821", records, DeviceState(**state), whole=whole)


def test_numbers_that_all_arrived_have_no_gap_in_whatever_order_they_came() -> None:
    assert gaps(came(3), came(1), came(2), enrolled=True) == []


def test_a_hole_says_which_numbers_between_which_two_records_and_on_which_day() -> None:
    (gap,) = gaps(came(41), came(44, day=3))
    assert (gap.first, gap.last, gap.numbers, gap.day) == (42, 43, 2, date(2026, 3, 3))
    assert gap.before == came(41)
    assert gap.after == came(44, day=3)
    assert gap.why is WhyMissing.UNEXPLAINED


def test_a_telephone_of_ours_begins_with_one_and_anothers_device_where_it_likes() -> None:
    assert [(gap.first, gap.last, gap.before) for gap in gaps(came(3), enrolled=True)] == [(1, 2, None)]
    assert gaps(came(41)) == []
    assert gaps(came(41), enrolled=True, whole=False) == [], "of what is before nothing is known here"


def test_a_refused_record_explains_its_own_number_and_no_other() -> None:
    found = gaps(came(1), came(2, opened=False), came(4))
    assert [(gap.first, gap.last, gap.why) for gap in found] == [
        (2, 2, WhyMissing.REFUSED),
        (3, 3, WhyMissing.UNEXPLAINED),
    ]


def test_a_refused_record_is_told_by_what_its_shelter_did_with_it() -> None:
    whys = [gaps(came(1, opened=False, corrected=settled))[0].why for settled in (None, True, False)]
    assert whys == [WhyMissing.REFUSED, WhyMissing.CORRECTED, WhyMissing.SET_ASIDE]


def test_a_record_that_was_corrected_under_its_own_number_is_no_gap() -> None:
    assert gaps(came(1), came(2, opened=False, corrected=True), came(2), came(3)) == []


def test_what_the_device_says_is_still_on_it_is_on_its_way_also_if_it_was_revoked() -> None:
    assert gaps(came(1), came(3), waiting=1)[0].why is WhyMissing.ON_ITS_WAY
    assert gaps(came(1), came(3), waiting=1, revoked=True)[0].why is WhyMissing.ON_ITS_WAY
    assert gaps(came(1), came(3), revoked=True)[0].why is WhyMissing.DEVICE_REVOKED


@given(arrived=st.sets(st.integers(1, 60), min_size=1), refused=st.sets(st.integers(1, 60)))
def test_cases_and_gaps_together_are_every_number_up_to_the_last(arrived: set[int], refused: set[int]) -> None:
    records = [*(came(number) for number in arrived), *(came(number, opened=False) for number in refused)]
    missing = [n for gap in gaps(*records, enrolled=True) for n in range(gap.first, gap.last + 1)]
    assert len(missing) == len(set(missing))
    assert set(missing) | arrived == set(range(1, max(arrived | refused) + 1))
    assert set(missing) & arrived == set()
