"""Receives submissions: seals and records each once, however often it is sent, with the same receipt."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, Self
from uuid import UUID

from events.answers import ABOUT_STAFF, HARM_EVENTS
from events.intake import CaseOpened, DeviceDecision
from events.vocabulary import BoxClass, CaseKind, Role
from services.chassis.authorization.policy import Action, Principal, allowed
from services.chassis.clock import Clock
from services.chassis.database import Database
from services.chassis.errors import LogHaltedError, NotAllowedError, ServiceError, VersionConflictError
from services.chassis.eventlog.append import Append
from services.chassis.eventlog.commands import InTransaction
from services.chassis.eventlog.log import Log
from services.chassis.eventlog.side_rows import Rows, RowsExistError
from services.chassis.eventlog.unit_of_work import UnitOfWork
from services.chassis.ids import receipt_of, uuid5
from services.chassis.vault.keyring import Key, Keyring
from services.intake.submissions.blind_index import digests
from services.intake.submissions.document import InvalidSubmission, Submission, read_bytes
from services.intake.submissions.domain import case_of, clock_skew, consents_of, late_seconds, subject_of
from services.intake.submissions.hidden_harm import told_to_shelters
from services.intake.submissions.projections import index_rows, reindex
from services.intake.submissions.queries import ExistingSubmission, existing_submission, is_opened
from services.intake.submissions.rejections import RejectedSubmissions
from services.intake.submissions.schemas import SubmissionReceipt
from services.intake.submissions.sealing import (
    Completion,
    SealedSubmission,
    is_content,
    opened_answers,
    seal_submission,
)
from services.intake.wordings import Wordings


class SubmissionRefusedError(ServiceError):
    """The submission is not valid. ``faults`` lists them by field, without any value sent."""

    code = "invalid_submission"
    status = 422

    @classmethod
    def of(cls, invalid: InvalidSubmission, told: InvalidSubmission, sender: Principal) -> Self:
        """The refusal with every fault for the software that sent it, and for people what ``told`` has."""
        return cls(faults=(invalid if sender.role is Role.INTEGRATOR else told).listed())


class SubmissionConflictError(ServiceError):
    """A submission with the same id and other content was sent before."""

    code = "submission_conflict"
    status = 409


@dataclass(frozen=True, slots=True)
class AcceptedSubmission:
    """The result of a submission. ``new`` is false for one sent before."""

    case: UUID
    receipt: str
    recorded_at: datetime
    new: bool

    def answer(self) -> bytes:
        """The JSON answer, over HTTP and NATS alike."""
        answer = SubmissionReceipt(case_id=self.case, receipt=self.receipt, recorded_at=self.recorded_at)
        return answer.model_dump_json().encode()


KeepHarm = Callable[[Mapping[str, Any], Sequence[Mapping[str, Any]]], Mapping[str, Any]]
Restore = Callable[[ExistingSubmission, Submission, Principal], Awaitable[AcceptedSubmission | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmissionCommands:
    """Receives submissions."""

    log: Log
    keyring: Keyring
    database: Database
    clock: Clock
    shelters: Collection[str]
    wordings: Wordings
    """The texts that a consent may name."""
    rejected: RejectedSubmissions
    index_key: bytes = field(repr=False)
    """Key of the digests in the blind index (``blind_index``)."""
    restore: Restore
    """Takes what is sent again of a case whose keys were lost."""
    keep: KeepHarm
    """Adds harm by staff to the answers, out of the shelter's sight."""

    async def submit(
        self,
        raw: bytes,
        principal: Principal,
        shelter: str | None = None,
        complete: Completion | None = None,
        decided: DeviceDecision | None = None,
        sent_at: datetime | None = None,
    ) -> AcceptedSubmission:
        """Validates, seals and records a submission, exactly once.

        ``shelter``: the one in the NATS subject or stream, which must be the document's. ``complete``
        adds to the answers what the document that this one corrects had said. ``decided``: what the rules on the
        device made of this document. ``sent_at``: when a document was sent that was sealed before and does not say it
        itself, so that it is the same document every time.

        Raises:
            SubmissionRefusedError: with all faults; the document is stored sealed.
            SubmissionConflictError: the id has other content; the document is stored sealed.
            NotAllowedError: a submission of another shelter.
            StoreUnavailableError: nothing was stored, or that is uncertain; sending again is safe.
        """
        submission = await self._read(raw, principal)
        if shelter not in (None, submission.shelter):
            raise NotAllowedError
        if not allowed(principal, Action.SUBMIT, shelter=submission.shelter):
            raise NotAllowedError
        if sent_at is not None and submission.kind is CaseKind.PERSON:
            submission = submission.model_copy(update={"sent_at": sent_at})
        failure: ServiceError = VersionConflictError()
        try:
            accepted = await self._open(submission, principal, complete, decided=decided)
        except (VersionConflictError, LogHaltedError) as error:
            accepted, failure = None, error
        if accepted is not None:
            return accepted
        existing = await existing_submission(self.database, submission.submission_id, submission.shelter)
        if existing is None:
            raise failure
        accepted = await self._again(existing, submission, principal)
        if accepted is None:
            await self.rejected.store(raw, principal, SubmissionConflictError.code, [("submission_id", "conflict")])
            raise SubmissionConflictError
        return accepted

    async def _read(self, raw: bytes, principal: Principal) -> Submission:
        try:
            return read_bytes(raw, shelters=self.shelters, wordings=self.wordings)
        except InvalidSubmission as error:
            invalid = error
        told = told_to_shelters(raw, invalid, shelters=self.shelters, wordings=self.wordings)
        await self.rejected.store(raw, principal, SubmissionRefusedError.code, [(f.field, f.code) for f in told.faults])
        raise SubmissionRefusedError.of(invalid, told, principal)

    async def _open(
        self,
        submission: Submission,
        principal: Principal,
        complete: Completion | None = None,
        derived_from: UUID | None = None,
        *,
        decided: DeviceDecision | None = None,
    ) -> AcceptedSubmission | None:
        """Opens the case and commits new keys with it; ``None`` if the submission opened a case before.

        ``derived_from``: what the ids of case and person derive from, if it is not the submission's id.
        """
        source = derived_from or submission.submission_id
        subject = subject_of(source)
        keys = self.keyring.make(subject, list(BoxClass))
        key, case = keys[BoxClass.SCREENING].id, case_of(source)
        found = digests(self.index_key, submission, submission.shelter)
        rows = {**self.keyring.rows(keys.values()), **index_rows(found, key, case)}
        try:
            return await self._record(submission, principal, source, keys, rows, complete=complete, decided=decided)
        except RowsExistError:
            # The person has a key, from a rejected submission, or the epochs changed; or a case was opened meanwhile.
            if await is_opened(self.database, case):
                return None
            keys = await self.keyring.obtain(subject, list(BoxClass))
            index = partial(reindex, found=found, key=key, case=case)
            complete = await self._with_what_was_refused(submission, complete)
            return await self._record(
                submission, principal, source, keys, {}, index, complete=complete, decided=decided
            )

    async def _with_what_was_refused(self, submission: Submission, complete: Completion | None) -> Completion | None:
        """Keeps harm by staff of documents that were refused, unless this one says it itself.

        Whoever at the shelter reads such a document does not see it (``hidden_harm``), and may send the rest anew.
        """
        if submission.says_harm_by_staff:
            return complete
        kept = await self.rejected.kept_harm(submission.submission_id, submission.shelter)
        if not kept:
            return complete
        return lambda written: self.keep(written if complete is None else complete(written), kept)

    async def _record(
        self,
        submission: Submission,
        principal: Principal,
        source: UUID,
        keys: Mapping[BoxClass, Key],
        rows: Rows,
        in_transaction: InTransaction | None = None,
        *,
        complete: Completion | None = None,
        decided: DeviceDecision | None = None,
    ) -> AcceptedSubmission | None:
        """``None`` if it was recorded before. The device cannot have decided on answers that were completed here."""
        work = UnitOfWork(self.log, self.clock)
        case = case_of(source)
        work.begin(case)
        sealed = seal_submission(submission, keys, case, 1, CaseOpened, complete=complete)
        on_device = decided if complete is None else None
        opened = work.record(
            case,
            case_opened_event(submission, sealed, work.now(), self.wordings, on_device),
            case=case,
            actor=principal.actor,
            occurred_at=submission.occurred_at,
            cause=source,
        )
        append = Append(entries=work.entries, command=source, side_rows=rows, in_transaction=in_transaction)
        result = await self.log.append(append)
        return (
            None if result.repeated else AcceptedSubmission(case, receipt_of(opened.id), opened.recorded_at, new=True)
        )

    async def _again(
        self, existing: ExistingSubmission, submission: Submission, principal: Principal
    ) -> AcceptedSubmission | None:
        """The answer to a submission whose id opened a case before; ``None``: it has other content.

        Of a person who was erased, their shelter gets its first answer, so that the device forgets its copy; another
        shelter is answered as if the id had never been used. Where the keys were lost, the copy makes the case whole.
        """
        key = (await self.keyring.load([existing.key])).get(existing.key)
        first = AcceptedSubmission(existing.case, receipt_of(existing.opened), existing.recorded_at, new=False)
        if key is not None:
            return first if await self._same(existing, submission, key) else None
        if not await self.keyring.is_erased(existing.subject):
            return await self.restore(existing, submission, principal)
        if existing.shelter == submission.shelter:
            return first
        return await self._open(submission, principal, derived_from=uuid5(submission.submission_id, submission.shelter))

    async def _same(self, existing: ExistingSubmission, submission: Submission, key: bytes) -> bool:
        """Whether the content is the case's, or is that without what no shelter may read.

        Otherwise sending what can be read would tell whether there is more.
        """
        if is_content(existing.fingerprint, key, submission):
            return True
        facts = (await self.log.streams([existing.case]))[existing.case]
        stored = opened_answers(facts, {existing.key: key}) or {}
        whole = (stored.get("screening") or {}).get(HARM_EVENTS) or []
        if submission.harm_as_sent != [one for one in whole if one.get("perpetrator") != ABOUT_STAFF]:
            return False
        forms = [submission.with_harm(form) for form in (whole, *((None, []) if not submission.harm_as_sent else ()))]
        return any(is_content(existing.fingerprint, key, form) for form in forms)


def case_opened_event(
    submission: Submission,
    sealed: SealedSubmission,
    at: datetime,
    wordings: Wordings,
    decided: DeviceDecision | None = None,
) -> CaseOpened:
    """The event that opens the case of a submission received at ``at``."""
    skew_seconds, flagged = clock_skew(submission, at)
    device = submission.device
    return CaseOpened(
        submission=submission.submission_id,
        kind=submission.kind,
        shelter=submission.shelter,
        worker=submission.worker,
        device=device and device.id,
        device_sequence=device and device.sequence,
        sent_at=submission.sent_at,
        late_seconds=late_seconds(submission, at),
        skew_seconds=skew_seconds,
        skew_flagged=flagged,
        subject=sealed.subject,
        identity=sealed.identity,
        screening=sealed.screening,
        consents=consents_of(submission, wordings),
        fingerprint=sealed.fingerprint,
        decided=decided,
    )
