"""Amendments over HTTP."""

from uuid import UUID

from fastapi import APIRouter

from services.chassis.authorization.policy import Action, Principal
from services.chassis.errors import CommandIdReusedError, ErasedError, NotFoundError, VersionConflictError
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.web.refusals import refuses
from services.intake.amendments.commands import AmendmentCommands
from services.intake.amendments.schemas import Amendment
from services.intake.cases.schemas import CaseChanged
from services.intake.submissions.commands import SubmissionConflictError, SubmissionRefusedError
from services.intake.submissions.rejections import TooManyRefusedError


def add_routes(router: APIRouter, amendments: AmendmentCommands, tokens: Tokens) -> None:
    """``/cases/{case_id}/amendments``."""

    @router.post(
        "/cases/{case_id}/amendments",
        responses=refuses(
            NotFoundError,
            SubmissionRefusedError,
            TooManyRefusedError,
            SubmissionConflictError,
            ErasedError,
            CommandIdReusedError,
            VersionConflictError,
        ),
    )
    async def amend_case(
        case_id: UUID, body: Amendment, principal: Principal = requires(tokens, Action.SUBMIT)
    ) -> CaseChanged:
        """Corrects the answers. It may add a referral or raise an urgency, never withdraw one."""
        return await amendments.amend(case_id, body.command_id, body.submission, principal)
