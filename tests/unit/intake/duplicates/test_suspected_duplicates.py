"""Two cases may be of one person if their document, name or, with another reason, telephone is the same."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.vocabulary import RESTRICTED_CATEGORIES, RiskCategory
from services.intake.duplicates.domain import (
    NEVER_COMPARED,
    ComparedCase,
    DuplicateReason,
    pairs_to_show,
    reasons_to_suspect,
    shown_stream,
)
from services.intake.submissions.blind_index import Digests

AT = datetime(2013, 6, 12, 15, tzinfo=UTC)
ONE, TWO = b"1" * 16, b"2" * 16
DIGESTS = st.builds(Digests, *[st.sampled_from([None, ONE, TWO])] * 4)
WHEN = st.timedeltas(timedelta(0), timedelta(days=3)).map(lambda later: AT + later)


@given(DIGESTS, DIGESTS, WHEN, WHEN)
def test_two_cases_are_suspected_for_the_same_reasons_in_either_order(
    mine: Digests, theirs: Digests, one: datetime, other: datetime
) -> None:
    found = reasons_to_suspect(ComparedCase(mine, one), ComparedCase(theirs, other))
    assert found == reasons_to_suspect(ComparedCase(theirs, other), ComparedCase(mine, one))
    same = {
        name: getattr(mine, name) is not None and getattr(mine, name) == getattr(theirs, name)
        for name in ("document", "name", "phone")
    }
    assert (DuplicateReason.DOCUMENT in found) == same["document"]
    assert (DuplicateReason.NAME in found) == same["name"]
    if not any(same.values()):
        assert found == ()  # neither the same day nor the same family is a reason by itself
    if found == (DuplicateReason.PHONE,):
        pytest.fail("people who travel together share a telephone")


def test_a_worker_sees_again_what_they_saw_and_new_pairs_up_to_the_days_number() -> None:
    pairs = [(uuid4(), uuid4()) for _ in range(6)]
    assert pairs_to_show(pairs, [], 20) == pairs
    assert pairs_to_show(pairs, [], 4) == pairs[:4]
    assert pairs_to_show(pairs, [pairs[5], pairs[2]], 3) == [pairs[0], pairs[2], pairs[5]]
    assert pairs_to_show(pairs[:2], pairs[2:], 4) == []


def test_a_day_of_pairs_is_a_workers_day_in_mexico() -> None:
    morning = datetime(2026, 11, 24, 15, tzinfo=UTC)
    assert shown_stream("w", morning) == shown_stream("w", datetime(2026, 11, 25, 5, tzinfo=UTC))
    assert shown_stream("w", morning) != shown_stream("w", datetime(2026, 11, 25, 7, tzinfo=UTC))
    assert shown_stream("w", morning) != shown_stream("v", morning)


def test_peas_is_no_reason_not_to_compare_and_every_other_restricted_category_is() -> None:
    assert RESTRICTED_CATEGORIES - {RiskCategory.PEAS} == NEVER_COMPARED
    assert RiskCategory.PEAS in RESTRICTED_CATEGORIES, "nor may it be searched"
