"""Submissions over HTTP."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.chassis.authorization.policy import Action, Principal
from services.chassis.errors import VersionConflictError
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.web.bodies import limited_body
from services.chassis.web.refusals import refuses
from services.chassis.web.schemas import schema_without_null
from services.intake.submissions.commands import SubmissionCommands, SubmissionConflictError, SubmissionRefusedError
from services.intake.submissions.document import Submission
from services.intake.submissions.rejections import TooManyRefusedError
from services.intake.submissions.schemas import SubmissionReceipt

JSON = "application/json"
REQUEST_BODY: dict[str, Any] = {
    "requestBody": {"required": True, "content": {JSON: {"schema": schema_without_null(Submission)}}}
}
"""The route reads the bytes itself, to report all faults at once and to store a rejected document unchanged."""


def add_routes(router: APIRouter, submissions: SubmissionCommands, tokens: Tokens, max_body_bytes: int) -> None:
    """``POST /submissions``."""

    @router.post(
        "/submissions",
        status_code=201,
        response_model=SubmissionReceipt,
        response_description="Caso abierto · Case opened",
        openapi_extra=REQUEST_BODY,
        responses={
            200: {"description": "La misma, otra vez · The same again", "model": SubmissionReceipt},
            **refuses(SubmissionRefusedError, SubmissionConflictError, TooManyRefusedError, VersionConflictError),
        },
    )
    async def submit_case(request: Request, principal: Principal = requires(tokens, Action.SUBMIT)) -> Response:
        """Opens a case from a submission. Sent again it is answered with the same case and receipt."""
        raw = await limited_body(request, max_body_bytes)
        accepted = await submissions.submit(raw, principal)
        return Response(accepted.answer(), status_code=201 if accepted.new else 200, media_type=JSON)
