"""What the shelter sent and was not accepted: the list, and one with its faults in words.

``/albergue/trabajo/rechazos``. ``refusal_acts`` opens one, sends it corrected, and sets it aside.
"""

from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from services.chassis.authorization.policy import Action, Principal, role_allows
from services.chassis.clock import Clock
from services.chassis.database import Database
from services.chassis.errors import MalformedRequestError, ServiceError
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.locales import ENGLISH
from services.chassis.web.cursors import MAX_LENGTH, Cursors
from services.chassis.web.pages.answers import page
from services.chassis.web.pages.templating import PageTemplates
from services.chassis.web.pages.viewer import viewer_of
from services.intake.pages.refused_document import fault_in_words, field_in_words
from services.intake.refusals.domain import CONFLICT
from services.intake.refusals.queries import list_refusals, one_refusal
from services.intake.refusals.schemas import RefusedItem

TEMPLATES = PageTemplates(__name__, "pages/templates/refusals")
HERE = "/albergue/trabajo/rechazos"
SHOWN = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalPages:
    """Draws the pages of what was refused."""

    database: Database
    cursors: Cursors
    clock: Clock

    async def one(
        self,
        request: Request,
        principal: Principal,
        refusal: UUID,
        fault: ServiceError | None = None,
        *,
        status: int | None = None,
        **opened: Any,
    ) -> Response:
        """One refusal as it is now; ``opened``: with what has just been read, or is asked for again.

        Raises:
            NotFoundError: nothing of the shelter's that was refused has this id.
        """
        item = await one_refusal(self.database, principal, refusal)
        viewer = viewer_of(request, TEMPLATES.words)
        shown: dict[str, Any] = {
            "it": item,
            "why": item.en if viewer.language == ENGLISH else item.es,
            "faults": _in_words(item, viewer.language),
            "conflict": item.code == CONFLICT,
            "may_read": role_allows(principal, Action.READ_REFUSAL),
            "order": uuid4,
            "facts": None,
            "repairs": (),
            "wrong": (),
            **opened,
        }
        here = f"{HERE}/{refusal}"
        return page(
            request,
            TEMPLATES,
            "one.html",
            fault=fault,
            status=status,
            now=self.clock(),
            confidential=bool(opened),
            address=here,
            **shown,
        )


def pages(drawn: RefusalPages, tokens: Tokens) -> APIRouter:
    """``/albergue/trabajo/rechazos`` and one of them."""
    router = APIRouter(include_in_schema=False)

    @router.get(HERE)
    async def show_refused(
        request: Request,
        resueltos: Annotated[bool, Query()] = False,
        cursor: Annotated[str | None, Query(max_length=MAX_LENGTH)] = None,
        principal: Principal = requires(tokens, Action.HANDLE_REFUSALS),
    ) -> Response:
        """Shows what waits to be corrected, or what is settled, newest first."""
        fault: ServiceError | None = None
        try:
            found = await list_refusals(
                drawn.database, drawn.cursors, principal, settled=resueltos, cursor=cursor, limit=SHOWN
            )
        except MalformedRequestError as error:  # a link of somebody else's: the list begins anew
            fault, cursor = error, None
            found = await list_refusals(
                drawn.database, drawn.cursors, principal, settled=resueltos, cursor=None, limit=SHOWN
            )
        english = viewer_of(request, TEMPLATES.words).language == ENGLISH
        shown: dict[str, Any] = {
            "items": [(one, one.en if english else one.es) for one in found.items],
            "next": found.next_cursor,
            "cursor": cursor,
            "settled": resueltos,
        }
        return page(request, TEMPLATES, "list.html", fault=fault, now=drawn.clock(), **shown)

    @router.get(HERE + "/{refusal_id}")
    async def show_one(
        request: Request, refusal_id: UUID, principal: Principal = requires(tokens, Action.HANDLE_REFUSALS)
    ) -> Response:
        """Shows why one was refused, field by field. Nothing of what was sent is read."""
        return await drawn.one(request, principal, refusal_id)

    return router


def _in_words(item: RefusedItem, language: str) -> list[tuple[str, str]]:
    """Each fault: the field by its name, and what is wrong with it."""
    say = TEMPLATES.words(language)
    return [(field_in_words(one.field, say), fault_in_words(one.code, one.es, one.en, say)) for one in item.faults]
