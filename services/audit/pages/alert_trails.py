"""``/auditoria/avisos/{referral_id}``: whether a referral's alerts reached somebody, by what, and who answered."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from events.notifications import AlertAnswered, AlertDeferred, AlertDelivered, AlertNotDelivered, AlertRaised
from services.audit.history.commands import Histories
from services.audit.history.queries import Line
from services.audit.pages.frame import TEMPLATES
from services.audit.prose import describe_in
from services.audit.prose.people import contact_in_words
from services.chassis.authorization.policy import Action, Principal
from services.chassis.clock import Clock
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.ids import short_code
from services.chassis.locales import Translator
from services.chassis.web.pages.answers import page
from services.chassis.web.pages.viewer import viewer_of

TONES = {"raised": "waiting", "deferred": "waiting", "delivered": "good", "not_delivered": "bad", "answered": "good"}
"""How a result looks, by its code."""


@dataclass(frozen=True, slots=True)
class Step:
    """One fact of an alert. Of an attempt: by which channel, to whom, and which attempt it was."""

    at: datetime
    result: str
    sentence: str
    channel: str = ""
    contact: str = ""
    attempt: int = 0
    retry_at: datetime | None = None

    @property
    def tone(self) -> str:
        """How its result looks."""
        return TONES.get(self.result, "over")


def pages(histories: Histories, tokens: Tokens, clock: Clock) -> APIRouter:
    """``GET /auditoria/avisos/{referral_id}``."""
    router = APIRouter(include_in_schema=False)

    @router.get("/auditoria/avisos/{referral_id}")
    async def show_trail(
        request: Request, referral_id: UUID, principal: Principal = requires(tokens, Action.SEE_HISTORY)
    ) -> Response:
        """Shows every fact of a referral's alerts, oldest first; no address."""
        viewer = viewer_of(request, TEMPLATES.words)
        say = TEMPLATES.words(viewer.language)
        lines = await histories.of_alerts(referral_id, principal)
        steps = [_step(line, viewer.language, say) for line in lines]
        return page(
            request,
            TEMPLATES,
            "alert_trail.html",
            now=clock(),
            code=short_code(referral_id),
            case=lines[0].fact.case,
            case_code=short_code(lines[0].fact.case) if lines[0].fact.case else "",
            steps=steps,
            attempts=sum(step.attempt > 0 for step in steps),
            taken=sum(step.result == "delivered" for step in steps),
            answered=next((step.at for step in reversed(steps) if step.result == "answered"), None),
        )

    return router


def _step(line: Line, language: str, say: Translator) -> Step:
    event: Any = line.fact.event
    common: dict[str, Any] = {"at": line.fact.recorded_at, "sentence": describe_in(language, line.fact)}
    match event:
        case AlertDelivered() | AlertNotDelivered():
            return Step(
                result="delivered" if isinstance(event, AlertDelivered) else "not_delivered",
                channel=say.first(f"channel.{event.channel}", "other.channel"),
                contact=contact_in_words(event.contact, say),
                attempt=event.attempt,
                retry_at=getattr(event, "retry_at", None),
                **common,
            )
        case AlertDeferred():
            return Step(result="deferred", contact=contact_in_words(event.contact, say), **common)
        case AlertAnswered():
            return Step(result="answered", **common)
        case AlertRaised():
            return Step(result="raised", **common)
        case _:
            return Step(result="other", **common)
