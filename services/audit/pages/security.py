"""``/auditoria/seguridad``: what became of accounts, sessions and tokens, exceptional accesses and alarms."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from services.audit.pages.frame import TEMPLATES, as_field, asked_or_now, query_of, written
from services.audit.prose.people import actor_in_words
from services.audit.security.queries import security_list
from services.chassis.authorization.policy import Action, Principal
from services.chassis.clock import Clock
from services.chassis.database import Database
from services.chassis.errors import MalformedRequestError
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.web.pages.answers import page
from services.chassis.web.pages.viewer import viewer_of

PAGE_SIZE = 50
PATH = "/auditoria/seguridad"


def pages(database: Database, tokens: Tokens, clock: Clock) -> APIRouter:
    """``GET /auditoria/seguridad``."""
    router = APIRouter(include_in_schema=False)

    @router.get(PATH)
    async def show_security(
        request: Request,
        _principal: Principal = requires(tokens, Action.SEE_SECURITY),
        desde: Annotated[str | None, Query(max_length=40)] = None,
        hasta: Annotated[str | None, Query(max_length=40)] = None,
        quien: Annotated[str | None, Query(max_length=60)] = None,
        sigue: Annotated[str | None, Query(max_length=60)] = None,
    ) -> Response:
        """Shows the facts of security, newest first."""
        viewer = viewer_of(request, TEMPLATES.words)
        (since, wrong), (until, also_wrong) = asked_or_now(desde, viewer.zone), asked_or_now(hasta, viewer.zone)
        who, fault = (quien or "").strip() or None, wrong or also_wrong
        try:
            found = await security_list(database, since=since, until=until, who=who, cursor=sigue, limit=PAGE_SIZE)
        except MalformedRequestError as error:
            fault = error
            found = await security_list(database, since=since, until=until, who=who, cursor=None, limit=PAGE_SIZE)
        say = TEMPLATES.words(viewer.language)
        chosen = {"desde": written(since), "hasta": written(until), "quien": who}
        return page(
            request,
            TEMPLATES,
            "security.html",
            fault=fault,
            now=clock(),
            entries=[
                (one.occurred_at, one.es if viewer.language != "en" else one.en, actor_in_words(one.actor, say))
                for one in found.items
            ],
            since=as_field(since, viewer.zone),
            until=as_field(until, viewer.zone),
            who=who or "",
            filtered=any(chosen.values()),
            next_page=PATH + query_of(**chosen, sigue=found.next_cursor) if found.next_cursor else "",
            first_page=PATH + query_of(**chosen) if sigue else "",
        )

    return router
