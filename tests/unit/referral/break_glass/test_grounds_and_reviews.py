"""Break-glass, cell by cell: which ground holds for whom, who may read and review, and that no authority ever may."""

from dataclasses import replace
from datetime import timedelta
from itertools import product
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.vocabulary import Agency, OverrideBasis, RestrictedRecipient, ReviewVerdict, Role, SendingBasis
from services.chassis.authorization.policy import Action, Principal, allowed
from services.referral.break_glass.domain import (
    ACCESS_DURATION,
    REVIEW_DURATION,
    Access,
    AccessOverError,
    AlreadyReviewedError,
    OwnAccessError,
    check_reading,
    check_review,
    review_overdue,
)
from services.referral.consent.overrides import override_permitted
from tests.support.builders.referral import CASE, REFERRAL, START

IMMINENT, CHILD, CANNOT = OverrideBasis
OPENER = Principal(Role.OFFICER, "OIM", "guardia-1")
ACCESS = Access(
    id=UUID(int=21),
    referral=REFERRAL,
    case=CASE,
    agency=Agency.ACNUR,
    shelter="ALB-TAP-01",
    basis=IMMINENT,
    opened_by=OPENER.actor,
    opened_for="OIM",
    until=START + ACCESS_DURATION,
    review_by=START + REVIEW_DURATION,
)

HOLDS = {
    # person, refusal → grounds that hold (domain.md §5: a capable adult's refusal is respected)
    ("adult", "nothing"): {IMMINENT, CANNOT},
    ("adult", "refused"): set(),
    ("adult", "withheld"): set(),
    ("adult", "refused and withheld"): set(),
    ("child", "nothing"): {IMMINENT, CHILD, CANNOT},
    ("child", "refused"): {IMMINENT, CHILD},
    ("child", "withheld"): set(),
    ("child", "refused and withheld"): set(),
}


@pytest.mark.parametrize(("who", "said", "basis"), [(*key, basis) for key, basis in product(HOLDS, OverrideBasis)])
def test_a_ground_holds_where_the_table_says_and_nowhere_else(who: str, said: str, basis: OverrideBasis) -> None:
    holds = override_permitted(basis, child=who == "child", refused="refused" in said, withheld="withheld" in said)
    assert holds == (basis in HOLDS[who, said])


def test_every_ground_is_a_basis_that_a_referral_can_be_sent_on() -> None:
    assert {basis.value for basis in OverrideBasis} <= {basis.value for basis in SendingBasis}


def test_it_lasts_four_hours_and_not_a_second_longer() -> None:
    assert timedelta(hours=4) == ACCESS_DURATION
    check_reading(ACCESS, OPENER, START + ACCESS_DURATION - timedelta(microseconds=1))
    for late in (timedelta(0), timedelta(days=3)):
        with pytest.raises(AccessOverError):
            check_reading(ACCESS, OPENER, START + ACCESS_DURATION + late)


def test_nobody_else_reads_by_it_and_nobody_when_it_was_not_justified() -> None:
    for other in (
        replace(OPENER, label="guardia-2"),
        replace(OPENER, org="ACNUR"),
        replace(OPENER, role=Role.SUPERVISOR),
    ):
        with pytest.raises(AccessOverError):
            check_reading(ACCESS, other, START)
    check_reading(replace(ACCESS, verdict=ReviewVerdict.JUSTIFIED), OPENER, START)
    with pytest.raises(AccessOverError):
        check_reading(replace(ACCESS, verdict=ReviewVerdict.NOT_JUSTIFIED), OPENER, START)


def test_it_is_reviewed_by_another_person_and_once() -> None:
    check_review(ACCESS, Principal(Role.SUPERVISOR, "ACNUR", "responsable-1"))
    for own in (replace(OPENER, role=Role.SUPERVISOR), Principal(Role.PROGRAMME_COORDINATOR, "*", OPENER.label)):
        with pytest.raises(OwnAccessError):
            check_review(ACCESS, own)
    labelled = replace(ACCESS, opened_by="supervisor:ACNUR:mesa:1")
    with pytest.raises(OwnAccessError):
        check_review(labelled, Principal(Role.SUPERVISOR, "ACNUR", "mesa:1"))
    check_review(labelled, Principal(Role.SUPERVISOR, "ACNUR", "1"))
    with pytest.raises(AlreadyReviewedError):
        check_review(
            replace(ACCESS, verdict=ReviewVerdict.JUSTIFIED), Principal(Role.SUPERVISOR, "ACNUR", "responsable-1")
        )


def test_the_coordinator_hears_once_of_what_nobody_reviewed_for_a_day() -> None:
    assert timedelta(hours=24) == REVIEW_DURATION
    assert review_overdue(ACCESS, START + REVIEW_DURATION - timedelta(seconds=1)) is None
    assert review_overdue(ACCESS, START + REVIEW_DURATION) is not None
    assert review_overdue(replace(ACCESS, escalated=True), START + timedelta(days=9)) is None
    assert review_overdue(replace(ACCESS, verdict=ReviewVerdict.NOT_JUSTIFIED), START + timedelta(days=9)) is None


@given(
    role=st.sampled_from(Role),
    authority=st.sampled_from(RestrictedRecipient),
    agency=st.sampled_from(Agency),
    label=st.text(max_size=8),
)
def test_no_authority_can_be_opened_anything_whatever_role_it_was_given(
    role: Role, authority: RestrictedRecipient, agency: Agency, label: str
) -> None:
    """An organisation with an authority's name and a valid token opens nothing (the firewall)."""
    if role is Role.PROGRAMME_COORDINATOR:
        return  # belongs to no organisation: its tokens are issued for ``*`` only
    assert not allowed(Principal(role, authority.value, label), Action.BREAK_GLASS, shelter="ALB-TAP-01", agency=agency)
