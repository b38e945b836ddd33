"""Takes a submission in: sealed, recorded once however often it is sent, and answered with the same receipt."""

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from events.intake import CaseOpened
from events.sealed import Box
from events.vocabulary import BoxClass
from services.chassis.access import Action, Principal, allowed
from services.chassis.boxes import Place, fingerprint, seal
from services.chassis.clock import Clock
from services.chassis.database import Database
from services.chassis.errors import NotAllowedError, ServiceError, VersionConflictError
from services.chassis.keyring import Key, Keyring, key_id
from services.chassis.log import Append, Log
from services.chassis.workspace import Workspace
from services.intake import submission as documents
from services.intake.domain import case_of, consents_of, receipt_of, skew, subject_of
from services.intake.queries import Known, known_submission
from services.intake.submission import InvalidSubmission, Submission


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
    """The one command of intake, with what it needs handed in."""

    log: Log
    keyring: Keyring
    database: Database
    clock: Clock
    shelters: Collection[str]

    async def submit(self, raw: bytes, principal: Principal, shelter: str | None = None) -> Taken:
        """Reads, seals and records a submission, exactly once.

        ``shelter`` is the one that the request was addressed to, where the address says it.

        Raises:
            SubmissionRefusedError: with every fault.
            SubmissionConflictError: the id is known with other content.
            NotAllowedError: another shelter's submission.
            StoreUnavailableError: nothing was stored, or it is unknown; sending again is safe.
        """
        try:
            submission = documents.read(documents.from_json(raw), shelters=self.shelters)
        except InvalidSubmission as invalid:
            faults = [{"field": f.field, "code": f.code, "es": f.es, "en": f.en} for f in invalid.faults]
            raise SubmissionRefusedError(faults=faults) from None
        if shelter not in (None, submission.shelter):
            raise NotAllowedError
        if not allowed(principal, Action.SUBMIT, shelter=submission.shelter):
            raise NotAllowedError
        known = await known_submission(self.database, submission.submission_id)
        if known is not None:
            return await self._again(known, submission)
        return await self._open(submission, principal)

    async def _open(self, submission: Submission, principal: Principal) -> Taken:
        subject = subject_of(submission.submission_id)
        keys = await self.keyring.obtain(subject, list(BoxClass))
        workspace = Workspace(self.log, self.clock)
        case = case_of(submission.submission_id)
        workspace.begin(case)
        opened = workspace.record(
            case,
            self._opened(submission, case, keys, workspace.now()),
            case=case,
            actor=principal.actor,
            occurred_at=submission.occurred_at,
            cause=submission.submission_id,
        )
        try:
            result = await self.log.append(Append(entries=workspace.entries, command=submission.submission_id))
        except VersionConflictError:
            result = None  # the same submission came twice at once, and the other was first
        if result is None or result.repeated:
            known = await known_submission(self.database, submission.submission_id)
            if known is None:
                raise VersionConflictError
            return await self._again(known, submission)
        return Taken(case, receipt_of(opened.id), opened.recorded_at, new=True)

    async def _again(self, known: Known, submission: Submission) -> Taken:
        """The first receipt, if the content is the same. With the keys destroyed nobody can tell: it counts as same."""
        wanted = key_id(known.subject, BoxClass.SCREENING)
        key = (await self.keyring.load([wanted])).get(wanted)
        if key is not None and not hmac.compare_digest(known.fingerprint, _fingerprint(key, submission)):
            raise SubmissionConflictError
        return Taken(known.case, receipt_of(known.opened), known.recorded_at, new=False)

    @staticmethod
    def _opened(submission: Submission, case: UUID, keys: dict[BoxClass, Key], at: datetime) -> CaseOpened:
        def box(kind: BoxClass, content: dict[str, object]) -> Box:
            place = Place(stream=case, version=1, event=CaseOpened.NAME, field=kind.value)
            return seal(content, key_id=keys[kind].id, key=keys[kind].secret, kind=kind, place=place)

        skew_seconds, flagged = skew(submission, at)
        identity = submission.identity()
        device = submission.device
        return CaseOpened(
            submission=submission.submission_id,
            kind=submission.kind,
            shelter=submission.shelter,
            worker=submission.worker,
            device=device and device.id,
            device_sequence=device and device.sequence,
            sent_at=submission.sent_at,
            skew_seconds=skew_seconds,
            skew_flagged=flagged,
            subject=keys[BoxClass.SCREENING].subject,
            identity=box(BoxClass.IDENTITY, identity) if identity else None,
            screening=box(BoxClass.SCREENING, submission.answers()),
            consents=consents_of(submission),
            fingerprint=_fingerprint(keys[BoxClass.SCREENING].secret, submission),
        )


def _fingerprint(key: bytes, submission: Submission) -> str:
    return urlsafe_b64encode(fingerprint(key, submission.canonical())).decode()
