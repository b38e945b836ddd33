"""Readings of a case's answers, over HTTP."""

from uuid import UUID

from fastapi import APIRouter

from services.chassis.authorization.policy import Action, Principal
from services.chassis.errors import ErasedError, KeysLostError, NotFoundError, VersionConflictError
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.web.refusals import refuses
from services.intake.cases.errors import FrozenError
from services.intake.disclosures.commands import AnswerReader
from services.intake.disclosures.schemas import DisclosedAnswers


def add_routes(router: APIRouter, readings: AnswerReader, tokens: Tokens) -> None:
    """``GET /cases/{case_id}/answers``."""

    @router.get(
        "/cases/{case_id}/answers",
        responses=refuses(NotFoundError, FrozenError, ErasedError, KeysLostError, VersionConflictError),
    )
    async def read_answers(
        case_id: UUID, principal: Principal = requires(tokens, Action.READ_ANSWERS)
    ) -> DisclosedAnswers:
        """Discloses the coded answers that the shelter with custody may see. Every reading is recorded."""
        return await readings.answers(case_id, principal)
