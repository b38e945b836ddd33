"""A consent opens what its purpose covers: those categories, their answers and their urgency, and nothing else."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.vocabulary import (
    Agency,
    BlockReason,
    ConsentDecision,
    ConsentGiver,
    ConsentPurpose,
    RiskCategory,
    SendingBasis,
)
from services.referral.consent.domain import Allowed, Blocked, basis, disclosure
from services.referral.consent.receipts import Receipt
from services.referral.routing.domain import Proposal
from services.referral.routing.policy import RuleSet, load_rules
from services.referral.routing.rule_table import BEFORE_THEY_WERE_WRITTEN
from tests.support.builders.consent import CHILD_ALONE, CHILD_IN_FAMILY, NOON, VITAL, Ask, receipt
from tests.unit.referral.routing.test_routing_properties import SUBMISSIONS, _assess

HEALTH = ["MED", "VSG", "SSR", "SM", "DISC", "MAYOR"]
LEGAL = ["ASILO", "REFUG", "APATRIDA", "TRATA", "TRAFICO", "SECUESTRO", "DELITO", "ABUSO_AUT", "LABORAL", "DESAP"]
COVERED: dict[ConsentPurpose, set[str]] = {
    ConsentPurpose.PROTECTION: {*RiskCategory},
    ConsentPurpose.HEALTH: set(HEALTH),
    ConsentPurpose.LEGAL: set(LEGAL),
    ConsentPurpose.RETURN: {"RETORNO"},
}
"""As the programme's agencies agreed."""
RETURNING = {"wants_return": "yes", "needs": ["return"]}


@pytest.mark.parametrize("purpose", list(ConsentPurpose))
@pytest.mark.parametrize("category", list(RiskCategory))
def test_each_purpose_covers_what_was_agreed(rules: RuleSet, purpose: ConsentPurpose, category: RiskCategory) -> None:
    assert (category in rules.purposes[purpose]) == (category in COVERED[purpose])


def test_a_rule_set_from_before_purposes_were_written_covers_the_same(rules: RuleSet) -> None:
    assert {one: BEFORE_THEY_WERE_WRITTEN.of(one) for one in ConsentPurpose} == dict(rules.purposes)


# What is covered is sent, what is not is shown to the shelter


def test_a_consent_for_return_sends_no_asylum_claim(may_be_sent: Ask) -> None:
    verdict = may_be_sent("ACNUR", receipt("ACNUR", purpose=ConsentPurpose.RETURN), about={"fear_of_return": "yes"})
    assert verdict == Blocked(BlockReason.PURPOSE_TOO_NARROW, uncovered=(RiskCategory.ASILO,))


def test_what_a_purpose_covers_is_sent_and_the_rest_is_named(may_be_sent: Ask) -> None:
    about = {"missing_relative": "yes", "distress": "acute"}
    verdict = may_be_sent("OIM", receipt("OIM", purpose=ConsentPurpose.HEALTH), about=about)
    assert isinstance(verdict, Allowed)
    assert (verdict.basis, verdict.receipt_index) == (SendingBasis.CONSENT, 0)
    assert verdict.uncovered == (RiskCategory.DESAP,)


def test_a_purpose_that_covers_nothing_is_no_valid_receipt_for_a_child_in_peril(may_be_sent: Ask) -> None:
    in_peril = CHILD_IN_FAMILY | {"danger_now": "yes"}
    narrow = receipt("OIM", by="guardian", purpose=ConsentPurpose.RETURN)
    assert may_be_sent("OIM", narrow, about=in_peril) == VITAL
    capable = receipt("OIM", purpose=ConsentPurpose.RETURN)
    verdict = may_be_sent("OIM", capable, about={"danger_now": "yes"})
    assert verdict == Blocked(BlockReason.PURPOSE_TOO_NARROW, uncovered=(RiskCategory.PELIGRO,))


def test_who_consents_to_one_thing_and_then_to_another_has_consented_to_both(may_be_sent: Ask) -> None:
    about = {"missing_relative": "yes", "distress": "acute", "lacks_aid_or_medicine": True, "disability": ["seeing"]}
    legal = receipt("OIM", purpose=ConsentPurpose.LEGAL)
    health = receipt("OIM", purpose=ConsentPurpose.HEALTH)
    verdict = may_be_sent("OIM", legal, health, about=about)
    assert isinstance(verdict, Allowed)
    assert verdict.uncovered == ()
    assert [grant.index for grant in verdict.grants] == [1, 0], "what covers most is what it rests on"


def test_the_later_word_about_a_purpose_counts_be_it_wider_or_narrower(may_be_sent: Ask) -> None:
    wide, narrow = receipt("OIM", fields=("all",)), receipt("OIM", fields=("age_band",))
    for receipts in ((wide, narrow), (narrow, wide)):
        verdict = may_be_sent("OIM", *receipts, about={"missing_relative": "yes"})
        assert isinstance(verdict, Allowed)
        assert [grant.index for grant in verdict.grants] == [1]


