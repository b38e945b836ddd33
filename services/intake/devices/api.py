"""Telephones and their records, over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from services.chassis.authorization.policy import Action, Principal
from services.chassis.database import Database
from services.chassis.errors import AdmissionClosedError, CommandIdReusedError, NotFoundError, VersionConflictError
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.throttle import TooManyAttemptsError
from services.chassis.web.cursors import MAX_LENGTH, Cursors
from services.chassis.web.places import place_of
from services.chassis.web.refusals import refuses
from services.intake.devices.commands import DeviceCommands
from services.intake.devices.domain import (
    DeviceCodeNotAcceptedError,
    DeviceRevokedError,
    ReceptionKeyGoneError,
    RecordUnreadableError,
    UnknownDeviceError,
)
from services.intake.devices.policy import MAX_IMPORT_BYTES, MAX_RECORD_BYTES
from services.intake.devices.queries import MAX_PAGE_SIZE, list_devices
from services.intake.devices.receiving import RecordReceiver
from services.intake.devices.schemas import (
    CodeRequest,
    DevicePage,
    EnrolledDevice,
    Enrolment,
    ImportedRecords,
    IssuedCode,
    ReceivedRecord,
    RecordDelivery,
    RecordImport,
    RecordStates,
    Revocation,
    RevokedDevice,
    StatusQuestion,
)
from services.intake.submissions.commands import SubmissionConflictError, SubmissionRefusedError
from services.intake.submissions.rejections import TooManyRefusedError

OF_A_SIGNATURE = (UnknownDeviceError, DeviceRevokedError, TooManyAttemptsError, AdmissionClosedError)


def add_routes(
    router: APIRouter,
    devices: DeviceCommands,
    receiver: RecordReceiver,
    tokens: Tokens,
    database: Database,
    cursors: Cursors,
) -> None:
    """``/devices`` and ``/device-records``."""
    _add_enrolment(router, devices, tokens)

    @router.get("/devices")
    async def list_enrolled_devices(
        principal: Principal = requires(tokens, Action.ENROL_DEVICE),
        cursor: Annotated[str | None, Query(max_length=MAX_LENGTH)] = None,
        limit: Annotated[int, Query(ge=1, le=MAX_PAGE_SIZE)] = 50,
    ) -> DevicePage:
        """Lists the shelter's telephones, the newest first, with those that were revoked."""
        return await list_devices(database, cursors, principal, cursor=cursor, limit=limit)

    @router.post(
        "/device-records",
        status_code=201,
        max_body_size=MAX_RECORD_BYTES,
        response_model=ReceivedRecord,
        responses={
            200: {"description": "El mismo, otra vez · The same again", "model": ReceivedRecord},
            **refuses(
                *OF_A_SIGNATURE,
                RecordUnreadableError,
                ReceptionKeyGoneError,
                SubmissionRefusedError,
                SubmissionConflictError,
                TooManyRefusedError,
                VersionConflictError,
            ),
        },
    )
    async def receive_record(request: Request, body: RecordDelivery) -> Response:
        """Takes a record that an enrolled telephone sealed and signed, whoever brings it: that is all it needs.

        Sent again, it gets the same receipt. A submission that is not valid is kept sealed: `refusal_id` says where.
        """
        delivered = await receiver.receive(body.record, body.sent_at, place_of(request))
        content = delivered.answer.model_dump_json()
        return Response(content, status_code=201 if delivered.new else 200, media_type="application/json")

    @router.post("/device-records/status", responses=refuses(*OF_A_SIGNATURE))
    async def tell_record_states(request: Request, body: StatusQuestion) -> RecordStates:
        """Tells an enrolled telephone what became of its records. The signature is all it needs."""
        return await receiver.tell(body, place_of(request))

    @router.post("/device-records/import", max_body_size=MAX_IMPORT_BYTES)
    async def import_records(
        body: RecordImport, principal: Principal = requires(tokens, Action.SUBMIT)
    ) -> ImportedRecords:
        """Takes sealed records that a telephone of the shelter exported.

        Those of a revoked telephone only from its coordinator, with an account.
        """
        return await receiver.take_in(body.records, principal)


def _add_enrolment(router: APIRouter, devices: DeviceCommands, tokens: Tokens) -> None:
    @router.post("/devices/codes", status_code=201, responses=refuses(CommandIdReusedError))
    async def issue_device_code(
        body: CodeRequest, principal: Principal = requires(tokens, Action.ENROL_DEVICE)
    ) -> IssuedCode:
        """Gives out a one-time code, good for one telephone of the shelter and a quarter of an hour."""
        return await devices.issue_code(body.command_id, principal)

    @router.post(
        "/devices",
        status_code=201,
        responses=refuses(DeviceCodeNotAcceptedError, TooManyAttemptsError, CommandIdReusedError, VersionConflictError),
    )
    async def enrol_device(body: Enrolment, principal: Principal = requires(tokens, Action.SUBMIT)) -> EnrolledDevice:
        """Enrols a telephone of the shelter with the code that its coordinator gave out."""
        return await devices.enrol(body.command_id, body.code, body.public_key, principal)

    @router.post(
        "/devices/{device_id}/revoke", responses=refuses(NotFoundError, CommandIdReusedError, VersionConflictError)
    )
    async def revoke_device(
        device_id: str, body: Revocation, principal: Principal = requires(tokens, Action.ENROL_DEVICE)
    ) -> RevokedDevice:
        """Takes a telephone's right to hand in records, for good."""
        return await devices.revoke(device_id, body.command_id, principal)
