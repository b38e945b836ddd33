"""May it be sent? Each basis, each reason to wait, and what each recipient is then told."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from events.vocabulary import Agency, BlockReason, ConsentDecision, ConsentGiver, SendingBasis
from services.referral.consent import Allowed, Blocked, basis, disclosure, narrow
from services.referral.receipts import Receipt
from services.referral.routing import assess
from services.referral.rules import RuleSet
from services.referral.working_days import day_in_mexico

NOON = datetime(2013, 6, 12, 17, tzinfo=UTC)
ASSENT = {"assent": "yes", "basis": "assessment_started"}
CHILD_ALONE = {"age_band": "12-14", "accompaniment": "alone"}
CHILD_IN_FAMILY = {"age_band": "12-14", "accompaniment": "parent_or_guardian"}
ADOLESCENT = {"age_band": "15-17", "accompaniment": "alone"}

Verdict = Allowed | Blocked
Ask = Callable[..., Verdict]


def receipt(recipient: str, decision: str = "granted", by: str = "self", **more: Any) -> Receipt:
    return Receipt(recipient=Agency(recipient), decision=ConsentDecision(decision), given_by=ConsentGiver(by), **more)


def consent(index: int = 0, *, shown_refusal: bool = False) -> Allowed:
    return Allowed(SendingBasis.CONSENT, receipt_index=index, shown_refusal=shown_refusal)


@pytest.fixture
def may_be_sent(rules: RuleSet, case_of: Callable[..., dict[str, Any]]) -> Ask:
    def ask(recipient: str, *receipts: Receipt, about: dict[str, Any] | None = None, **case: Any) -> Verdict:
        document: dict[str, Any] = {key: case.pop(key) for key in ("best_interests", "withhold_from") if key in case}
        made = {**case_of(about, **case), **document}
        assessment = assess(made, rules, day_in_mexico(NOON))
        (proposal,) = (one for one in assessment.proposals if one.agency == recipient)
        return basis(proposal, assessment, made, receipts, NOON)

    return ask


# 1, 2: what is not about a person, and what must be reported


def test_what_is_not_about_a_person_needs_no_consent(may_be_sent: Ask) -> None:
    for recipient in ("OIM", "ACNUR"):
        assert may_be_sent(recipient, kind="shelter_threat") == Allowed(SendingBasis.NOT_PERSONAL)
    assert may_be_sent("PNUD", kind="community_incident") == Allowed(SendingBasis.NOT_PERSONAL)


def test_abuse_by_staff_must_be_reported_whatever_was_refused(may_be_sent: Ask) -> None:
    refused = receipt("PEAS", "refused")
    harm = ("assault 72h shelter_or_aid_worker",)
    mandatory = Allowed(SendingBasis.MANDATORY_REPORT)
    assert may_be_sent("PEAS", refused, harm=harm, withhold_from=["PEAS"]) == mandatory


# 3: the person's own list of those who must not be told


def test_a_recipient_the_person_excluded_is_not_told_though_consent_was_given(may_be_sent: Ask) -> None:
    verdict = may_be_sent("OIM", receipt("OIM"), about={"missing_relative": "yes"}, withhold_from=["INM", "OIM"])
    assert verdict == Blocked(BlockReason.WITHHELD, tell_coordinator=False)


def test_of_a_child_the_coordinator_is_told_that_a_recipient_was_excluded(may_be_sent: Ask) -> None:
    verdict = may_be_sent("UNICEF", about=CHILD_ALONE, best_interests=ASSENT, withhold_from=["UNICEF"])
    assert verdict == Blocked(BlockReason.WITHHELD, tell_coordinator=True)


def test_excluding_the_migration_authority_stops_no_referral(may_be_sent: Ask) -> None:
    assert may_be_sent("OIM", receipt("OIM"), about={"missing_relative": "yes"}, withhold_from=["INM"]) == consent()


# 4: the best interests of a child

IN_BEST_INTERESTS = Allowed(SendingBasis.BEST_INTERESTS)


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
def test_a_child_heard_is_referred_to_unicef_in_their_best_interests(
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
        assert verdict == Blocked(BlockReason.CONSENT_NOT_ASKED)


def test_sexual_violence_against_a_child_is_referred_to_unfpa_in_their_best_interests(
    may_be_sent: Ask,
) -> None:
    verdict = may_be_sent("UNFPA", about=CHILD_ALONE, harm=("sexual_violence older",), best_interests=ASSENT)
    assert verdict == IN_BEST_INTERESTS


def test_a_pregnant_childs_referral_to_unfpa_needs_consent_without_violence(may_be_sent: Ask) -> None:
    verdict = may_be_sent("UNFPA", about=CHILD_ALONE | {"needs": ["srh"]}, best_interests=ASSENT)
    assert verdict == Blocked(BlockReason.CONSENT_NOT_ASKED)


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
    assert verdict == Blocked(BlockReason.CONSENT_NOT_ASKED)


def test_an_adults_best_interests_are_their_own_business(may_be_sent: Ask) -> None:
    verdict = may_be_sent("UNFPA", harm=("sexual_violence older",), best_interests=ASSENT)
    assert verdict == Blocked(BlockReason.CONSENT_NOT_ASKED)


def test_a_refusal_does_not_stop_best_interests_but_is_shown(may_be_sent: Ask) -> None:
    refused = receipt("UNICEF", "refused")
    verdict = may_be_sent("UNICEF", refused, about=CHILD_ALONE, best_interests=ASSENT)
    assert verdict == Allowed(SendingBasis.BEST_INTERESTS, shown_refusal=True)


# 5: consent


def test_an_adult_consents(may_be_sent: Ask) -> None:
    others = (receipt("ACNUR"), receipt("OIM", "not_asked"))
    assert may_be_sent("OIM", *others, receipt("OIM"), about={"missing_relative": "yes"}) == consent(2)


def test_nobody_consents_for_an_adult(may_be_sent: Ask) -> None:
    verdict = may_be_sent("OIM", receipt("OIM", by="guardian"), about={"missing_relative": "yes"})
    assert verdict == Blocked(BlockReason.CONSENT_NOT_VALID)


def test_consent_to_one_recipient_is_none_to_another(may_be_sent: Ask) -> None:
    verdict = may_be_sent("OIM", receipt("ACNUR"), about={"missing_relative": "yes"})
    assert verdict == Blocked(BlockReason.CONSENT_NOT_ASKED)


def test_who_was_not_asked_has_not_consented(may_be_sent: Ask) -> None:
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
    assert verdict == consent()


def test_a_guardian_who_is_not_there_does_not(may_be_sent: Ask) -> None:
    for accompaniment in ("alone", "other_relative", "unrelated_adult", "unknown"):
        about = {"age_band": "12-14", "accompaniment": accompaniment}
        verdict = may_be_sent("UNICEF", receipt("UNICEF", by="guardian"), about=about)
        assert verdict == Blocked(BlockReason.CONSENT_NOT_VALID)


def test_where_the_family_did_harm_a_guardian_does_not(may_be_sent: Ask) -> None:
    verdict = may_be_sent(
        "UNICEF", receipt("UNICEF", by="guardian"), about=CHILD_IN_FAMILY, harm=("threats older family",)
    )
    assert verdict == Blocked(BlockReason.CONSENT_NOT_VALID)


def test_an_adolescent_of_fifteen_consents_for_themselves(may_be_sent: Ask) -> None:
    assert may_be_sent("UNICEF", receipt("UNICEF"), about=ADOLESCENT) == consent()


@pytest.mark.parametrize("age_band", ["0-5", "6-11", "12-14", "unknown"])
def test_a_younger_child_or_one_of_unknown_age_does_not(may_be_sent: Ask, age_band: str) -> None:
    verdict = may_be_sent("UNICEF", receipt("UNICEF"), about=CHILD_ALONE | {"age_band": age_band})
    assert verdict == Blocked(BlockReason.CONSENT_NOT_VALID)


def test_a_guardians_consent_counts_though_the_adolescent_refused_and_that_is_shown(may_be_sent: Ask) -> None:
    receipts = (receipt("UNICEF", "refused"), receipt("UNICEF", by="guardian"))
    about = ADOLESCENT | {"accompaniment": "parent_or_guardian"}
    verdict = may_be_sent("UNICEF", *receipts, about=about, harm=("robbery older",))
    assert verdict == consent(1, shown_refusal=True)


# 6: vital interest

VITAL = Allowed(SendingBasis.VITAL_INTEREST)
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


def test_an_adult_who_was_not_asked_is_asked_first_also_in_peril(may_be_sent: Ask) -> None:
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


def test_of_an_adult_only_oim_is_told_in_vital_interest(may_be_sent: Ask) -> None:
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


def test_no_other_agency_is_told_of_a_child_in_vital_interest(may_be_sent: Ask) -> None:
    about = CHILD_ALONE | {"fear_of_return": "yes", "danger_now": "yes"}
    assert may_be_sent("ACNUR", about=about) == Blocked(BlockReason.CONSENT_NOT_ASKED)


# What is told


def test_a_receipts_fields_only_narrow() -> None:
    disclosed = {"age_band": "25-59", "pregnancy.pregnant": "yes", "harm_events": [{"kind": "threats"}]}
    assert narrow(disclosed, ["all"]) == disclosed
    assert narrow(disclosed, ["age_band", "name", "phone"]) == {"age_band": "25-59"}
    assert narrow(disclosed, ["pregnancy"]) == {"pregnancy.pregnant": "yes"}
    assert narrow(disclosed, []) == {}


def test_what_is_told_depends_on_the_basis(rules: RuleSet, case_of: Any) -> None:
    made = case_of({"medical_now": "yes", "distress": "acute"})
    (oim,) = assess(made, rules, day_in_mexico(NOON)).proposals
    receipts = (receipt("OIM", fields=("age_band", "distress")),)
    always = rules.policy.discloses.always
    assert disclosure(oim, consent(0), receipts, always) == {"age_band": "25-59", "distress": "acute"}
    least = disclosure(oim, VITAL, (), always)
    assert least == {name: told for name, told in oim.disclosed.items() if name != "distress"}
    assert disclosure(oim, IN_BEST_INTERESTS, (), always) == oim.disclosed
