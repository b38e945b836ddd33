"""Shift handovers over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Path

from services.chassis.authorization.policy import Action, Principal
from services.chassis.errors import CommandIdReusedError, EntryTooLargeError, NotFoundError, VersionConflictError
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.web.refusals import refuses
from services.notifications.shifts.commands import ShiftCommands
from services.notifications.shifts.domain import (
    AlreadyHandedOverError,
    NotYourShiftError,
    TooManyHandoversError,
    UnknownPersonError,
)
from services.notifications.shifts.queries import Shifts
from services.notifications.shifts.schemas import DeskShift, ShiftHandover, ShiftHandoverRequest

Desk = Annotated[str, Path(max_length=40)]


def routes(commands: ShiftCommands, shifts: Shifts, tokens: Tokens) -> APIRouter:
    """``GET`` and ``POST /desks/{desk}/handover``."""
    router = APIRouter(tags=["notifications"])

    @router.get("/desks/{desk}/handover", responses=refuses(NotFoundError))
    async def get_desk_shift(desk: Desk, principal: Principal = requires(tokens, Action.HAND_OVER)) -> DeskShift:
        """Shows a desk's on-call order, its open referrals and its last shift handovers."""
        return await shifts.at(desk, principal)

    @router.post(
        "/desks/{desk}/handover",
        responses=refuses(
            NotFoundError,
            NotYourShiftError,
            UnknownPersonError,
            AlreadyHandedOverError,
            TooManyHandoversError,
            CommandIdReusedError,
            VersionConflictError,
            EntryTooLargeError,
        ),
    )
    async def hand_over_desk(
        desk: Desk, body: ShiftHandoverRequest, principal: Principal = requires(tokens, Action.HAND_OVER)
    ) -> ShiftHandover:
        """Hands the desk over with its open referrals. Both people are notified; alerts go first to who took it.

        Done by one of the two, with their account, or by a supervisor.
        """
        return await commands.hand_over(body.command_id, desk, body.given_by, body.taken_by, principal)

    return router
