"""Whether there is room: what one's own desk or shelter reports, and what all the others said."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

from fastapi import APIRouter, Request
from starlette.responses import Response

from events.vocabulary import Agency, Capacity
from services.chassis.authorization.policy import Action, Principal, role_allows
from services.chassis.clock import Clock
from services.chassis.errors import NotFoundError, ServiceError
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.web.pages.answers import done, page
from services.chassis.web.pages.forms import Form, form_of, validated
from services.chassis.web.pages.templating import PageTemplates
from services.referral.capacity.api import Code
from services.referral.capacity.commands import CapacityCommands
from services.referral.capacity.queries import CapacityOverview, of_own_organisation
from services.referral.capacity.schemas import SetShelterCapacity
from services.referral.pages.terms import MINUTE, moments_from

TEMPLATES = PageTemplates(__name__, "pages/templates/capacity")
HERE = "/mesa/cupo"
SPANS = (
    timedelta(hours=4),
    timedelta(hours=12),
    timedelta(hours=24),
    timedelta(days=3),
    timedelta(days=7) - MINUTE,
)
"""The last a minute short of the longest that is taken, so that a page of a moment ago is still right."""
ANSWERS = tuple(one.value for one in Capacity if one is not Capacity.UNKNOWN_STALE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rooms:
    """What the page reads and does."""

    commands: CapacityCommands
    overview: CapacityOverview


def pages(rooms: Rooms, tokens: Tokens, clock: Clock) -> APIRouter:
    """``/mesa/cupo``, and everybody's under ``/coordinacion/cupo``."""
    router = APIRouter(include_in_schema=False)

    async def own_page(
        request: Request,
        principal: Principal,
        fault: ServiceError | None = None,
        form: Form | None = None,
        of: str = "",
    ) -> Response:
        own = of_own_organisation(await rooms.overview.listed(principal), principal.org)
        now = clock()
        shown: dict[str, Any] = {
            "desks": own.desks,
            "shelters": own.shelters,
            "answers": ANSWERS,
            "until": moments_from(now, SPANS),
            "order": uuid4,
            "of": of,
            "kept": {} if form is None else form.fields,
        }
        return page(request, TEMPLATES, "own.html", fault=fault, now=now, address=HERE, **shown)

    @router.get(HERE)
    async def show_own(request: Request, principal: Principal = requires(tokens, Action.SET_CAPACITY)) -> Response:
        """Shows what one's own desks, or one's own shelter, last reported, with a form for each."""
        return await own_page(request, principal)

    @router.post(HERE + "/{place}")
    async def report(
        request: Request, place: Code, principal: Principal = requires(tokens, Action.SET_CAPACITY, by_form=True)
    ) -> Response:
        """Reports the capacity of a desk of one's own agency, or of one's own shelter."""
        form = await form_of(request, principal)
        try:
            said = validated(
                SetShelterCapacity,
                {
                    "command_id": form.command_id,
                    "capacity": form.text("capacity"),
                    "expires_at": form.text("expires_at") or "",
                    "beds": form.text("beds"),
                },
            )
            await _report(rooms.commands, place, said, principal)
        except NotFoundError:
            raise
        except ServiceError as error:
            return await own_page(request, principal, error, form, place)
        return done(HERE, "capacity_reported")

    @router.get("/coordinacion/cupo")
    async def show_all(request: Request, principal: Principal = requires(tokens, Action.SEE_CAPACITY)) -> Response:
        """Shows who has room, as far as the viewer may refer to them; those without come first."""
        listed = await rooms.overview.listed(principal)
        return page(
            request,
            TEMPLATES,
            "all.html",
            now=clock(),
            desks=listed.desks,
            shelters=listed.shelters,
            may_report=role_allows(principal, Action.SET_CAPACITY),
        )

    return router


async def _report(commands: CapacityCommands, place: str, said: SetShelterCapacity, by: Principal) -> None:
    """Reports it as a desk's or as a shelter's.

    Raises:
        NotFoundError: it is not the principal's own.
        ExpiryError: see ``CapacityCommands``.
    """
    if by.org in Agency.__members__:
        await commands.set_desk(Agency(by.org), place, said.command_id, (said.capacity, said.expires_at), by)
    else:
        await commands.set_shelter(place, said.command_id, (said.capacity, said.beds, said.expires_at), by)
