"""``/avisos``: what one was alerted of, and what still waits for an answer."""

from typing import Annotated, Literal
from uuid import UUID, uuid4

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from services.chassis.authorization.policy import Action, Principal, role_allows
from services.chassis.clock import Clock
from services.chassis.errors import MalformedRequestError, NotFoundError, ServiceError
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.web.cursors import MAX_LENGTH
from services.chassis.web.pages.answers import done, page
from services.chassis.web.pages.forms import form_of
from services.notifications.alerts.commands import AlertCommands
from services.notifications.alerts.inbox import Inbox, Which
from services.notifications.pages.frame import TEMPLATES, leads_to

PATH = "/avisos"
ANSWERED = "respondidos"


def pages(inbox: Inbox, commands: AlertCommands, tokens: Tokens, clock: Clock) -> APIRouter:
    """``GET /avisos`` and ``POST /avisos/{alert_id}/visto``."""
    router = APIRouter(include_in_schema=False)

    async def shown(
        request: Request,
        principal: Principal,
        which: Which,
        after: str | None,
        fault: ServiceError | None = None,
    ) -> Response:
        try:
            found, following = await inbox.page(principal, which, after)
        except MalformedRequestError as error:  # a link of somebody else's: the list begins anew
            fault = fault or error
            found, following = await inbox.page(principal, which, None)
        path = PATH if which == "pending" else f"{PATH}?ver={ANSWERED}"
        joined = "&" if "?" in path else "?"
        return page(
            request,
            TEMPLATES,
            "inbox.html",
            fault=fault,
            now=clock(),
            address=f"{path}{joined}sigue={after}" if after else path,
            which=which,
            alerts=[(one, leads_to(one, principal), uuid4()) for one in found],
            waiting=await inbox.waiting(principal),
            hands_over=role_allows(principal, Action.HAND_OVER),
            has_channels=role_allows(principal, Action.OWN_CHANNELS),
            next_page=f"{path}{joined}sigue={following}" if following else "",
            first_page=path if after else "",
        )

    @router.get(PATH)
    async def show_alerts(
        request: Request,
        principal: Principal = requires(tokens, Action.SEE_ALERTS),
        ver: Annotated[Literal["respondidos"] | None, Query()] = None,
        sigue: Annotated[str | None, Query(max_length=MAX_LENGTH)] = None,
    ) -> Response:
        """Shows the alerts that wait, or those that were answered."""
        return await shown(request, principal, "answered" if ver else "pending", sigue)

    @router.post("/avisos/{alert_id}/visto")
    async def mark_seen(
        request: Request, alert_id: UUID, principal: Principal = requires(tokens, Action.SEE_ALERTS, by_form=True)
    ) -> Response:
        """Ends an alert that asks for nothing."""
        try:
            form = await form_of(request, principal)
            await commands.mark_seen(form.command_id, alert_id, principal)
        except NotFoundError:
            raise
        except ServiceError as error:
            return await shown(request, principal, "pending", None, error)
        return done(PATH, "alert_seen")

    return router
