"""``/auditoria/casos/{case_id}/por-que``: why a case was routed as it was, and what would have changed it."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from events.vocabulary import AuditView
from services.audit.explanations.domain import FiredRule, HeldBack, Raise, Recipient, Why
from services.audit.explanations.queries import explanation_of
from services.audit.explanations.words import (
    condition_in_words,
    otherwise_in_words,
    raise_in_words,
    recipient_in_words,
    spoken,
    why_in_words,
)
from services.audit.history.commands import Histories
from services.audit.pages.frame import TEMPLATES, as_field, asked_or_now, head_of, query_of, written
from services.audit.prose.glossary import fields_in_words
from services.chassis.authorization.policy import Action, Principal
from services.chassis.clock import Clock
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.ids import short_code
from services.chassis.locales import Translator
from services.chassis.web.pages.answers import page
from services.chassis.web.pages.viewer import viewer_of


@dataclass(frozen=True, slots=True)
class Told:
    """An explanation in the viewer's language."""

    say: Translator

    def condition(self, fired: FiredRule) -> str:
        """When a rule fires; empty: its words are not known."""
        return "" if fired.rule is None else condition_in_words(fired.rule.when, self.say.locale)

    def fields(self, fired: FiredRule) -> str:
        """The names of the answers that a rule looks at."""
        return fields_in_words(fired.fields, self.say)

    def raised(self, one: Raise) -> str:
        """What makes its case more urgent."""
        return raise_in_words(one, self.say.locale)

    def recipient(self, one: Recipient) -> str:
        """Where it leads."""
        return recipient_in_words(one, self.say.locale)

    def held_back(self, one: HeldBack) -> str:
        """Why a rule was held back; empty: its words are not known."""
        return (one.en if spoken(self.say.locale) == "en" else one.es) or ""

    def why(self, one: Why) -> str:
        """What decided a step."""
        return why_in_words(one, self.say.locale)

    def otherwise(self, one: Why) -> list[str]:
        """What would have changed it."""
        return otherwise_in_words(one, self.say.locale)

    def code(self, referral: UUID) -> str:
        """The four characters by which a referral is named."""
        return short_code(referral)


def pages(histories: Histories, tokens: Tokens, clock: Clock) -> APIRouter:
    """``GET /auditoria/casos/{case_id}/por-que``."""
    router = APIRouter(include_in_schema=False)

    @router.get("/auditoria/casos/{case_id}/por-que")
    async def show_explanation(
        request: Request,
        case_id: UUID,
        principal: Principal = requires(tokens, Action.SEE_HISTORY),
        hasta: Annotated[str | None, Query(max_length=40)] = None,
    ) -> Response:
        """Shows which rules fired and what decided each step, from what had been stored by a moment."""
        viewer = viewer_of(request, TEMPLATES.words)
        at, fault = asked_or_now(hasta, viewer.zone)
        everything = await histories.of_case(case_id, principal, AuditView.EXPLANATION, at=at)
        found = await explanation_of(histories.database, everything, at)
        return page(
            request,
            TEMPLATES,
            "explanation.html",
            fault=fault,
            now=clock(),
            head=head_of(case_id, found.lines),
            at=at,
            field=as_field(at, viewer.zone),
            chosen=query_of(hasta=written(at)),
            found=found.explanation,
            told=Told(TEMPLATES.words(viewer.language)),
        )

    return router
