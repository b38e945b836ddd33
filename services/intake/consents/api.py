"""ConsentCommands over HTTP."""

from uuid import UUID

from fastapi import APIRouter

from services.chassis.authorization.policy import Action, Principal
from services.chassis.errors import CommandIdReusedError, NotFoundError, VersionConflictError
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.web.refusals import refuses
from services.intake.consents.commands import ConsentCommands
from services.intake.consents.schemas import ConsentChanged, NewConsent
from services.intake.wordings import Wordings


def add_routes(router: APIRouter, consents: ConsentCommands, wordings: Wordings, tokens: Tokens) -> None:
    """``/cases/{case_id}/consents``."""

    @router.post(
        "/cases/{case_id}/consents",
        status_code=201,
        responses=refuses(NotFoundError, CommandIdReusedError, VersionConflictError),
    )
    async def record_consent(
        case_id: UUID, body: NewConsent, principal: Principal = requires(tokens, Action.SUBMIT)
    ) -> ConsentChanged:
        """Records a consent decision about one recipient; a referral that waited for it is sent."""
        receipt = body.receipt(wordings, asked_by=principal.label)
        return await consents.record(case_id, body.command_id, receipt, principal)

    @router.delete(
        "/cases/{case_id}/consents/{receipt}",
        responses=refuses(NotFoundError, CommandIdReusedError, VersionConflictError),
    )
    async def withdraw_consent(
        case_id: UUID, receipt: UUID, principal: Principal = requires(tokens, Action.SUBMIT)
    ) -> ConsentChanged:
        """Withdraws a consent; referrals sent on it are withdrawn."""
        return await consents.withdraw(case_id, receipt, principal)
