"""What needs no consent, what the person excluded, and what is sent in a child's best interests."""

from dataclasses import replace
from typing import Any

import pytest

from events.vocabulary import BlockReason, SendingBasis
from services.referral.consent.domain import Allowed, Blocked, basis
from services.referral.deadlines.calendar import day_in_mexico
from services.referral.routing.domain import assess
from services.referral.routing.policy import RuleSet
from tests.support.builders.consent import (
    ASSENT,
    CHILD_ALONE,
    CHILD_IN_FAMILY,
    IN_BEST_INTERESTS,
    NOON,
    Ask,
    consent,
    receipt,
)

# What is not about a person, and what must be reported


def test_what_is_not_about_a_person_needs_no_consent(may_be_sent: Ask) -> None:
    for recipient in ("OIM", "ACNUR"):
        assert may_be_sent(recipient, kind="shelter_threat") == Allowed(SendingBasis.NOT_PERSONAL)
    assert may_be_sent("PNUD", kind="community_incident") == Allowed(SendingBasis.NOT_PERSONAL)


def test_abuse_by_staff_must_be_reported_whatever_was_refused(may_be_sent: Ask) -> None:
    refused = receipt("PEAS", "refused")
    harm = ("assault 72h shelter_or_aid_worker",)
    mandatory = Allowed(SendingBasis.MANDATORY_REPORT)
    assert may_be_sent("PEAS", refused, harm=harm, withhold_from=["PEAS"]) == mandatory


# The recipients that the person excluded


def test_a_recipient_the_person_excluded_is_not_notified_though_consent_was_given(may_be_sent: Ask) -> None:
    verdict = may_be_sent("OIM", receipt("OIM"), about={"missing_relative": "yes"}, withhold_from=["INM", "OIM"])
    assert verdict == Blocked(BlockReason.WITHHELD, tell_coordinator=False)


def test_a_coordinator_is_notified_when_a_recipient_is_excluded_for_a_child(may_be_sent: Ask) -> None:
    verdict = may_be_sent("UNICEF", about=CHILD_ALONE, best_interests=ASSENT, withhold_from=["UNICEF"])
    assert verdict == Blocked(BlockReason.WITHHELD, tell_coordinator=True)


def test_excluding_the_migration_authority_stops_no_referral(may_be_sent: Ask) -> None:
    assert may_be_sent("OIM", receipt("OIM"), about={"missing_relative": "yes"}, withhold_from=["INM"]) == consent()


# In a child's best interests


@pytest.mark.parametrize("assent", ["yes", "not_applicable"])
@pytest.mark.parametrize(
    ("about", "harm"),
    [
        (CHILD_ALONE, ()),
        (CHILD_IN_FAMILY | {"trafficking_indicators": ["cannot_leave"]}, ()),
        (CHILD_IN_FAMILY, ("kidnapping older",)),
        (CHILD_IN_FAMILY, ("gender_violence older",)),
        (CHILD_IN_FAMILY, ("robbery older family",)),
        (CHILD_IN_FAMILY | {"danger_now": "yes"}, ()),
    ],
    ids=["NNA_NA", "TRATA", "SECUESTRO", "VSG", "NNA_FAM at U1", "NNA_FAM at U0"],
)
def test_a_child_who_was_heard_is_referred_to_unicef_in_their_best_interests(
    may_be_sent: Ask, about: dict[str, Any], harm: tuple[str, ...], assent: str
) -> None:
    interests = {"assent": assent, "basis": "determination_made"}
    assert may_be_sent("UNICEF", about=about, harm=harm, best_interests=interests) == IN_BEST_INTERESTS


def test_a_child_in_family_less_urgently_at_risk_needs_consent(may_be_sent: Ask) -> None:
    verdict = may_be_sent("UNICEF", about=CHILD_IN_FAMILY, harm=("robbery older",), best_interests=ASSENT)
    assert verdict == Blocked(BlockReason.CONSENT_NOT_ASKED)


def test_a_child_who_did_not_assent_needs_consent(may_be_sent: Ask) -> None:
    for interests in ({"assent": "no", "basis": "assessment_started"}, None, {}):
        verdict = may_be_sent("UNICEF", about=CHILD_ALONE, best_interests=interests)
        assert verdict == Blocked(BlockReason.NEEDS_REPRESENTATIVE)


def test_sexual_violence_against_a_child_is_referred_to_unfpa_in_their_best_interests(
    may_be_sent: Ask,
) -> None:
    verdict = may_be_sent("UNFPA", about=CHILD_ALONE, harm=("sexual_violence older",), best_interests=ASSENT)
    assert verdict == IN_BEST_INTERESTS


def test_a_pregnant_childs_referral_to_unfpa_needs_consent_without_violence(may_be_sent: Ask) -> None:
    verdict = may_be_sent("UNFPA", about=CHILD_ALONE | {"needs": ["srh"]}, best_interests=ASSENT)
    assert verdict == Blocked(BlockReason.NEEDS_REPRESENTATIVE)


def test_violence_anywhere_in_the_case_counts_for_unfpa(rules: RuleSet, case_of: Any) -> None:
    """Also for a referral, rerouted or grown, that itself carries another category."""
    made = {
        **case_of(CHILD_ALONE | {"needs": ["srh"]}, harm=("sexual_violence older",)),
        "best_interests": ASSENT,
    }
    assessment = assess(made, rules, day_in_mexico(NOON))
    (unfpa,) = (one for one in assessment.proposals if one.agency == "UNFPA")
    only_ssr = replace(unfpa, grounds=tuple(one for one in unfpa.grounds if one.rule == "SSR"))
    assert basis(only_ssr, assessment, made, (), NOON) == IN_BEST_INTERESTS


def test_best_interests_reach_unicef_and_unfpa_only(may_be_sent: Ask) -> None:
    verdict = may_be_sent("OIM", about=CHILD_ALONE, best_interests=ASSENT)
    assert verdict == Blocked(BlockReason.NEEDS_REPRESENTATIVE)


def test_an_adults_best_interests_are_their_own_business(may_be_sent: Ask) -> None:
    verdict = may_be_sent("UNFPA", harm=("sexual_violence older",), best_interests=ASSENT)
    assert verdict == Blocked(BlockReason.CONSENT_NOT_ASKED)


def test_a_refusal_does_not_stop_best_interests_but_is_shown(may_be_sent: Ask) -> None:
    refused = receipt("UNICEF", "refused")
    verdict = may_be_sent("UNICEF", refused, about=CHILD_ALONE, best_interests=ASSENT)
    assert verdict == Allowed(SendingBasis.BEST_INTERESTS, shown_refusal=True)
