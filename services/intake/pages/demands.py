"""Authorities' demands for data: recorded by whoever was there, answered by the coordination. No case is named.

``/albergue/trabajo/requerimientos``.
"""

from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from events.vocabulary import Authority, DemandAnswer, DemandedThing
from services.chassis.authorization.policy import EVERYWHERE, Action, Principal, role_allows
from services.chassis.clock import Clock
from services.chassis.database import Database
from services.chassis.errors import MalformedRequestError, NotAllowedError, NotFoundError, ServiceError
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.web.cursors import MAX_LENGTH, Cursors
from services.chassis.web.pages.answers import done, page
from services.chassis.web.pages.forms import Form, form_of, validated
from services.chassis.web.pages.templating import PageTemplates
from services.chassis.web.pages.viewer import viewer_of
from services.intake.authority_demands.commands import AuthorityDemandCommands
from services.intake.authority_demands.queries import list_demands
from services.intake.authority_demands.schemas import AuthorityDemandAnswer, NewAuthorityDemand

TEMPLATES = PageTemplates(__name__, "pages/templates/demands")
HERE = "/albergue/trabajo/requerimientos"
WORK = "/albergue/trabajo"
SHOWN = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Demands:
    """Draws the register and the form."""

    database: Database
    cursors: Cursors
    commands: AuthorityDemandCommands
    clock: Clock

    async def register(
        self,
        request: Request,
        by: Principal,
        cursor: str | None = None,
        fault: ServiceError | None = None,
        of: str = "",
    ) -> Response:
        """A page of the register; ``of``: the demand whose answer was refused."""
        try:
            found = await list_demands(self.database, self.cursors, by, cursor, SHOWN)
        except MalformedRequestError as error:  # a link of somebody else's: the list begins anew
            return await self.register(request, by, None, error)
        shown: dict[str, Any] = {
            "demands": found.items,
            "next": found.next_cursor,
            "cursor": cursor,
            "may_answer": role_allows(by, Action.ANSWER_DEMAND),
            "answers": [one.value for one in DemandAnswer],
            "may_record": role_allows(by, Action.RECORD_DEMAND),
            "order": uuid4,
            "of": of,
        }
        return page(request, TEMPLATES, "register.html", fault=fault, now=self.clock(), address=HERE, **shown)

    def form(
        self, request: Request, by: Principal, fault: ServiceError | None = None, form: Form | None = None
    ) -> Response:
        """The form for what an authority demands."""
        shown: dict[str, Any] = {
            "order": uuid4(),
            "kept": {} if form is None else form.fields,
            "authorities": [one.value for one in Authority],
            "things": [one.value for one in DemandedThing],
            "came_to": "" if by.org == EVERYWHERE else by.org,
        }
        now, address = self.clock(), f"{HERE}/anotar"
        return page(request, TEMPLATES, "record.html", fault=fault, now=now, address=address, **shown)


def pages(drawn: Demands, tokens: Tokens) -> APIRouter:
    """``/albergue/trabajo/requerimientos``."""
    router = APIRouter(include_in_schema=False)

    @router.get(HERE)
    async def show_demands(
        request: Request,
        cursor: Annotated[str | None, Query(max_length=MAX_LENGTH)] = None,
        principal: Principal = requires(tokens, Action.SEE_DEMANDS),
    ) -> Response:
        """Shows what was demanded and what was answered."""
        return await drawn.register(request, principal, cursor)

    @router.get(HERE + "/anotar")
    async def show_form(request: Request, principal: Principal = requires(tokens, Action.RECORD_DEMAND)) -> Response:
        """Shows the form, with what nobody has to say."""
        return drawn.form(request, principal)

    @router.post(HERE)
    async def record(
        request: Request, principal: Principal = requires(tokens, Action.RECORD_DEMAND, by_form=True)
    ) -> Response:
        """Records a demand to one's own shelter or agency."""
        form = await form_of(request, principal)
        try:
            at = form.moment("received_at", viewer_of(request, TEMPLATES.words))
            said = validated(
                NewAuthorityDemand,
                {
                    "command_id": form.command_id,
                    "authority": form.text("authority"),
                    "demanded": form.text("demanded"),
                    "came_to": form.text("came_to") or principal.org,
                    "court_order": {"si": True, "no": False}.get(form.text("court_order") or ""),
                    "received_at": None if at is None else at.isoformat(),
                },
            )
            await drawn.commands.record(said.command_id, said.demand(), principal)
        except (NotFoundError, NotAllowedError):
            raise
        except ServiceError as error:
            return drawn.form(request, principal, error, form)
        return done(HERE if role_allows(principal, Action.SEE_DEMANDS) else WORK, "demand_recorded")

    @router.post(HERE + "/{demand_id}/responder")
    async def answer(
        request: Request, demand_id: UUID, principal: Principal = requires(tokens, Action.ANSWER_DEMAND, by_form=True)
    ) -> Response:
        """Records what was answered. Only a court's order can be complied with."""
        form = await form_of(request, principal)
        try:
            said = validated(AuthorityDemandAnswer, {"command_id": form.command_id, "answer": form.text("answer")})
            await drawn.commands.answer(demand_id, said.command_id, said.answer, principal)
        except NotFoundError:
            raise
        except ServiceError as error:
            return await drawn.register(request, principal, None, error, str(demand_id))
        return done(HERE, "demand_answered")

    return router
