"""Receives what telephones sealed and signed: checks who signed, opens it, and submits it as any other submission."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from events.intake import CaseOpened
from events.vocabulary import Role
from services.chassis.authorization.policy import Principal
from services.chassis.clock import Clock
from services.chassis.database import Database
from services.chassis.errors import ServiceError
from services.chassis.eventlog.log import Log
from services.chassis.identity.tokens import Tokens
from services.chassis.throttle import Throttle
from services.intake.devices.domain import (
    Device,
    DeviceRevokedError,
    ReceptionKeyGoneError,
    RecordUnreadableError,
    UnknownDeviceError,
    fold,
    stream_of,
)
from services.intake.devices.envelope import (
    OpenedRecord,
    SealedRecord,
    open_record,
    read_record,
    status_question,
    verify,
    verify_record,
)
from services.intake.devices.outcomes import outcome_of, with_what_is_kept
from services.intake.devices.policy import SEEN_EVERY, limits_of_a_device, limits_of_a_place
from services.intake.devices.queries import OpenedCase, note_heard, opened_cases, refused_submissions
from services.intake.devices.reception_keys import ReceptionKeys
from services.intake.devices.schemas import (
    ImportedRecords,
    ReceivedRecord,
    RecordOutcome,
    RecordState,
    RecordStates,
    StatusQuestion,
)
from services.intake.submissions.commands import SubmissionCommands, SubmissionConflictError, SubmissionRefusedError
from services.intake.submissions.rejections import document_as_sent


@dataclass(frozen=True, slots=True)
class Delivered:
    """The answer to a record. ``new`` is false for one that was received before."""

    answer: ReceivedRecord
    new: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordReceiver:
    """Receives records, and tells what became of them."""

    log: Log
    database: Database
    clock: Clock
    tokens: Tokens
    submissions: SubmissionCommands
    keys: ReceptionKeys
    throttle: Throttle

    async def receive(self, value: Any, sent_at: datetime, place: str) -> Delivered:
        """Takes a record from whoever brings it, if an enrolled telephone signed it. Brought again, it is the same.

        Raises:
            RecordUnreadableError: it is no record, was changed, or is about something else than it says.
            UnknownDeviceError: no enrolled telephone signed it.
            DeviceRevokedError: the telephone was revoked.
            ReceptionKeyGoneError: it was sealed to a key that was deleted.
            SubmissionRefusedError: the submission is not valid; it is kept sealed, for its shelter to correct.
            SubmissionConflictError: the submission's id has other content; it is kept sealed as well.
            TooManyAttemptsError: too much that cannot be used came from this place or telephone.
            AdmissionClosedError: nobody is admitted (ADR 0038).
        """
        await self.tokens.admit_submission()
        try:
            record = read_record(value)
            device = await self._signer_of(record)
        except (RecordUnreadableError, UnknownDeviceError):
            await self.throttle.admit(limits_of_a_place(place), self.clock())  # only failures count
            raise
        if device.revoked:
            raise DeviceRevokedError
        await self._heard(device)
        return await self._hand_in(record, device, device.principal, sent_at)

    async def tell(self, question: StatusQuestion, place: str) -> RecordStates:
        """What became of a telephone's records.

        Raises:
            UnknownDeviceError: no enrolled telephone signed the question.
            DeviceRevokedError: the telephone was revoked.
            TooManyAttemptsError: too much that cannot be used came from this place.
            AdmissionClosedError: nobody is admitted (ADR 0038).
        """
        await self.tokens.admit_submission()
        try:
            device = await self._device(question.device)
            verify(device.key, status_question(question.device, question.at, question.ids), question.signature)
        except (RecordUnreadableError, UnknownDeviceError):
            await self.throttle.admit(limits_of_a_place(place), self.clock())
            raise UnknownDeviceError from None
        if device.revoked:
            raise DeviceRevokedError
        await self._heard(device)
        states = await self._states(question.ids, device)
        return RecordStates(records=states, reception_key=(await self.keys.current()).shown)

    async def take_in(self, values: Sequence[Any], by: Principal) -> ImportedRecords:
        """Takes exported records from the hands of the shelter's staff, each for itself.

        Those of a revoked telephone only from its coordinator, with an account: she knows whether it was lost with
        honest records, and who may have held it since.
        """
        return ImportedRecords(records=[await self._take_in(value, by) for value in values])

    async def _take_in(self, value: Any, by: Principal) -> RecordOutcome:
        written = ""
        try:
            record = read_record(value)
            written = record.id
            device = await self._signer_of(record)
            if device.shelter != by.org:
                raise UnknownDeviceError
            if device.revoked and (by.role is not Role.SHELTER_COORDINATOR or by.person is None):
                raise DeviceRevokedError
            await self._hand_in(record, device, by, self.clock())
            return (await self._states([record.id], device))[0]
        except (SubmissionRefusedError, SubmissionConflictError):
            return (await self._states([written], device))[0]
        except ServiceError as error:
            if error.status >= 500:
                raise
            es, en = error.title(), error.title("en")
            return RecordOutcome(id=written, state=RecordState.FAILED, code=error.code, es=es, en=en)

    async def _signer_of(self, record: SealedRecord) -> Device:
        device = await self._device(record.device)
        verify_record(record, device.key)
        if device.shelter != record.shelter:
            raise RecordUnreadableError
        return device

    async def _device(self, code: str) -> Device:
        stream = stream_of(code)
        found = fold((await self.log.streams([stream]))[stream])
        if found is None:
            raise UnknownDeviceError
        return found

    async def _heard(self, device: Device) -> None:
        now = self.clock()
        await note_heard(self.database, device.id, now, now - SEEN_EVERY)

    async def _hand_in(self, record: SealedRecord, device: Device, by: Principal, sent_at: datetime) -> Delivered:
        opened = await self._open(record, device)
        document = {name: value for name, value in opened.document.items() if name != "sent_at"}
        try:
            accepted = await self.submissions.submit(
                document_as_sent(document), by, device.shelter, decided=opened.decided, sent_at=sent_at
            )
        except (SubmissionRefusedError, SubmissionConflictError) as error:
            known = (await self._states([record.id], device))[0]
            if known.state is not RecordState.RECEIVED:
                raise with_what_is_kept(error, known) from None
            assert known.receipt is not None  # noqa: S101 - as whatever was received has
            assert known.recorded_at is not None  # noqa: S101
            return Delivered(await self._answer(record, known.receipt, known.recorded_at), new=False)
        return Delivered(await self._answer(record, accepted.receipt, accepted.recorded_at), accepted.new)

    async def _open(self, record: SealedRecord, device: Device) -> OpenedRecord:
        try:
            return open_record(record, await self.keys.private(UUID(record.key)))
        except (ReceptionKeyGoneError, RecordUnreadableError):
            await self.throttle.admit(limits_of_a_device(device.id), self.clock())
            raise

    async def _answer(self, record: SealedRecord, receipt: str, at: datetime) -> ReceivedRecord:
        current = (await self.keys.current()).shown
        return ReceivedRecord(submission_id=record.submission, receipt=receipt, recorded_at=at, reception_key=current)

    async def _states(self, ids: Sequence[str], device: Device) -> list[RecordOutcome]:
        submissions = [UUID(each) for each in ids]
        opened = await self._of_this_device(await opened_cases(self.database, submissions, device.shelter), device)
        refused = await refused_submissions(self.database, submissions, device.shelter)
        return [
            outcome_of(each, opened.get(submission), refused.get(submission))
            for each, submission in zip(ids, submissions, strict=True)
        ]

    async def _of_this_device(self, found: Mapping[UUID, OpenedCase], device: Device) -> Mapping[UUID, OpenedCase]:
        """Those that name the telephone: what another sender submitted under the same id is no receipt for it."""
        histories = await self.log.streams([case.case for case in found.values()])

        def names_it(case: OpenedCase) -> bool:
            first = histories[case.case][0].event if histories[case.case] else None
            return isinstance(first, CaseOpened) and first.device == device.id

        return {submission: case for submission, case in found.items() if names_it(case)}
