"""``/avisos/turno``: who has the desk, what is open there, and the handover to a colleague."""

from collections import Counter
from dataclasses import dataclass
from uuid import uuid4

from fastapi import APIRouter, Request
from starlette.responses import Response

from events.vocabulary import Role
from services.chassis.authorization.policy import Action, Principal
from services.chassis.clock import Clock
from services.chassis.errors import NotFoundError, ServiceError
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.web.pages.answers import done, page
from services.chassis.web.pages.forms import Form, form_of
from services.notifications.pages.frame import TEMPLATES
from services.notifications.shifts.api import Desk
from services.notifications.shifts.commands import ShiftCommands
from services.notifications.shifts.queries import Shifts

PATH = "/avisos/turno"
SHOWN = 30
"""Open referrals that the page lists; the rest is in Mesa."""
NOBODY = Form({})


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftPages:
    """Draws the page of a desk, and hands desks over."""

    commands: ShiftCommands
    shifts: Shifts
    clock: Clock

    async def shown(
        self,
        request: Request,
        principal: Principal,
        desk: str,
        *,
        fault: ServiceError | None = None,
        form: Form = NOBODY,
    ) -> Response:
        """The page of one desk, as it is now.

        Raises:
            NotFoundError: no such desk, or another agency's.
        """
        agency = self.shifts.agency(desk, principal)
        number = await self.shifts.number(desk)  # before the rest: what changes meanwhile makes the page an old one
        on_call, handovers = await self.shifts.on_call(desk, principal)
        opened = await self.shifts.open_by_id(desk)
        people = sorted(self.shifts.people(agency))
        has_it = next((one for one in on_call if one in people), None)
        return page(
            request,
            TEMPLATES,
            "shift.html",
            fault=fault,
            now=self.clock(),
            desk=desk,
            desks=self.shifts.desks(principal),
            on_call=on_call,
            has_it=has_it,
            handovers=handovers,
            opened=opened[:SHOWN],
            number=len(opened),
            by_urgency=sorted(Counter(one.urgency for one, _ in opened).items()),
            people=people,
            supervises=principal.role is Role.SUPERVISOR or principal.person is None,
            me=principal.person,
            version=number,
            order=uuid4(),
            given_by=form.fields.get("entrega", has_it or ""),
            taken_by=form.fields.get("recibe", ""),
        )

    async def hand_over(self, request: Request, principal: Principal, desk: str) -> Response:
        """Hands a desk over as the form says; refused, the page shows it as it is now, with what was chosen.

        Raises:
            NotFoundError: no such desk, or another agency's.
        """
        form = NOBODY
        self.shifts.agency(desk, principal)
        try:
            form = await form_of(request, principal)
            given_by, taken_by = form.text("entrega") or "", form.text("recibe") or ""
            await self.commands.hand_over(form.command_id, desk, given_by, taken_by, principal, seen=form.version)
        except NotFoundError:
            raise
        except ServiceError as error:
            return await self.shown(request, principal, desk, fault=error, form=form)
        return done(f"{PATH}/{desk}", "shift_handed_over")


def pages(commands: ShiftCommands, shifts: Shifts, tokens: Tokens, clock: Clock) -> APIRouter:
    """``GET /avisos/turno``, and ``GET`` and ``POST /avisos/turno/{desk}``."""
    router = APIRouter(include_in_schema=False)
    own = ShiftPages(commands=commands, shifts=shifts, clock=clock)

    @router.get(PATH)
    async def show_own_desk(request: Request, principal: Principal = requires(tokens, Action.HAND_OVER)) -> Response:
        """Shows the desk where one is on call; otherwise the agency's first."""
        desks = shifts.desks(principal)
        if not desks:
            raise NotFoundError
        return await own.shown(request, principal, desks[0])

    @router.get(PATH + "/{desk}")
    async def show_desk(
        request: Request, desk: Desk, principal: Principal = requires(tokens, Action.HAND_OVER)
    ) -> Response:
        """Shows one desk of the agency."""
        return await own.shown(request, principal, desk)

    @router.post(PATH + "/{desk}")
    async def hand_over_desk(
        request: Request, desk: Desk, principal: Principal = requires(tokens, Action.HAND_OVER, by_form=True)
    ) -> Response:
        """Hands the desk over to a colleague, or takes it."""
        return await own.hand_over(request, principal, desk)

    return router
