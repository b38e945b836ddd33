"""What waits for the shelter besides its cases, with the way to each, and the sign that somebody is there.

``/albergue/trabajo``. Tasks, room and exceptional accesses are referral's facts: their pages are linked, not counted.
"""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.chassis.authorization.policy import Action, Principal, role_allows
from services.chassis.clock import Clock
from services.chassis.database import Database
from services.chassis.errors import NotFoundError, ServiceError
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.web.pages.answers import done, page
from services.chassis.web.pages.forms import form_of
from services.chassis.web.pages.templating import PageTemplates
from services.intake.heartbeats.commands import HeartbeatCommands
from services.intake.heartbeats.schemas import Heartbeat
from services.intake.shelter_work.queries import MOST, work_of_shelter

TEMPLATES = PageTemplates(__name__, "pages/templates/work")
HERE = "/albergue/trabajo"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkPages:
    """Draws the page."""

    database: Database
    heartbeats: HeartbeatCommands
    clock: Clock

    async def overview(self, request: Request, principal: Principal, fault: ServiceError | None = None) -> Response:
        """What waits now."""
        now = self.clock()
        shown: dict[str, Any] = {
            "work": await work_of_shelter(self.database, principal, now),
            "most": MOST,
            "order": uuid4(),
            "takes_over": role_allows(principal, Action.TAKE_OVER),
            "sees_demands": role_allows(principal, Action.SEE_DEMANDS),
            "authorises": role_allows(principal, Action.AUTHORISE_RESTRICTED_CONTACT),
            "enrols": role_allows(principal, Action.ENROL_DEVICE),
        }
        return page(request, TEMPLATES, "work.html", fault=fault, now=now, address=HERE, **shown)


def pages(drawn: WorkPages, tokens: Tokens) -> APIRouter:
    """``GET /albergue/trabajo`` and ``POST /albergue/trabajo/senal``."""
    router = APIRouter(include_in_schema=False)

    @router.get(HERE)
    async def show_work(request: Request, principal: Principal = requires(tokens, Action.HANDLE_REFUSALS)) -> Response:
        """Shows what waits for the shelter, and where each is done."""
        return await drawn.overview(request, principal)

    @router.post(HERE + "/senal")
    async def give_a_sign(
        request: Request, principal: Principal = requires(tokens, Action.GIVE_A_SIGN, by_form=True)
    ) -> Response:
        """Records that somebody is at the shelter, so that its silence does not worry the programme."""
        await form_of(request, principal)
        try:
            await drawn.heartbeats.record(principal.org, Heartbeat(), principal)
        except NotFoundError:
            raise
        except ServiceError as error:
            return await drawn.overview(request, principal, error)
        return done(HERE, "sign_given")

    return router
