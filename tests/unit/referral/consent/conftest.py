"""The question that every test of consent asks."""

from collections.abc import Callable
from typing import Any

import pytest

from services.referral.consent.domain import basis
from services.referral.consent.receipts import Receipt
from services.referral.deadlines.calendar import day_in_mexico
from services.referral.routing.domain import assess
from services.referral.routing.policy import RuleSet
from tests.support.builders.consent import NOON, Ask, Verdict


@pytest.fixture
def may_be_sent(rules: RuleSet, case_of: Callable[..., dict[str, Any]]) -> Ask:
    def ask(recipient: str, *receipts: Receipt, about: dict[str, Any] | None = None, **case: Any) -> Verdict:
        document: dict[str, Any] = {key: case.pop(key) for key in ("best_interests", "withhold_from") if key in case}
        made = {**case_of(about, **case), **document}
        assessment = assess(made, rules, day_in_mexico(NOON))
        (proposal,) = (one for one in assessment.proposals if one.agency == recipient)
        return basis(proposal, assessment, made, receipts, NOON)

    return ask
