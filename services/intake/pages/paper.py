"""The registration form on paper: the same questions, words and codes, on two sides of a sheet, to be entered later."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from events.vocabulary import ConsentDecision, ConsentPurpose
from services.chassis.authorization.policy import Action, Principal
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.locales import Translator
from services.chassis.web.pages.sheets import Sheet
from services.chassis.web.pages.templating import PageTemplates
from services.chassis.web.pages.viewer import viewer_of
from services.intake.pages.register_questions import HARM, STEPS
from services.intake.pages.register_words import DESKS, all_options
from services.intake.wordings import Use, current_wording
from services.programme.directory_file import programme

TEMPLATES = PageTemplates(__name__, "pages/templates/paper")
SHEET = Sheet(TEMPLATES, "paper.html")
POLICY = f"{SHEET.policy}; frame-ancestors 'none'"
WRITTEN_BY_HAND = frozenset({"country_origin", "language", "harm-where"})
"""Whose lists are too long for paper."""
ROWS = 3


def pages(tokens: Tokens) -> APIRouter:
    """``/albergue/papel``."""
    router = APIRouter(include_in_schema=False)

    @router.get("/albergue/papel")
    async def show_paper(request: Request, _: Principal = requires(tokens, Action.SUBMIT)) -> Response:
        """Shows the empty form, to be printed: it names no shelter, no agency's mark and nobody."""
        language = viewer_of(request, TEMPLATES.words).language
        return HTMLResponse(sheet(language), headers={"Content-Security-Policy": POLICY, "Content-Language": language})

    return router


def sheet(language: str) -> str:
    """The sheet in one language."""
    say = TEMPLATES.words(language)
    return SHEET.render(
        language,
        steps=STEPS,
        options={name: () if name in WRITTEN_BY_HAND else listed for name, listed in all_options(say).items()},
        harm=HARM,
        rows=range(ROWS),
        emergency=programme()["emergency"],
        desks=DESKS,
        wording=current_wording(Use.CONSENT, language).version,
        **_consent_words(say),
    )


def _consent_words(say: Translator) -> dict[str, Any]:
    return {
        "decisions": [(one, say(f"register.decision.{one}")) for one in ConsentDecision],
        "purposes": [(one, say(f"purpose.{one}")) for one in ConsentPurpose],
    }
