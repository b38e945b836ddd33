"""Caravan mode, turned on and off as a recorded act of the coordination: where, why and until when."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from events.vocabulary import CaravanReason
from services.chassis.authorization.policy import Action, Principal, Scope, role_allows, scope_of
from services.chassis.clock import Clock
from services.chassis.database import Database
from services.chassis.errors import MalformedRequestError, NotFoundError, ServiceError
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.web.pages.answers import done, page
from services.chassis.web.pages.forms import Form, form_of, validated
from services.chassis.web.pages.templating import PageTemplates
from services.referral.caravans.commands import CaravanCommands
from services.referral.caravans.domain import StartCaravan
from services.referral.caravans.queries import list_caravans
from services.referral.caravans.schemas import StartCaravanMode
from services.referral.deadlines.ports import Desks
from services.referral.pages.terms import MINUTE, moments_from

TEMPLATES = PageTemplates(__name__, "pages/templates/caravans")
HERE, SUPERVISORS = "/coordinacion/caravanas", "/mesa/silencio"
SPANS = (*(timedelta(days=days) for days in (1, 3, 7, 14)), timedelta(days=30) - MINUTE)
"""The last a minute short of the longest that is taken."""
STATE, SHELTER = "estado-", "albergue-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caravans:
    """What the page reads and does."""

    commands: CaravanCommands
    database: Database
    desks: Desks


def pages(caravans: Caravans, tokens: Tokens, clock: Clock) -> APIRouter:
    """``/coordinacion/caravanas``."""
    router = APIRouter(include_in_schema=False)

    async def caravans_page(
        request: Request,
        principal: Principal,
        *,
        ended: bool = False,
        fault: ServiceError | None = None,
        form: Form | None = None,
    ) -> Response:
        now, states = clock(), caravans.desks.states
        return page(
            request,
            TEMPLATES,
            "caravans.html",
            fault=fault,
            now=now,
            address=f"{HERE}?terminados=true" if ended else HERE,
            modes=(await list_caravans(caravans.database, ended=ended)).items,
            ended=ended,
            may_turn=role_allows(principal, Action.TURN_CARAVAN),
            states={
                state: sorted(one for one in states if states[one] == state) for state in sorted({*states.values()})
            },
            reasons=[one.value for one in CaravanReason],
            until=moments_from(now, SPANS),
            order=uuid4,
            kept={} if form is None else form.fields,
        )

    @router.get(HERE)
    async def show_caravans(
        request: Request,
        terminados: Annotated[bool, Query()] = False,
        principal: Principal = requires(tokens, Action.SEE_SILENCE),
    ) -> Response:
        """Shows where caravan mode is on, with the forms that turn it on and off."""
        if scope_of(principal, Action.SEE_SILENCE) is not Scope.ANY:
            return RedirectResponse(SUPERVISORS, status_code=303)
        return await caravans_page(request, principal, ended=terminados)

    @router.post(HERE)
    async def start_caravan(
        request: Request, principal: Principal = requires(tokens, Action.TURN_CARAVAN, by_form=True)
    ) -> Response:
        """Turns caravan mode on."""
        form = await form_of(request, principal)
        try:
            said = _said(form)
            start = StartCaravan(states=said.states, shelters=said.shelters, reason=said.reason, until=said.until)
            await caravans.commands.begin(said.command_id, start, principal)
        except ServiceError as error:
            return await caravans_page(request, principal, fault=error, form=form)
        return done(HERE, "caravan_on")

    @router.post(HERE + "/{caravan_id}/terminar")
    async def end_caravan(
        request: Request, caravan_id: UUID, principal: Principal = requires(tokens, Action.TURN_CARAVAN, by_form=True)
    ) -> Response:
        """Turns caravan mode off before its time."""
        form = await form_of(request, principal)
        try:
            await caravans.commands.end(caravan_id, form.command_id, principal)
        except NotFoundError:
            raise
        except ServiceError as error:
            return await caravans_page(request, principal, fault=error)
        return done(HERE, "caravan_off")

    return router


def _said(form: Form) -> StartCaravanMode:
    """What the form says.

    Raises:
        MalformedRequestError: nothing was chosen, or something is not as it must be.
    """
    states, shelters = (
        [name.removeprefix(prefix) for name in form.fields if name.startswith(prefix)] for prefix in (STATE, SHELTER)
    )
    if not states and not shelters:
        raise MalformedRequestError(faults=[{"field": "donde", "code": "missing"}])
    return validated(
        StartCaravanMode,
        {
            "command_id": form.command_id,
            "states": states,
            "shelters": shelters,
            "reason": form.text("reason"),
            "until": form.text("until") or "",
        },
    )
