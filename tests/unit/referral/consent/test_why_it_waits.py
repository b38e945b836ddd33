"""Why a referral waits, as the shelter is shown it: what the person last said, else what is missing."""

from datetime import timedelta
from typing import Any

import pytest

from events.vocabulary import BlockReason, ConsentPurpose, RiskCategory
from services.referral.consent.domain import Allowed, Blocked
from tests.support.builders.consent import (
    ADOLESCENT,
    ASSENT,
    CHILD_ALONE,
    CHILD_IN_FAMILY,
    IN_BEST_INTERESTS,
    NOON,
    VITAL,
    Ask,
    consent,
    receipt,
)

TOMORROW = NOON + timedelta(days=1)
MISSING = {"missing_relative": "yes"}
LATER = receipt("OIM", "wants_time", until=TOMORROW)
DECIDES_LATER = Blocked(BlockReason.WANTS_TIME, until=TOMORROW)
NOT_ASKED = Blocked(BlockReason.CONSENT_NOT_ASKED)


# Somebody wants time


def test_who_wants_time_is_waited_for_until_then(may_be_sent: Ask) -> None:
    assert may_be_sent("OIM", LATER, about=MISSING) == DECIDES_LATER


@pytest.mark.parametrize("until", [NOON, NOON - timedelta(days=1)])
def test_when_that_time_is_over_they_are_as_if_they_had_not_been_asked(may_be_sent: Ask, until: Any) -> None:
    assert may_be_sent("OIM", receipt("OIM", "wants_time", until=until), about=MISSING) == NOT_ASKED


def test_who_wants_time_takes_no_consent_back(may_be_sent: Ask) -> None:
    assert may_be_sent("OIM", receipt("OIM"), LATER, about=MISSING) == consent()


def test_who_had_refused_and_wants_time_is_asked_again_but_still_refuses(may_be_sent: Ask) -> None:
    """Nothing is sent on vital interest: nobody has taken the refusal back."""
    no, unable = receipt("OIM", "refused"), receipt("OIM", "cannot_decide")
    assert may_be_sent("OIM", no, LATER, about=MISSING) == DECIDES_LATER
    verdict = may_be_sent("OIM", no, LATER, unable, about=MISSING | {"danger_now": "yes"})
    assert verdict == Blocked(BlockReason.CONSENT_REFUSED)


def test_a_refusal_or_a_consent_ends_the_waiting(may_be_sent: Ask) -> None:
    assert may_be_sent("OIM", LATER, receipt("OIM", "refused"), about=MISSING) == Blocked(BlockReason.CONSENT_REFUSED)
    assert may_be_sent("OIM", LATER, receipt("OIM"), about=MISSING) == consent(1)


def test_who_could_not_decide_and_now_wants_time_can(may_be_sent: Ask) -> None:
    unable, in_danger = receipt("OIM", "cannot_decide"), MISSING | {"danger_now": "yes"}
    assert may_be_sent("OIM", unable, LATER, about=in_danger) == DECIDES_LATER
    assert may_be_sent("OIM", LATER, unable, about=in_danger) == VITAL


def test_the_last_time_that_was_asked_for_counts(may_be_sent: Ask) -> None:
    sooner = receipt("OIM", "wants_time", until=NOON + timedelta(hours=1))
    assert may_be_sent("OIM", sooner, LATER, about=MISSING) == DECIDES_LATER
    assert may_be_sent("OIM", LATER, sooner, about=MISSING) == Blocked(BlockReason.WANTS_TIME, until=sooner.until)


def test_nobody_who_may_not_decide_asks_for_time(may_be_sent: Ask) -> None:
    """Otherwise a word of the guardian whose word is void would keep a child from being asked about."""
    void = receipt("OIM", "wants_time", by="guardian", until=TOMORROW)
    assert may_be_sent("OIM", void, about=MISSING) == Blocked(BlockReason.CONSENT_NOT_VALID)
    assert may_be_sent("OIM", void, about=CHILD_ALONE) == Blocked(BlockReason.NEEDS_REPRESENTATIVE)
    assert may_be_sent("OIM", LATER, about=CHILD_ALONE) == Blocked(BlockReason.NEEDS_REPRESENTATIVE)
    assert may_be_sent("OIM", LATER, about=ADOLESCENT) == DECIDES_LATER


# A child for whom nobody present may decide


@pytest.mark.parametrize("age_band", ["0-5", "6-11", "12-14", "unknown"])
@pytest.mark.parametrize("accompaniment", ["alone", "other_relative", "unrelated_adult", "unknown"])
def test_a_child_without_a_guardian_needs_somebody_to_represent_them(
    may_be_sent: Ask, age_band: str, accompaniment: str
) -> None:
    about = {"age_band": age_band, "accompaniment": accompaniment}
    assert may_be_sent("OIM", about=about) == Blocked(BlockReason.NEEDS_REPRESENTATIVE)


def test_so_does_a_child_whose_family_did_harm(may_be_sent: Ask) -> None:
    verdict = may_be_sent("OIM", about=CHILD_IN_FAMILY, harm=("assault older family",))
    assert verdict == Blocked(BlockReason.NEEDS_REPRESENTATIVE)


def test_a_child_with_a_guardian_or_of_fifteen_is_asked(may_be_sent: Ask) -> None:
    assert may_be_sent("OIM", about=CHILD_IN_FAMILY | {"missing_relative": "yes"}) == NOT_ASKED
    assert may_be_sent("OIM", about=ADOLESCENT) == NOT_ASKED


def test_a_childs_own_no_needs_nobody(may_be_sent: Ask) -> None:
    assert may_be_sent("OIM", receipt("OIM", "refused"), about=CHILD_ALONE) == Blocked(BlockReason.CONSENT_REFUSED)


def test_where_another_basis_holds_nobody_is_needed(may_be_sent: Ask) -> None:
    assert may_be_sent("UNICEF", about=CHILD_ALONE, best_interests=ASSENT) == IN_BEST_INTERESTS
    assert may_be_sent("OIM", about=CHILD_ALONE | {"danger_now": "yes"}) == VITAL


def test_whoever_was_excluded_for_a_child_is_not_asked_about(may_be_sent: Ask) -> None:
    verdict = may_be_sent("OIM", about=CHILD_ALONE, withhold_from=["OIM"])
    assert verdict == Blocked(BlockReason.WITHHELD, tell_coordinator=True)


# What is wrong with what there is


def test_each_reason_is_the_persons_own_situation(may_be_sent: Ask) -> None:
    over = receipt("OIM", expires_at=NOON)
    legal = receipt("OIM", purpose=ConsentPurpose.HEALTH)
    assert may_be_sent("OIM", over, about=MISSING) == Blocked(BlockReason.CONSENT_EXPIRED)
    assert may_be_sent("OIM", over, legal, about=MISSING) == Blocked(
        BlockReason.PURPOSE_TOO_NARROW, uncovered=(RiskCategory.DESAP,)
    )
    unable = receipt("OIM", "cannot_decide")
    assert may_be_sent("OIM", legal, unable, about=MISSING) == Blocked(BlockReason.CANNOT_DECIDE)
    assert isinstance(may_be_sent("OIM", unable, receipt("OIM"), about=MISSING), Allowed)
