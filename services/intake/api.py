"""Intake over HTTP and over a NATS request: the same document, the same answer."""

import json
from typing import Any
from uuid import UUID

import structlog
from fastapi import APIRouter, Request
from faststream.nats import NatsBroker, NatsMessage
from faststream.nats.response import NatsResponse
from starlette.responses import JSONResponse

from services.chassis.access import Action, Field, Principal, allowed, decide, ever
from services.chassis.broker import request_options
from services.chassis.errors import NotAllowedError, NotFoundError, ServiceError
from services.chassis.foundation import Foundation
from services.chassis.problems import MEDIA_TYPE, problem
from services.chassis.requests import BodyTooLargeError, limited_body, may
from services.chassis.tokens import Tokens
from services.intake.amending import Amending
from services.intake.bodies import Amendment, Consent
from services.intake.commands import Intake
from services.intake.continuity_queries import family_of, whereabouts
from services.intake.duplicates import same_person
from services.intake.queries import as_an_agency_sees, case_status, left_behind
from services.intake.submission import Submission

logger = structlog.get_logger(__name__)

ANSWER = {
    "type": "object",
    "required": ["case_id", "receipt", "recorded_at"],
    "properties": {
        "case_id": {"type": "string", "format": "uuid"},
        "receipt": {"type": "string"},
        "recorded_at": {"type": "string", "format": "date-time"},
    },
}

DEFINITION = "#/paths/~1api~1v1~1submissions/post/requestBody/content/application~1json/schema/$defs/{model}"
"""Where the API's description has the parts of a submission: a reference counts from the document's beginning."""


def routes(intake: Intake, amending: Amending, tokens: Tokens, foundation: Foundation) -> APIRouter:
    """``POST /submissions`` and ``GET /cases/{case_id}``."""
    router = APIRouter(tags=["intake"])
    submitted: dict[str, Any] = {"content": {"application/json": {"schema": ANSWER}}}
    refused: dict[str, Any] = {"content": {MEDIA_TYPE: {"schema": {"type": "object"}}}}

    problems: dict[int | str, dict[str, Any]] = {
        status: {"description": "Problem", **refused} for status in (401, 403, 404, 409, 422, 503)
    }

    @router.post(
        "/submissions",
        status_code=201,
        response_class=JSONResponse,
        openapi_extra={
            "requestBody": {
                "required": True,
                "content": {"application/json": {"schema": Submission.model_json_schema(ref_template=DEFINITION)}},
            }
        },
        responses={
            200: {"description": "La misma, otra vez · The same again", **submitted},
            201: {"description": "Caso abierto · Case opened", **submitted},
            **{status: {"description": "Problem", **refused} for status in (401, 403, 409, 413, 422, 503)},
        },
    )
    async def submit(request: Request, principal: Principal = may(tokens, Action.SUBMIT)) -> JSONResponse:
        """Flags a case. Sent twice it is one case; the answer is the same."""
        raw = await limited_body(request, foundation.settings.max_body_bytes)
        taken = await intake.submit(raw, principal)
        return JSONResponse(taken.answer(), status_code=201 if taken.new else 200)

    @router.get("/cases/{case_id}", responses={404: {"description": "Problem", **refused}})
    async def case(case_id: UUID, principal: Principal = may(tokens, Action.SEE_CASE)) -> dict[str, Any]:
        """A case and what became of its referrals. An agency sees its own referrals only."""
        status = await case_status(foundation.database, case_id, principal)
        if status is None:
            return await left_behind(foundation.database, case_id, principal)
        where = await whereabouts(foundation.database, case_id, status["shelter"])
        fields = decide(principal, Action.SEE_CASE, shelter=where.shelter).fields
        own = [
            each
            for each in status["referrals"]
            if decide(
                principal, Action.SEE_CASE, shelter=where.shelter, agency=each["agency"], sent=each["sent"]
            ).allowed
        ]
        if not own and Field.OTHER_REFERRALS not in fields:
            raise NotFoundError
        if Field.CONSENTS not in fields:
            accesses = [each for each in status["exceptional_accesses"] if each["agency"] == principal.org]
            return {
                **as_an_agency_sees(status, where, own),
                "referrals": own,
                "exceptional_accesses": accesses,
            }
        consents = [
            each
            for each in await amending.consents(case_id)
            if allowed(principal, Action.SEE_CASE, shelter=where.shelter, agency=each["recipient"])
        ]
        family = await family_of(foundation.database, case_id, where.shelter, principal)
        same = await same_person(foundation.database, case_id, where.shelter, principal)
        here = {"shelter": where.shelter, "handed_over": False, **where.shown(), "family": family, "same_person": same}
        return {**status, **here, "referrals": own, "consents": consents}

    @router.post("/cases/{case_id}/amendments", responses=problems)
    async def amend(
        case_id: UUID, body: Amendment, principal: Principal = may(tokens, Action.SUBMIT)
    ) -> dict[str, Any]:
        """Corrects the answers. It may add a referral or raise an urgency, never withdraw one."""
        return await amending.amend(case_id, body.command_id, body.submission, principal)

    @router.post("/cases/{case_id}/consents", status_code=201, responses=problems)
    async def consent(
        case_id: UUID, body: Consent, principal: Principal = may(tokens, Action.SUBMIT)
    ) -> dict[str, Any]:
        """Records a decision about one recipient; a referral that waited for it is sent."""
        receipt = body.receipt(amending.wordings, asked_by=principal.label)
        return await amending.record_consent(case_id, body.command_id, receipt, principal)

    @router.delete("/cases/{case_id}/consents/{receipt}", responses=problems)
    async def withdraw(
        case_id: UUID, receipt: UUID, principal: Principal = may(tokens, Action.SUBMIT)
    ) -> dict[str, Any]:
        """Takes a consent back; what was sent on it is withdrawn."""
        return await amending.withdraw_consent(case_id, receipt, principal)

    return router


def subscribe(broker: NatsBroker, intake: Intake, tokens: Tokens, foundation: Foundation) -> None:
    """Answers ``canaliza.submit.<shelter>`` as ``POST /submissions`` does; the token is in ``Authorization``."""
    names = foundation.names

    @broker.subscriber(  # type: ignore[untyped-decorator]  # its stubs lose the type when options are unpacked
        names.submit(),
        queue="intake",
        title="submit",
        description="A shelter's own software sends a submission and gets the answer that HTTP gives.",
        **request_options(names, "intake"),
    )
    async def submit(message: NatsMessage) -> NatsResponse:
        shelter = message.raw_message.subject.rpartition(".")[2]
        try:
            principal = await tokens.principal((message.headers or {}).get("Authorization"))
            _admit(principal, len(message.body), foundation.settings.max_body_bytes)
            taken = await intake.submit(bytes(message.body), principal, shelter)
        except ServiceError as error:
            return _reply(bytes(problem(error).body), error.status, MEDIA_TYPE)
        except Exception:
            logger.exception("unexpected_error")
            return _reply(bytes(problem(ServiceError()).body), 500, MEDIA_TYPE)
        return _reply(json.dumps(taken.answer()).encode(), 201 if taken.new else 200, "application/json")


def _admit(principal: Principal, size: int, most: int) -> None:
    """Refuses, before the body is read, what HTTP refuses before it is read."""
    if not ever(principal, Action.SUBMIT):
        raise NotAllowedError
    if size > most:
        raise BodyTooLargeError


def _reply(body: bytes, status: int, content_type: str) -> NatsResponse:
    return NatsResponse(body, headers={"status": str(status), "content-type": content_type})
