"""Takes a submission in: sealed, recorded once however often it is sent, and answered with the same receipt."""

import hmac
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from events.intake import CaseOpened
from events.vocabulary import BoxClass
from services.chassis.access import Action, Principal, allowed
from services.chassis.clock import Clock
from services.chassis.database import Database
from services.chassis.errors import LogHaltedError, NotAllowedError, ServiceError, VersionConflictError
from services.chassis.keyring import Key, Keyring, key_id
from services.chassis.log import Append, Log
from services.chassis.rows import Rows, RowsExistError
from services.chassis.workspace import Workspace
from services.intake import submission as documents
from services.intake.case_commands import Within
from services.intake.domain import case_of, consents_of, late, receipt_of, skew, subject_of
from services.intake.person_index import change, digests, rows_of
from services.intake.queries import Known, known_submission
from services.intake.refusals import Refusals
from services.intake.sealing import Sealed, fingerprint_of, seal_submission
from services.intake.submission import InvalidSubmission, Submission
from services.intake.wordings import Wordings


class SubmissionRefusedError(ServiceError):
    """The submission is not valid. Every fault is told at once, by field, and no value is repeated."""

    code = "invalid_submission"
    status = 422
    es = "El registro tiene faltas; corríjalas y envíelo de nuevo con el mismo identificador."
    en = "The submission has faults; correct them and send it again with the same id."


class SubmissionConflictError(ServiceError):
    """The same id was sent before with other content."""

    code = "submission_conflict"
    status = 409
    es = "Ese identificador ya se usó para otro registro. Lo guardado no cambió."
    en = "That id was already used for another submission. What is stored did not change."


@dataclass(frozen=True, slots=True)
class Taken:
    """The answer to a submission. ``new`` is false when the same was sent before."""

    case: UUID
    receipt: str
    recorded_at: datetime
    new: bool

    def answer(self) -> dict[str, str]:
        """As it is sent, over HTTP and NATS alike."""
        return {
            "case_id": str(self.case),
            "receipt": self.receipt,
            "recorded_at": self.recorded_at.isoformat(),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """Takes submissions in, with what that needs handed in."""

    log: Log
    keyring: Keyring
    database: Database
    clock: Clock
    shelters: Collection[str]
    wordings: Wordings
    """Those that a consent may rest on."""
    refusals: Refusals
    index_key: bytes = field(repr=False)
    """What digests of a person are made with, so that two cases of one can be found (``person_index``)."""

    async def submit(self, raw: bytes, principal: Principal, shelter: str | None = None) -> Taken:
        """Reads, seals and records a submission, exactly once.

        ``shelter`` is the one that the request was addressed to, where the address says it.

        Raises:
            SubmissionRefusedError: with every fault; it is kept, sealed.
            SubmissionConflictError: the id is known with other content; it is kept, sealed.
            NotAllowedError: another shelter's submission.
            StoreUnavailableError: nothing was stored, or it is unknown; sending again is safe.
        """
        submission = await self._read(raw, principal)
        if shelter not in (None, submission.shelter):
            raise NotAllowedError
        if not allowed(principal, Action.SUBMIT, shelter=submission.shelter):
            raise NotAllowedError
        hindrance: ServiceError = VersionConflictError()
        try:
            taken = await self._open(submission, principal)
        except (VersionConflictError, LogHaltedError) as error:
            taken, hindrance = None, error
        if taken is not None:
            return taken
        known = await known_submission(self.database, submission.submission_id)
        if known is None:
            raise hindrance
        if not await self._same(known, submission):
            await self.refusals.keep(raw, principal, SubmissionConflictError.code, [("submission_id", "conflict")])
            raise SubmissionConflictError
        return Taken(known.case, receipt_of(known.opened), known.recorded_at, new=False)

    async def _read(self, raw: bytes, principal: Principal) -> Submission:
        try:
            return documents.received(raw, shelters=self.shelters, wordings=self.wordings)
        except InvalidSubmission as invalid:
            faults = invalid.faults
        await self.refusals.keep(raw, principal, SubmissionRefusedError.code, [(f.field, f.code) for f in faults])
        raise SubmissionRefusedError(
            faults=[{"field": f.field, "code": f.code, "es": f.es, "en": f.en} for f in faults]
        )

    async def _open(self, submission: Submission, principal: Principal) -> Taken | None:
        """Opens the case, with keys that are committed with it; ``None`` if the submission opened it before."""
        subject = subject_of(submission.submission_id)
        keys = self.keyring.make(subject, list(BoxClass))
        key, case = keys[BoxClass.SCREENING].id, case_of(submission.submission_id)
        found = digests(self.index_key, submission, submission.shelter)
        rows = {**self.keyring.rows(keys.values()), **rows_of(found, key, case)}
        try:
            return await self._record(submission, principal, keys, rows)
        except RowsExistError:
            # The person has a key: something of theirs was refused and kept. No case may have been opened since.
            if await known_submission(self.database, submission.submission_id) is not None:
                return None
            keys = await self.keyring.obtain(subject, list(BoxClass))
            return await self._record(
                submission, principal, keys, {}, lambda connection: change(connection, found, key, case)
            )

    async def _record(
        self,
        submission: Submission,
        principal: Principal,
        keys: Mapping[BoxClass, Key],
        rows: Rows,
        within: Within | None = None,
    ) -> Taken | None:
        workspace = Workspace(self.log, self.clock)
        case = case_of(submission.submission_id)
        workspace.begin(case)
        sealed = seal_submission(submission, keys, case, 1, CaseOpened)
        opened = workspace.record(
            case,
            opened_by(submission, sealed, workspace.now(), self.wordings),
            case=case,
            actor=principal.actor,
            occurred_at=submission.occurred_at,
            cause=submission.submission_id,
        )
        append = Append(entries=workspace.entries, command=submission.submission_id, rows=rows, within=within)
        result = await self.log.append(append)
        return None if result.repeated else Taken(case, receipt_of(opened.id), opened.recorded_at, new=True)

    async def _same(self, known: Known, submission: Submission) -> bool:
        """Whether the content is that of the case. With the keys destroyed nobody can tell: it counts as the same."""
        wanted = key_id(known.subject, BoxClass.SCREENING)
        key = (await self.keyring.load([wanted])).get(wanted)
        return key is None or hmac.compare_digest(known.fingerprint, fingerprint_of(key, submission))


def opened_by(submission: Submission, sealed: Sealed, at: datetime, wordings: Wordings) -> CaseOpened:
    """The event of a submission that was sealed at this moment."""
    skew_seconds, flagged = skew(submission, at)
    device = submission.device
    return CaseOpened(
        submission=submission.submission_id,
        kind=submission.kind,
        shelter=submission.shelter,
        worker=submission.worker,
        device=device and device.id,
        device_sequence=device and device.sequence,
        sent_at=submission.sent_at,
        late_seconds=late(submission, at),
        skew_seconds=skew_seconds,
        skew_flagged=flagged,
        subject=sealed.subject,
        identity=sealed.identity,
        screening=sealed.screening,
        consents=consents_of(submission, wordings),
        fingerprint=sealed.fingerprint,
    )
