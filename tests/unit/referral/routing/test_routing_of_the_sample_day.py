"""The first thirty cases of the sample day, against the answers that came with them."""

import json
from datetime import datetime
from typing import Any

import pytest

from events.vocabulary import Agency, ConsentDecision, ConsentGiver, ConsentPurpose, RestrictedRecipient
from services.referral.consent.domain import Allowed, basis
from services.referral.consent.receipts import Receipt
from services.referral.deadlines.calendar import day_in_mexico
from services.referral.routing.domain import assess
from services.referral.routing.policy import RuleSet
from tests.support.system.system import DAY, sample_day

BY_ID = {one["submission_id"]: one for one in sample_day()}
EXPECTED = [
    json.loads(line)
    for line in DAY.with_name("day-2013-06-12.expected-first-30.jsonl").read_text(encoding="utf-8").splitlines()
]


def _receipt(given: dict[str, Any]) -> Receipt:
    known = Agency if given["recipient"] in set(Agency) else RestrictedRecipient
    return Receipt(
        recipient=known(given["recipient"]),
        decision=ConsentDecision(given["decision"]),
        given_by=ConsentGiver(given["given_by"]),
        purpose=ConsentPurpose(given["purpose"]),
        fields=tuple(given.get("fields", ())),
    )


def _result(made: dict[str, Any], rules: RuleSet) -> dict[str, Any]:
    at = datetime.fromisoformat(made["occurred_at"])
    assessment = assess(made, rules, day_in_mexico(at))
    receipts = [_receipt(one) for one in made.get("consent", ())]
    referrals = []
    for proposal in assessment.proposals:
        verdict = basis(proposal, assessment, made, receipts, at)
        referrals.append(
            {
                "agency": proposal.agency,
                "urgency": proposal.urgency,
                "categories": list(proposal.categories),
                "state": "requested" if isinstance(verdict, Allowed) else "blocked_consent",
                "basis": verdict.basis if isinstance(verdict, Allowed) else None,
            }
        )
    return {
        "submission_id": made["submission_id"],
        "lead": assessment.lead,
        "categories": list(assessment.categories),
        "referrals": referrals,
    }


def test_there_are_thirty_answers_to_compare() -> None:
    assert len(EXPECTED) == 30


@pytest.mark.parametrize("expected", EXPECTED, ids=[one["submission_id"] for one in EXPECTED])
def test_the_case_is_routed_and_sent_as_expected(expected: dict[str, Any], rules: RuleSet) -> None:
    assert _result(BY_ID[expected["submission_id"]], rules) == expected


def test_the_whole_day_is_routed(rules: RuleSet) -> None:
    for made in BY_ID.values():
        assert _result(made, rules)["submission_id"] == made["submission_id"]
