"""What a recipient is shown depends on the basis, and a receipt only narrows it."""

from typing import Any

from services.referral.consent.domain import disclosure, narrow
from services.referral.deadlines.calendar import day_in_mexico
from services.referral.routing.domain import assess
from services.referral.routing.policy import RuleSet
from tests.support.builders.consent import IN_BEST_INTERESTS, NOON, VITAL, consent, receipt


def test_a_receipts_fields_only_narrow() -> None:
    disclosed = {"age_band": "25-59", "pregnancy.pregnant": "yes", "harm_events": [{"kind": "threats"}]}
    assert narrow(disclosed, ["all"]) == disclosed
    assert narrow(disclosed, ["age_band", "name", "phone"]) == {"age_band": "25-59"}
    assert narrow(disclosed, ["pregnancy"]) == {"pregnancy.pregnant": "yes"}
    assert narrow(disclosed, []) == {}


def test_what_is_disclosed_depends_on_the_basis(rules: RuleSet, case_of: Any) -> None:
    made = case_of({"medical_now": "yes", "distress": "acute"})
    (oim,) = assess(made, rules, day_in_mexico(NOON)).proposals
    receipts = (receipt("OIM", fields=("age_band", "distress")),)
    always = rules.policy.discloses.always
    assert disclosure(oim, consent(0, "MED SM"), receipts, always) == {"age_band": "25-59", "distress": "acute"}
    least = disclosure(oim, VITAL, (), always)
    assert least == {name: told for name, told in oim.disclosed.items() if name != "distress"}
    assert disclosure(oim, IN_BEST_INTERESTS, (), always) == oim.disclosed
