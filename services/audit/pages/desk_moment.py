"""``/auditoria/mesas``: what an agency's desks had at a moment, with the time that was left."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from events.vocabulary import Agency
from services.audit.history.commands import Histories
from services.audit.pages.frame import TEMPLATES, as_field, asked_or_now, query_of, written
from services.audit.pages.words_of_moments import Words, by_asked
from services.audit.time_machine.api import cursor_after, looked_at, place_of
from services.audit.time_machine.queries import desk_moment
from services.chassis.authorization.policy import Action, Principal
from services.chassis.clock import Clock
from services.chassis.errors import MalformedRequestError
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.web.cursors import MAX_LENGTH, Cursors
from services.chassis.web.pages.answers import page
from services.chassis.web.pages.viewer import viewer_of

PATH = "/auditoria/mesas"
PAGE_SIZE = 30


def pages(histories: Histories, tokens: Tokens, clock: Clock, cursors: Cursors) -> APIRouter:
    """``GET /auditoria/mesas``."""
    router = APIRouter(include_in_schema=False)

    @router.get(PATH)
    async def show_desks(
        request: Request,
        principal: Principal = requires(tokens, Action.SEE_HISTORY),
        agencia: Annotated[str, Query(max_length=20)] = "",
        hasta: Annotated[str | None, Query(max_length=40)] = None,
        por: Annotated[str, Query(max_length=20)] = "",
        sigue: Annotated[str | None, Query(max_length=MAX_LENGTH)] = None,
    ) -> Response:
        """Shows the referrals that were at an agency's desks at a moment, the longest there first."""
        viewer = viewer_of(request, TEMPLATES.words)
        at, fault = asked_or_now(hasta, viewer.zone)
        by, then = by_asked(por), at or clock()
        agency = Agency(agencia) if agencia in set(Agency) else None
        if agencia and agency is None:
            fault = MalformedRequestError(faults=[{"field": "agencia", "code": "not_valid"}])
        found, following = None, None
        if agency is not None:
            place = None
            try:
                place = None if sigue is None else place_of(cursors, sigue, principal, agency)
            except MalformedRequestError as error:
                fault = error
            found = await desk_moment(histories.database, agency, then, by, after=place, limit=PAGE_SIZE)
            await looked_at(histories, principal, found, at)
            following = cursor_after(cursors, found.following, principal, agency)
        same = {"agencia": agency and agency.value, "hasta": written(then), "por": by.value}
        say = TEMPLATES.words(viewer.language)
        return page(
            request,
            TEMPLATES,
            "desk_moment.html",
            fault=fault,
            now=clock(),
            agencies=[(one.value, f"{one.value.replace('_', ' ')} · {say(f'agency.{one}')}") for one in Agency],
            agency=agency,
            at=then,
            until_now=at is None,
            by=by,
            field=as_field(at, viewer.zone),
            found=found,
            next_page=PATH + query_of(**same, sigue=following) if following else "",
            first_page=PATH + query_of(**same) if sigue else "",
            words=Words(say, then),
        )

    return router
