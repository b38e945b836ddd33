"""Whose consent counts, until when, and for which recipient."""

from datetime import timedelta

import pytest

from events.vocabulary import BlockReason
from services.referral.consent.domain import Blocked
from tests.support.builders.consent import ADOLESCENT, CHILD_ALONE, CHILD_IN_FAMILY, NOON, Ask, consent, receipt


def test_an_adult_consents(may_be_sent: Ask) -> None:
    others = (receipt("ACNUR"), receipt("OIM", "not_asked"))
    assert may_be_sent("OIM", *others, receipt("OIM"), about={"missing_relative": "yes"}) == consent(2)


def test_nobody_consents_for_an_adult(may_be_sent: Ask) -> None:
    verdict = may_be_sent("OIM", receipt("OIM", by="guardian"), about={"missing_relative": "yes"})
    assert verdict == Blocked(BlockReason.CONSENT_NOT_VALID)


def test_consent_to_one_recipient_is_none_to_another(may_be_sent: Ask) -> None:
    verdict = may_be_sent("OIM", receipt("ACNUR"), about={"missing_relative": "yes"})
    assert verdict == Blocked(BlockReason.CONSENT_NOT_ASKED)


def test_a_person_who_was_not_asked_has_not_consented(may_be_sent: Ask) -> None:
    verdict = may_be_sent("OIM", receipt("OIM", "not_asked"), about={"missing_relative": "yes"})
    assert verdict == Blocked(BlockReason.CONSENT_NOT_ASKED)


def test_consent_counts_until_the_moment_it_expires(may_be_sent: Ask) -> None:
    still = receipt("OIM", expires_at=NOON + timedelta(seconds=1))
    over = receipt("OIM", expires_at=NOON)
    assert may_be_sent("OIM", still, about={"missing_relative": "yes"}) == consent()
    assert may_be_sent("OIM", over, about={"missing_relative": "yes"}) == Blocked(BlockReason.CONSENT_EXPIRED)


def test_consent_counts_until_the_moment_it_is_withdrawn(may_be_sent: Ask) -> None:
    still = receipt("OIM", withdrawn_at=NOON + timedelta(seconds=1))
    taken_back = receipt("OIM", withdrawn_at=NOON)
    assert may_be_sent("OIM", still, about={"missing_relative": "yes"}) == consent()
    assert may_be_sent("OIM", taken_back, about={"missing_relative": "yes"}) == Blocked(BlockReason.CONSENT_REFUSED)


def test_of_several_receipts_one_that_counts_is_enough(may_be_sent: Ask) -> None:
    over = receipt("OIM", expires_at=NOON)
    assert may_be_sent("OIM", over, receipt("OIM"), about={"missing_relative": "yes"}) == consent(1)


def test_a_person_changes_their_mind(may_be_sent: Ask) -> None:
    about = {"missing_relative": "yes"}
    yes, no = receipt("OIM"), receipt("OIM", "refused")
    assert may_be_sent("OIM", yes, no, about=about) == Blocked(BlockReason.CONSENT_REFUSED)
    assert may_be_sent("OIM", no, yes, about=about) == consent(1)
    assert may_be_sent("OIM", yes, receipt("OIM", "not_asked"), about=about) == consent(0)
    assert may_be_sent("OIM", yes, receipt("OIM", "cannot_decide"), about=about) == consent(0)
    assert may_be_sent("OIM", receipt("OIM", "cannot_decide"), yes, about=about) == consent(1)


def test_a_guardian_who_is_there_consents_for_a_child(may_be_sent: Ask) -> None:
    verdict = may_be_sent("UNICEF", receipt("UNICEF", by="guardian"), about=CHILD_IN_FAMILY, harm=("robbery older",))
    assert verdict == consent(0, "DELITO NNA_FAM")


def test_a_guardian_who_is_not_there_does_not(may_be_sent: Ask) -> None:
    for accompaniment in ("alone", "other_relative", "unrelated_adult", "unknown"):
        about = {"age_band": "12-14", "accompaniment": accompaniment}
        verdict = may_be_sent("UNICEF", receipt("UNICEF", by="guardian"), about=about)
        assert verdict == Blocked(BlockReason.NEEDS_REPRESENTATIVE)


def test_where_the_family_did_harm_a_guardian_does_not(may_be_sent: Ask) -> None:
    verdict = may_be_sent(
        "UNICEF", receipt("UNICEF", by="guardian"), about=CHILD_IN_FAMILY, harm=("threats older family",)
    )
    assert verdict == Blocked(BlockReason.NEEDS_REPRESENTATIVE)


def test_an_adolescent_of_fifteen_consents_for_themselves(may_be_sent: Ask) -> None:
    assert may_be_sent("UNICEF", receipt("UNICEF"), about=ADOLESCENT) == consent(0, "NNA_NA")


@pytest.mark.parametrize("age_band", ["0-5", "6-11", "12-14", "unknown"])
def test_a_younger_child_or_one_of_unknown_age_does_not(may_be_sent: Ask, age_band: str) -> None:
    verdict = may_be_sent("UNICEF", receipt("UNICEF"), about=CHILD_ALONE | {"age_band": age_band})
    assert verdict == Blocked(BlockReason.NEEDS_REPRESENTATIVE)


def test_a_guardians_consent_counts_though_the_adolescent_refused_and_that_is_shown(may_be_sent: Ask) -> None:
    receipts = (receipt("UNICEF", "refused"), receipt("UNICEF", by="guardian"))
    about = ADOLESCENT | {"accompaniment": "parent_or_guardian"}
    verdict = may_be_sent("UNICEF", *receipts, about=about, harm=("robbery older",))
    assert verdict == consent(1, "DELITO NNA_FAM", shown_refusal=True)
