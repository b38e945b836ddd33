"""The form that opens an exceptional access: of which case, on which ground, and why."""

from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from events.vocabulary import Agency, OverrideBasis, Role, Watched
from services.chassis.authorization.policy import DESKS, Action, Principal
from services.chassis.clock import Clock
from services.chassis.errors import MalformedRequestError, ServiceError
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.ids import short_code
from services.chassis.security.current import counts_as
from services.chassis.web.pages.answers import done, page
from services.chassis.web.pages.forms import Form, form_of, validated
from services.chassis.web.pages.templating import PageTemplates
from services.referral.break_glass.commands import BreakGlass
from services.referral.break_glass.domain import OpenRequest
from services.referral.break_glass.policy import AccessPolicy
from services.referral.break_glass.queries import AccessLists
from services.referral.break_glass.schemas import OpenBreakGlass

TEMPLATES = PageTemplates(__name__, "pages/templates/break_glass")
NOBODYS = UUID(int=0)
"""The id of no referral. What a number does not name is refused by the command, so that its caps say nothing of it."""
REFERRAL, CASE, AGENCY, RELEASE = "canalizacion", "caso", "agencia", "enviar"


def pages(commands: BreakGlass, lists: AccessLists, policy: AccessPolicy, tokens: Tokens, clock: Clock) -> APIRouter:
    """``/mesa/accesos/abrir``."""
    router = APIRouter(include_in_schema=False)

    def form_page(
        request: Request,
        principal: Principal,
        kept: dict[str, str],
        referral: UUID | None,
        fault: ServiceError | None = None,
    ) -> Response:
        shown: dict[str, Any] = {
            "kept": kept,
            "referral": referral,
            "code": short_code,
            "order": uuid4(),
            "bases": [one.value for one in OverrideBasis],
            "agencies": sorted(DESKS),
            "may_release": principal.role is Role.PROGRAMME_COORDINATOR,
            "an_hour": policy.written.an_hour,
            "a_day": policy.written.a_day,
        }
        return page(request, TEMPLATES, "open.html", fault=fault, now=clock(), confidential=bool(kept), **shown)

    @router.get("/mesa/accesos/abrir")
    async def show_form(
        request: Request,
        canalizacion: Annotated[UUID | None, Query()] = None,
        principal: Principal = requires(tokens, Action.BREAK_GLASS),
    ) -> Response:
        """Shows the form; ``canalizacion``: of the referral from whose page one comes."""
        return form_page(request, principal, {}, canalizacion)

    @router.post("/mesa/accesos/abrir")
    async def open_access(
        request: Request, principal: Principal = requires(tokens, Action.BREAK_GLASS, by_form=True)
    ) -> Response:
        """Opens the referral's disclosure to the viewer for four hours and notifies its owners."""
        counts_as(Watched.EXCEPTIONAL_ACCESSES)
        form = await form_of(request, principal)
        referral = form.uuid(REFERRAL) if form.text(REFERRAL) else None
        try:
            opened = await commands.open(await _request(form, referral, lists), principal)
        except ServiceError as error:
            return form_page(request, principal, form.fields, referral, error)
        return done(f"/mesa/accesos/{opened.access_id}", "access_opened")

    return router


async def _request(form: Form, referral: UUID | None, lists: AccessLists) -> OpenRequest:
    """What the form asks for: of a referral from whose page one came, or of a case by its number and the agency.

    Raises:
        MalformedRequestError: something is missing, or not as it must be.
    """
    said = validated(
        OpenBreakGlass,
        {
            "command_id": form.command_id,
            "basis": form.text("basis"),
            "justification": form.text("justification") or "",
            "release": form.text(RELEASE) == "si",
        },
    )
    if referral is None:
        written, agency = form.text(CASE), form.text(AGENCY)
        if written is None or agency is None:
            raise MalformedRequestError(faults=[{"field": CASE if written is None else AGENCY, "code": "missing"}])
        if agency not in DESKS:
            raise MalformedRequestError(faults=[{"field": AGENCY, "code": "enum"}])
        referral = await lists.named(written, Agency(agency)) or NOBODYS
    return OpenRequest(
        referral=referral,
        command=said.command_id,
        basis=said.basis,
        justification=said.justification,
        release=said.release,
    )
