"""Readings of a person's identity, over HTTP."""

from uuid import UUID

from fastapi import APIRouter

from services.chassis.authorization.policy import Action, Principal
from services.chassis.errors import (
    CommandIdReusedError,
    ErasedError,
    KeysLostError,
    NotFoundError,
    VersionConflictError,
)
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.web.refusals import refuses
from services.intake.cases.errors import FrozenError, NoPersonError
from services.intake.identity.commands import IdentityReader
from services.intake.identity.domain import DoNotContactError
from services.intake.identity.schemas import IdentityRequest, OpenedIdentity


def add_routes(router: APIRouter, readings: IdentityReader, tokens: Tokens) -> None:
    """``POST /cases/{case_id}/identity``."""

    @router.post(
        "/cases/{case_id}/identity",
        response_model_exclude_unset=True,
        responses=refuses(
            NotFoundError,
            NoPersonError,
            FrozenError,
            DoNotContactError,
            ErasedError,
            KeysLostError,
            CommandIdReusedError,
            VersionConflictError,
        ),
    )
    async def open_identity(
        case_id: UUID, body: IdentityRequest, principal: Principal = requires(tokens, Action.READ_IDENTITY)
    ) -> OpenedIdentity:
        """Opens name, telephone and notes for a purpose, to the shelter that holds the case. Every time is recorded.

        A shelter reads what it recorded itself: a handover does not hand over who the person is.
        """
        return await readings.open(case_id, body.command_id, body.purpose, body.fields, principal)
