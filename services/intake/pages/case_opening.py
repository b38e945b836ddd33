"""Opening who a person is, from the page of their case: each opening is recorded with its purpose."""

from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.chassis.authorization.policy import Action, Principal
from services.chassis.errors import NotFoundError, ServiceError
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.web.pages.forms import form_of, validated
from services.intake.identity.commands import IdentityReader
from services.intake.identity.schemas import IdentityRequest
from services.intake.pages.case_attempts import Attempt, Opened
from services.intake.pages.case_reading import PATH, CasePages


def openings(drawn: CasePages, reader: IdentityReader, tokens: Tokens) -> APIRouter:
    """``POST …/datos``: the page with name, telephone and notes. Loading it again asks first."""
    router = APIRouter(include_in_schema=False)

    @router.post(PATH + "/datos")
    async def open_identity(
        request: Request, case_id: UUID, principal: Principal = requires(tokens, Action.READ_IDENTITY, by_form=True)
    ) -> Response:
        """Opens the person's identity for the purpose that was chosen."""
        form = await form_of(request, principal)
        try:
            said = validated(IdentityRequest, {"command_id": form.command_id, "purpose": form.text("purpose")})
            identity = await reader.open(case_id, said.command_id, said.purpose, None, principal)
        except NotFoundError:
            raise
        except ServiceError as error:
            attempt = Attempt.of("identity", form.fields)
            return await drawn.draw(request, principal, case_id, fault=error, attempt=attempt)
        return await drawn.draw(request, principal, case_id, opened=Opened(identity=identity))

    return router
