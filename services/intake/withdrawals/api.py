"""Withdrawals by slip, and their check, over HTTP."""

from uuid import UUID

from fastapi import APIRouter, Request

from services.chassis.authorization.policy import Action, Principal
from services.chassis.errors import (
    CommandIdReusedError,
    LogHaltedError,
    NotFoundError,
    StoreUnavailableError,
    VersionConflictError,
)
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.throttle import TooManyAttemptsError
from services.chassis.web.places import place_of
from services.chassis.web.refusals import refuses
from services.intake.cases.errors import SecondPersonNeededError
from services.intake.cases.schemas import CaseChanged
from services.intake.slips.commands import SlipMistypedError, SlipNotAcceptedError
from services.intake.slips.schemas import SlipHeard
from services.intake.withdrawals.commands import NothingToCheckError, WithdrawalCommands
from services.intake.withdrawals.schemas import SlipConfirmation, SlipWithdrawal, WithdrawalCheck

SLIP_REFUSALS = refuses(
    SlipMistypedError,
    SlipNotAcceptedError,
    TooManyAttemptsError,
    CommandIdReusedError,
    VersionConflictError,
    StoreUnavailableError,
    LogHaltedError,
)


def add_routes(router: APIRouter, withdrawals: WithdrawalCommands, tokens: Tokens) -> None:
    """``/cases/{case_id}/withdrawal-check``, and the public routes ``/slips/…``."""

    @router.post(
        "/cases/{case_id}/withdrawal-check",
        responses=refuses(
            NotFoundError, NothingToCheckError, SecondPersonNeededError, CommandIdReusedError, VersionConflictError
        ),
    )
    async def check_withdrawal(
        case_id: UUID, body: WithdrawalCheck, principal: Principal = requires(tokens, Action.CHECK_WITHDRAWAL)
    ) -> CaseChanged:
        """Records the check of a withdrawal by slip: staff spoke with the person, who confirmed or dismissed it.

        Who issued the slip, or dismissed a withdrawal of the case before, may confirm and not dismiss.
        """
        return await withdrawals.check(case_id, body.command_id, body.answer, principal)

    @router.post("/slips/withdraw", status_code=202, responses=SLIP_REFUSALS)
    async def withdraw_by_slip(request: Request, body: SlipWithdrawal) -> SlipHeard:
        """Withdraws consent with slip and word, without an account. Nothing is sent or read until staff check it."""
        return await withdrawals.withdraw(body.slip, body.word, body.command_id, body.recipient, place_of(request))

    @router.post("/slips/confirm", status_code=202, responses=SLIP_REFUSALS)
    async def confirm_by_slip(request: Request, body: SlipConfirmation) -> SlipHeard:
        """Reports with slip and word whether help came, without an account. The answer is always the same."""
        return await withdrawals.confirm(
            body.slip, body.word, body.command_id, body.agency, body.confirmation, place_of(request)
        )
