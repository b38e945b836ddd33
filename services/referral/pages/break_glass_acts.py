"""Reads by an exceptional access, and reviews it.

What is opened is shown once, in the answer to a form, and never at an address of its own: to come back to the page
opens nothing, and every reading is recorded as it is over the API.
"""

from collections.abc import Awaitable, Callable
from typing import TypeVar
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.chassis.authorization.policy import Action, Principal
from services.chassis.errors import NotFoundError, ServiceError
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.web.pages.answers import done
from services.chassis.web.pages.forms import form_of, validated
from services.referral.break_glass.commands import BreakGlass
from services.referral.break_glass.schemas import ReviewBreakGlass
from services.referral.pages.break_glass import AccessPages

Read = TypeVar("Read")


def acts(drawn: AccessPages, commands: BreakGlass, tokens: Tokens) -> APIRouter:
    """The forms of ``/mesa/accesos/{access_id}``."""
    router = APIRouter(include_in_schema=False)

    @router.post("/mesa/accesos/{access_id}/leer")
    async def read_access(
        request: Request, access_id: UUID, principal: Principal = requires(tokens, Action.BREAK_GLASS, by_form=True)
    ) -> Response:
        """Shows once what was opened, to the person who opened it. The reading is recorded."""
        await form_of(request, principal)
        opened, fault = await _attempt(drawn.readings.read, access_id, principal)
        return await drawn.one(request, principal, access_id, opened=opened, fault=fault)

    @router.post("/mesa/accesos/{access_id}/motivo")
    async def read_justification(
        request: Request, access_id: UUID, principal: Principal = requires(tokens, Action.REVIEW_ACCESS, by_form=True)
    ) -> Response:
        """Shows once why it was opened, with the form of the review. The reading is recorded."""
        await form_of(request, principal)
        why, fault = await _attempt(drawn.readings.justification, access_id, principal)
        return await drawn.one(request, principal, access_id, why=why, fault=fault)

    @router.post("/mesa/accesos/{access_id}/revisar")
    async def review_access(
        request: Request, access_id: UUID, principal: Principal = requires(tokens, Action.REVIEW_ACCESS, by_form=True)
    ) -> Response:
        """Records a second person's verdict; after a refusal shows the access as it is now."""
        form = await form_of(request, principal)
        try:
            said = validated(ReviewBreakGlass, {"command_id": form.command_id, "verdict": form.text("verdict")})
            await commands.review(access_id, said.command_id, said.verdict, principal)
        except NotFoundError:
            raise
        except ServiceError as error:
            return await drawn.one(request, principal, access_id, fault=error)
        return done(f"/mesa/accesos/{access_id}", "access_reviewed")

    return router


async def _attempt(
    reading: Callable[[UUID, Principal], Awaitable[Read]], access_id: UUID, principal: Principal
) -> tuple[Read | None, ServiceError | None]:
    """What was read, or why nothing was.

    Raises:
        NotFoundError: no such access, or it is not the principal's to read.
    """
    try:
        return await reading(access_id, principal), None
    except NotFoundError:
        raise
    except ServiceError as error:
        return None, error
