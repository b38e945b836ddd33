"""Submissions by NATS request, for a shelter's own software: the same document and answer as over HTTP."""

import structlog
from faststream.exceptions import IgnoredException
from faststream.nats import NatsBroker, NatsMessage
from faststream.nats.response import NatsResponse

from services.chassis.authorization.policy import Action, Principal, role_allows
from services.chassis.errors import NotAllowedError, ServiceError
from services.chassis.identity.tokens import Tokens
from services.chassis.messaging.broker import request_options
from services.chassis.names import shelter_user
from services.chassis.runtime.bootstrap import ServiceContext
from services.chassis.security.current import HEADER, CurrentRequest, answering, request_id, sent_by
from services.chassis.web.admission import UnsupportedEncodingError, is_encoded
from services.chassis.web.bodies import BodyTooLargeError
from services.chassis.web.problems import problem
from services.chassis.web.refusals import MEDIA_TYPE
from services.intake.submissions.commands import SubmissionCommands

logger = structlog.get_logger(__name__)


def subscribe(broker: NatsBroker, submissions: SubmissionCommands, tokens: Tokens, context: ServiceContext) -> None:
    """Answers ``canaliza.submit.<shelter>`` as ``POST /submissions`` does; the token is in ``Authorization``.

    Only at the inbox of the shelter that asks: NATS lets anybody name any subject for the answer, which could be a
    stream's, another shelter's inbox or a command to JetStream. Whoever asks to be answered elsewhere is not heard.
    """
    names = context.names

    @broker.subscriber(  # type: ignore[untyped-decorator]  # its stubs lose the type when options are unpacked
        names.submit(),
        queue="intake",
        title="submit",
        description="A shelter's own software sends a submission and gets the answer that HTTP gives.",
        **request_options(names, "intake"),
    )
    async def submit(message: NatsMessage) -> NatsResponse:
        with answering(CurrentRequest(request_id((message.headers or {}).get(HEADER)))) as request:
            answer = await answer_to(message)
            context.counts.count(request)
            if request.refusal is not None:
                logger.info("request_refused", method="NATS", code=request.refusal, action=request.action)
            elif request.position is not None:
                logger.info(
                    "request",
                    method="NATS",
                    service=request.service,
                    position=request.position,
                    count=request.events,
                )
        answer.headers[HEADER] = str(request.id)
        return answer

    async def answer_to(message: NatsMessage) -> NatsResponse:
        shelter = message.raw_message.subject.rpartition(".")[2]
        if message.reply_to and not message.reply_to.startswith(f"{names.inbox(shelter_user(shelter))}."):
            logger.warning("answer_asked_elsewhere", shelter=shelter)
            raise IgnoredException  # FastStream would answer whatever is returned
        try:
            principal = await tokens.principal((message.headers or {}).get("Authorization"))
            sent_by(principal, Action.SUBMIT)
            _admit(principal, message, context.settings.max_body_bytes)
            accepted = await submissions.submit(bytes(message.body), principal, shelter)
        except ServiceError as error:
            return _reply(bytes(problem(error).body), error.status, MEDIA_TYPE)
        except Exception:
            logger.exception("unexpected_error")
            return _reply(bytes(problem(ServiceError()).body), 500, MEDIA_TYPE)
        return _reply(accepted.answer(), 201 if accepted.new else 200, "application/json")


def _admit(principal: Principal, message: NatsMessage, most: int) -> None:
    """Refuses before parsing what the HTTP route refuses before parsing."""
    if not role_allows(principal, Action.SUBMIT):
        raise NotAllowedError
    if len(message.body) > most:
        raise BodyTooLargeError
    if is_encoded((message.headers or {}).get("Content-Encoding")):
        raise UnsupportedEncodingError


def _reply(body: bytes, status: int, content_type: str) -> NatsResponse:
    return NatsResponse(body, headers={"status": str(status), "content-type": content_type})
