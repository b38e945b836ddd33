"""A person in peril who cannot decide is referred; a refusal that counts is respected."""

import pytest

from events.vocabulary import BlockReason, SendingBasis
from services.referral.consent.domain import Allowed, Blocked
from tests.support.builders.consent import ADOLESCENT, CHILD_ALONE, CHILD_IN_FAMILY, NOON, VITAL, Ask, receipt

UNABLE = receipt("OIM", "cannot_decide")


@pytest.mark.parametrize("peril", ["danger_now", "medical_now", "perpetrator_nearby"])
def test_an_adult_who_cannot_decide_and_is_in_peril_is_referred_to_oim(may_be_sent: Ask, peril: str) -> None:
    assert may_be_sent("OIM", UNABLE, about={peril: "yes"}) == VITAL


def test_a_capable_adults_refusal_is_respected_also_in_peril(may_be_sent: Ask) -> None:
    verdict = may_be_sent("OIM", receipt("OIM", "refused"), about={"medical_now": "yes"})
    assert verdict == Blocked(BlockReason.CONSENT_REFUSED)


def test_what_an_adult_refused_while_they_could_still_holds_when_they_cannot_decide(may_be_sent: Ask) -> None:
    verdict = may_be_sent("OIM", receipt("OIM", "refused"), UNABLE, about={"medical_now": "yes"})
    assert verdict == Blocked(BlockReason.CONSENT_REFUSED)


def test_an_adult_in_peril_who_was_not_asked_for_consent_is_asked_first(may_be_sent: Ask) -> None:
    assert may_be_sent("OIM", about={"medical_now": "yes"}) == Blocked(BlockReason.CONSENT_NOT_ASKED)


def test_who_cannot_decide_and_is_in_no_peril_waits(may_be_sent: Ask) -> None:
    for about in ({"missing_relative": "yes"}, {"medical_now": "unsure"}, {"danger_now": "unsure"}):
        assert may_be_sent("OIM", UNABLE, about=about) == Blocked(BlockReason.CANNOT_DECIDE)


def test_an_immediate_referral_without_peril_waits(may_be_sent: Ask) -> None:
    verdict = may_be_sent("OIM", UNABLE, about={"distress": "plan"})
    assert verdict == Blocked(BlockReason.CANNOT_DECIDE)


def test_a_referral_that_is_not_immediate_waits_also_in_peril(may_be_sent: Ask) -> None:
    verdict = may_be_sent("UNICEF", about=CHILD_IN_FAMILY | {"medical_now": "unsure", "distress": "acute"})
    assert verdict == Blocked(BlockReason.CONSENT_NOT_ASKED)


def test_only_oim_is_notified_of_an_adult_in_vital_interest(may_be_sent: Ask) -> None:
    about = {"fear_of_return": "yes", "danger_now": "yes"}
    verdict = may_be_sent("ACNUR", receipt("ACNUR", "cannot_decide"), about=about)
    assert verdict == Blocked(BlockReason.CANNOT_DECIDE)


@pytest.mark.parametrize("recipient", ["OIM", "UNICEF"])
def test_a_child_in_peril_for_whom_nobody_refused_is_referred(may_be_sent: Ask, recipient: str) -> None:
    assert may_be_sent(recipient, about=CHILD_ALONE | {"danger_now": "yes"}) == VITAL


def test_a_void_or_expired_receipt_for_a_child_leaves_vital_interest(may_be_sent: Ask) -> None:
    about = CHILD_ALONE | {"danger_now": "yes"}
    assert may_be_sent("OIM", receipt("OIM", by="guardian"), about=about) == VITAL
    assert may_be_sent("OIM", receipt("OIM"), about=about) == VITAL
    assert may_be_sent("OIM", receipt("OIM", expires_at=NOON), about=ADOLESCENT | {"danger_now": "yes"}) == VITAL


def test_a_childs_own_refusal_holds_at_any_age(may_be_sent: Ask) -> None:
    verdict = may_be_sent("OIM", receipt("OIM", "refused"), about=CHILD_ALONE | {"danger_now": "yes"})
    assert verdict == Blocked(BlockReason.CONSENT_REFUSED)


def test_a_guardians_refusal_holds_while_they_are_there_and_harm_nobody(may_be_sent: Ask) -> None:
    refused = receipt("OIM", "refused", by="guardian")
    in_family = CHILD_IN_FAMILY | {"danger_now": "yes"}
    assert may_be_sent("OIM", refused, about=in_family) == Blocked(BlockReason.CONSENT_REFUSED)
    shown = Allowed(SendingBasis.VITAL_INTEREST, shown_refusal=True)
    assert may_be_sent("OIM", refused, about=in_family, harm=("assault 72h family",)) == shown
    assert may_be_sent("OIM", refused, about=CHILD_ALONE | {"danger_now": "yes"}) == shown


def test_a_child_who_cannot_decide_is_referred_in_peril(may_be_sent: Ask) -> None:
    assert may_be_sent("OIM", UNABLE, about=CHILD_ALONE | {"medical_now": "yes"}) == VITAL


def test_no_other_agency_is_notified_of_a_child_in_vital_interest(may_be_sent: Ask) -> None:
    about = CHILD_ALONE | {"fear_of_return": "yes", "danger_now": "yes"}
    assert may_be_sent("ACNUR", about=about) == Blocked(BlockReason.NEEDS_REPRESENTATIVE)
