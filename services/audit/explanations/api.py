"""Explanations over HTTP, read-only."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from events.vocabulary import AuditView
from services.audit.explanations.domain import Assessment, Explanation, FiredRule, HeldBack, ReferralWhy, Why
from services.audit.explanations.queries import explanation_of
from services.audit.explanations.schemas import (
    AssessmentAnswer,
    CaseExplanation,
    DecisionAnswer,
    FiredRuleAnswer,
    HeldBackAnswer,
    ReferralWhyAnswer,
    Said,
)
from services.audit.explanations.words import (
    condition_in_words,
    otherwise_in_words,
    raise_in_words,
    recipient_in_words,
    rule_in_words,
    why_in_words,
)
from services.audit.history.commands import Histories
from services.chassis.authorization.policy import Action, Principal
from services.chassis.errors import NotFoundError
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.locales import ENGLISH, SPANISH
from services.chassis.moments import Instant
from services.chassis.web.refusals import refuses

At = Annotated[Instant, Query(description="RFC 3339 with offset")]


def add_routes(router: APIRouter, histories: Histories, tokens: Tokens) -> None:
    """``GET /audit/cases/{id}/explanation``."""

    @router.get("/audit/cases/{case_id}/explanation", responses=refuses(NotFoundError))
    async def get_case_explanation(
        case_id: UUID,
        principal: Principal = requires(tokens, Action.SEE_HISTORY),
        at: At | None = None,
    ) -> CaseExplanation:
        """Explains why a case was routed as it was, and what would have changed it; no answer of the person is told."""
        everything = await histories.of_case(case_id, principal, AuditView.EXPLANATION, at=at)
        return answer_of(case_id, at, (await explanation_of(histories.database, everything, at)).explanation)


def answer_of(case: UUID, at: datetime | None, found: Explanation) -> CaseExplanation:
    """An explanation as the API answers it."""
    return CaseExplanation(
        case_id=case,
        at=at,
        assessments=[_assessment(one) for one in found.assessments],
        referrals=[_referral(one) for one in found.referrals],
    )


def _assessment(one: Assessment) -> AssessmentAnswer:
    return AssessmentAnswer(
        at=one.at,
        rule_set=one.rule_set,
        words_known=one.known,
        lead=one.lead,
        fired=[_fired(each) for each in one.fired],
        held_back=[_held_back(each) for each in one.held_back],
    )


def _fired(one: FiredRule) -> FiredRuleAnswer:
    rule = one.rule
    return FiredRuleAnswer(
        category=one.category,
        name=None if rule is None else _said(partial(rule_in_words, rule)),
        condition=None if rule is None else _said(partial(condition_in_words, rule.when)),
        fields=list(one.fields),
        urgency=None if rule is None else rule.urgency,
        raises=[_said(partial(raise_in_words, each)) for each in one.raises],
        recipients=[_said(partial(recipient_in_words, each)) for each in one.recipients],
    )


def _held_back(one: HeldBack) -> HeldBackAnswer:
    words = None if one.es is None or one.en is None else Said(es=one.es, en=one.en)
    return HeldBackAnswer(category=one.category, reason=one.reason, words=words)


def _referral(one: ReferralWhy) -> ReferralWhyAnswer:
    return ReferralWhyAnswer(
        referral_id=one.referral,
        agency=one.agency,
        urgency=one.urgency,
        rule_set=one.rule_set,
        decisions=[_decision(each) for each in one.decisions],
    )


def _decision(one: Why) -> DecisionAnswer:
    both = zip(otherwise_in_words(one, SPANISH), otherwise_in_words(one, ENGLISH), strict=True)
    return DecisionAnswer(
        at=one.at,
        what=one.what,
        code=one.code,
        receipt=one.receipt,
        why=_said(partial(why_in_words, one)),
        otherwise=[Said(es=es, en=en) for es, en in both],
    )


def _said(say: Callable[[str], str]) -> Said:
    return Said(es=say(SPANISH), en=say(ENGLISH))