def test_a_later_consent_that_was_taken_back_does_not_revive_the_one_before(may_be_sent: Ask) -> None:
    verdict = may_be_sent("OIM", receipt("OIM"), receipt("OIM", withdrawn_at=NOON), about={"missing_relative": "yes"})
    assert verdict == Blocked(BlockReason.CONSENT_REFUSED)


def test_each_receipt_opens_what_it_covers_as_far_as_its_own_fields_go(rules: RuleSet, case_of: Any) -> None:
    made = case_of({"missing_relative": "yes", "distress": "acute"})
    result = _assess(made)
    (oim,) = result.proposals
    receipts = (
        receipt("OIM", purpose=ConsentPurpose.LEGAL, fields=("missing_relative",)),
        receipt("OIM", purpose=ConsentPurpose.HEALTH, fields=("distress", "language", "missing_relative")),
    )
    verdict = basis(oim, result, made, receipts, NOON)
    assert isinstance(verdict, Allowed)
    told = disclosure(oim, verdict, receipts, rules.policy.discloses.always)
    assert told == {"missing_relative": "yes", "distress": "acute", "language": "es"}
    one = basis(oim, result, made, receipts[1:], NOON)
    assert isinstance(one, Allowed)
    assert disclosure(oim, one, receipts[1:], ()) == {"distress": "acute", "language": "es"}


# Whatever somebody consents to


RULES = load_rules()
GRANTS = st.lists(
    st.builds(
        Receipt,
        recipient=st.sampled_from(list(Agency)),
        decision=st.sampled_from([ConsentDecision.GRANTED] * 4 + list(ConsentDecision)),
        given_by=st.sampled_from([ConsentGiver.SELF] * 3 + [ConsentGiver.GUARDIAN]),
        purpose=st.sampled_from(list(ConsentPurpose)),
        fields=st.sampled_from([("all",), ("all",), ("needs", "age_band"), ("harm_events",)]),
    ),
    max_size=10,
)


def agreed(one: Proposal, receipts: list[Receipt]) -> set[str]:
    """What the person let this agency know, said once more and as widely as it can be meant."""
    mine = [each for each in receipts if each.recipient == one.agency and each.decision is ConsentDecision.GRANTED]
    return {code for each in mine for code in one.categories if code in COVERED[each.purpose]}


@given(SUBMISSIONS, GRANTS)
def test_no_agency_learns_an_answer_a_category_or_an_urgency_that_no_consent_covers(
    made: dict[str, Any], receipts: list[Receipt]
) -> None:
    result = _assess(made)
    for one in result.proposals:
        verdict = basis(one, result, made, receipts, NOON)
        if not isinstance(verdict, Allowed) or verdict.basis is not SendingBasis.CONSENT:
            continue
        told, covered = verdict.told(one), agreed(one, receipts)
        assert set(told.categories) <= covered
        assert {*told.categories, *verdict.uncovered} == set(one.categories)
        grounds = [ground for ground in one.grounds if ground.rule in covered]
        assert told.urgency in {ground.urgency for ground in grounds}
        assert told.urgency >= min(ground.urgency for ground in grounds)
        shown = disclosure(one, verdict, receipts, RULES.policy.discloses.always)
        assert shown == disclosure(told, verdict, receipts, RULES.policy.discloses.always)
        allowed = {*RULES.policy.discloses.always, *(name for ground in grounds for name in ground.evidence)}
        assert set(shown) <= allowed
        events = [event for ground in grounds for event in ground.evidence.get("harm_events", ())]
        for event in shown.get("harm_events", ()):
            assert event in [{part: one[part] for part in ("kind", "when")} for one in events]
        for name, value in shown.items():
            if isinstance(value, list) and name != "harm_events":
                seen = [each for ground in grounds for each in ground.evidence.get(name, ())]
                assert all(each in seen for each in value)


@given(SUBMISSIONS, GRANTS)
def test_what_waits_for_a_wider_purpose_names_all_that_it_carries(
    made: dict[str, Any], receipts: list[Receipt]
) -> None:
    result = _assess(made)
    for one in result.proposals:
        verdict = basis(one, result, made, receipts, NOON)
        if isinstance(verdict, Blocked):
            narrow = verdict.reason is BlockReason.PURPOSE_TOO_NARROW
            assert verdict.uncovered == (one.categories if narrow else ())
            own = [each for each in receipts if each.recipient == one.agency]
            # A refusal takes an earlier grant back, and a guardian's may be void: then the widest word is not the last.
            plain = all((each.decision, each.given_by) == (ConsentDecision.GRANTED, ConsentGiver.SELF) for each in own)
            assert not (narrow and plain and agreed(one, receipts))


def test_a_childs_void_guardian_opens_nothing_by_any_purpose(may_be_sent: Ask) -> None:
    for purpose in ConsentPurpose:
        verdict = may_be_sent("UNICEF", receipt("UNICEF", by="guardian", purpose=purpose), about=CHILD_ALONE)
        assert verdict == Blocked(BlockReason.NEEDS_REPRESENTATIVE)
