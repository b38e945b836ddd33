"""Transfers of a case between shelters, over HTTP."""

from fastapi import APIRouter

from services.chassis.authorization.policy import Action, Principal
from services.chassis.errors import CommandIdReusedError, ErasedError, KeysLostError, VersionConflictError
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.throttle import TooManyAttemptsError
from services.chassis.web.refusals import refuses
from services.intake.slips.commands import SlipMistypedError, SlipNotAcceptedError
from services.intake.transfers.commands import TransferCommands
from services.intake.transfers.domain import AlreadyHereError, ConsentNotValidError, NotOneFamilyError
from services.intake.transfers.schemas import TransferredCases, TransferRequest
from services.intake.wordings import Wordings


def add_routes(router: APIRouter, transfers: TransferCommands, wordings: Wordings, tokens: Tokens) -> None:
    """``/handovers``."""

    @router.post(
        "/handovers",
        status_code=201,
        responses=refuses(
            SlipMistypedError,
            SlipNotAcceptedError,
            TooManyAttemptsError,
            AlreadyHereError,
            ConsentNotValidError,
            NotOneFamilyError,
            ErasedError,
            KeysLostError,
            CommandIdReusedError,
            VersionConflictError,
        ),
    )
    async def take_over_case(
        body: TransferRequest, principal: Principal = requires(tokens, Action.TAKE_OVER)
    ) -> TransferredCases:
        """Transfers custody of a case to this shelter, with the person's slip, word and consent; a family together."""
        arrivals = [one.arrival(wordings, principal.label) for one in (body, *body.family)]
        return await transfers.take_over(body.command_id, arrivals, principal)
