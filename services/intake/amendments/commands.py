"""Corrects a case's answers with a whole new document of the same submission."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from events.contract import Event
from events.intake import AnswersAmended, CaseOpened
from services.chassis.authorization.permit import permit
from services.chassis.authorization.policy import Action, Principal
from services.chassis.errors import ErasedError, KeysLostError, MalformedRequestError, NotFoundError
from services.chassis.eventlog.commands import Facts, InTransaction
from services.chassis.eventlog.unit_of_work import UnitOfWork
from services.chassis.vault.keyring import Keyring
from services.intake.amendments.domain import Correction, corrected_document
from services.intake.cases.commands import CaseCommands, answers_of, sealing_keys
from services.intake.cases.domain import CaseState, as_shown, fold, require_version
from services.intake.cases.hidden_answers import keep_hidden_answers, with_kept_harm
from services.intake.cases.schemas import CaseChanged
from services.intake.submissions.blind_index import digests
from services.intake.submissions.commands import SubmissionConflictError, SubmissionRefusedError
from services.intake.submissions.document import InvalidSubmission, Submission, read
from services.intake.submissions.hidden_harm import told_to_shelters
from services.intake.submissions.projections import link_family
from services.intake.submissions.rejections import AmendedCase, RejectedSubmissions, document_as_sent
from services.intake.submissions.sealing import Completion, is_content, seal_submission
from services.intake.wordings import Wordings


@dataclass(frozen=True, slots=True, kw_only=True)
class AmendmentCommands:
    """Amends cases. Each command id takes effect once."""

    commands: CaseCommands
    keyring: Keyring
    rejected: RejectedSubmissions
    shelters: Collection[str]
    wordings: Wordings
    """The texts that a consent may name."""
    index_key: bytes = field(repr=False)
    """Key of the digests in the blind index (``blind_index``)."""

    async def amend(
        self, case: UUID, command: UUID, document: Any, principal: Principal, kept: Sequence[Mapping[str, Any]] = ()
    ) -> CaseChanged:
        """Corrects the answers with a whole new document of the same submission. Consents are not changed by it.

        ``kept``: harm by staff in the refused document that this one corrects.

        Raises:
            NotFoundError: no such case, or another shelter's.
            SubmissionRefusedError: the document is not valid; it is stored sealed.
            SubmissionConflictError: it is the document of another submission.
            CommandIdReusedError: the id belongs to another command.
            ErasedError: the person's data were erased.
        """
        try:
            submission = read(document, shelters=self.shelters, wordings=self.wordings)
        except InvalidSubmission as error:
            invalid = error
        else:
            return await self._amend(case, command, submission, principal, kept)
        sent = document_as_sent(document)
        told = told_to_shelters(sent, invalid, shelters=self.shelters, wordings=self.wordings)
        await self._store_rejected(case, sent, told, principal)
        raise SubmissionRefusedError.of(invalid, told, principal)

    async def correct(
        self, case: UUID, command: UUID, correction: Correction, version: int, principal: Principal
    ) -> CaseChanged:
        """Corrects some answers of a case that somebody read at this version; the others stay as they are.

        What cannot be accepted is told to whoever has it before their eyes, and is not stored as refused.

        Raises:
            NotFoundError: no such case, or another shelter's.
            MalformedRequestError: the answers do not go together; each fault names its answer.
            VersionConflictError: something of the case changed since.
            CommandIdReusedError: the id belongs to another command.
            ErasedError: the person's data were erased.
        """
        history = (await self.commands.log.streams([case]))[case]
        state = fold(as_shown(history, version) or history)
        if state is None:
            raise NotFoundError
        permit(principal, Action.SUBMIT, shelter=state.shelter)
        await self._may_be_sealed(state)
        document = corrected_document(state, await answers_of(state, self.keyring), correction)
        try:
            submission = read(document, shelters=self.shelters, wordings=self.wordings)
        except InvalidSubmission as error:
            faults = [{"field": fault.field, "code": fault.code} for fault in error.faults]
            raise MalformedRequestError(faults=faults) from None
        return await self._amend(case, command, submission, principal, (), expected_version=version)

    async def _store_rejected(self, case: UUID, sent: bytes, told: InvalidSubmission, principal: Principal) -> None:
        """Stores an amendment that is not valid, for the shelter that holds the case.

        Raises:
            NotFoundError: no such case, or another shelter's.
            ErasedError: the person's data were erased.
        """
        state = fold((await self.commands.log.streams([case]))[case])
        if state is None:
            raise NotFoundError
        permit(principal, Action.SUBMIT, shelter=state.shelter)
        await self._may_be_sealed(state)
        faults = [(fault.field, fault.code) for fault in told.faults]
        amended = AmendedCase(case, state.opened.event.subject)
        await self.rejected.store(sent, principal, SubmissionRefusedError.code, faults, amended)

    async def _may_be_sealed(self, state: CaseState) -> None:
        """Makes sure that nothing more is sealed about a person who was erased.

        Raises:
            ErasedError: the person's keys were destroyed.
        """
        if state.erased or await self.keyring.is_erased(state.opened.event.subject):
            raise ErasedError

    async def _amend(
        self,
        case: UUID,
        command: UUID,
        submission: Submission,
        principal: Principal,
        kept: Sequence[Mapping[str, Any]],
        expected_version: int | None = None,
    ) -> CaseChanged:

        async def decide(state: CaseState, work: UnitOfWork) -> AnswersAmended:
            require_version(work.history(case), expected_version)
            event = state.opened.event
            named = (event.submission, event.kind, state.shelter)
            if (submission.submission_id, submission.kind, submission.shelter) != named:
                raise SubmissionConflictError
            await self._may_be_sealed(state)
            keys = await sealing_keys(state, self.keyring)
            version = work.next_version(case)
            before: Mapping[str, Any] = {}
            with suppress(KeysLostError):  # of answers that are lost, none is hidden any more
                before = await answers_of(state, self.keyring)
            complete = _completing(state, before, [*kept, *await self._refused_before(case, submission)])
            sealed = seal_submission(submission, keys, case, version, AnswersAmended, complete=complete)
            return AnswersAmended(
                shelter=submission.shelter,
                worker=submission.worker,
                identity=sealed.identity,
                screening=sealed.screening,
                fingerprint=sealed.fingerprint,
            )

        async def same(facts: Facts) -> bool:
            before = facts[0].event
            if not isinstance(before, AnswersAmended):
                return False
            key = (await self.keyring.load([before.screening.key])).get(before.screening.key)
            return key is None or is_content(before.fingerprint, key, submission)

        def index(opened: CaseOpened, amended: Event) -> InTransaction:
            assert isinstance(amended, AnswersAmended)  # noqa: S101 - as ``decide`` makes no other
            found = digests(self.index_key, submission, opened.shelter)
            return lambda connection: link_family(connection, found, amended.screening.key, case)

        changed = await self.commands.add(case, command, principal, decide, same, index)
        return CaseChanged(case_id=case, version=changed.version)

    async def _refused_before(self, case: UUID, submission: Submission) -> Sequence[Mapping[str, Any]]:
        """Harm by staff in documents of this case that were refused, unless this one says it itself.

        Whoever at the shelter reads such a document does not see it (``hidden_harm``), and may send the rest anew.
        """
        if submission.says_harm_by_staff:
            return ()
        return await self.rejected.kept_harm_of_case(case, submission.submission_id, submission.shelter)


def _completing(case: CaseState, before: Mapping[str, Any], kept: Sequence[Mapping[str, Any]]) -> Completion:
    return lambda written: with_kept_harm(keep_hidden_answers(case, before, written), kept)
