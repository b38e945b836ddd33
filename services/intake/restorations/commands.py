"""Takes the copy that a device still holds in place of a case's content whose keys were lost (ADR 0035)."""

from dataclasses import dataclass, field

from events.intake import AnswersAmended
from events.vocabulary import BoxClass
from services.chassis.authorization.policy import Principal
from services.chassis.clock import Clock
from services.chassis.errors import CommandIdReusedError, KeysLostError
from services.chassis.eventlog.commands import Decided, Facts, execute
from services.chassis.eventlog.log import Log
from services.chassis.eventlog.unit_of_work import UnitOfWork
from services.chassis.ids import receipt_of, uuid5
from services.chassis.vault.keyring import Keyring
from services.intake.cases.commands import answers_of, sealing_keys
from services.intake.cases.domain import CaseState, fold
from services.intake.restorations.domain import may_restore
from services.intake.submissions.blind_index import digests
from services.intake.submissions.commands import AcceptedSubmission
from services.intake.submissions.document import Submission
from services.intake.submissions.projections import reindex
from services.intake.submissions.queries import ExistingSubmission
from services.intake.submissions.sealing import is_content, seal_submission


@dataclass(frozen=True, slots=True, kw_only=True)
class RestorationCommands:
    """Makes cases whole again."""

    log: Log
    keyring: Keyring
    clock: Clock
    index_key: bytes = field(repr=False)
    """Key of the digests in the blind index (``blind_index``)."""

    async def restore(
        self, existing: ExistingSubmission, submission: Submission, by: Principal
    ) -> AcceptedSubmission | None:
        """Seals the submission under new keys as the case's content, once; ``None``: it is not of this case.

        A case that was made whole meanwhile, by an amendment say, stays as it is.

        Raises:
            VersionConflictError: others appended first in every attempt.
            StoreUnavailableError: nothing was stored, or that is uncertain; sending again is safe.
        """
        state = fold((await self.log.streams([existing.case]))[existing.case])
        if state is None or not may_restore(state, submission):
            return None
        if not await self._is_lost(state):
            return self._answer(existing, new=False)
        keys = await sealing_keys(state, self.keyring)
        screening = keys[BoxClass.SCREENING]

        async def record(_: None, work: UnitOfWork) -> Decided:
            version = work.next_version(existing.case)
            sealed = seal_submission(submission, keys, existing.case, version, AnswersAmended)
            event = AnswersAmended(
                shelter=submission.shelter,
                worker=submission.worker,
                identity=sealed.identity,
                screening=sealed.screening,
                fingerprint=sealed.fingerprint,
                restored=True,
            )
            work.record(existing.case, event, case=existing.case, actor=by.actor, cause=command)
            found = digests(self.index_key, submission, state.opened.event.shelter)
            return Decided(in_transaction=lambda connection: reindex(connection, found, screening.id, existing.case))

        command = uuid5(screening.id, "restored")

        async def same(facts: Facts) -> bool:
            event = facts[0].event
            return isinstance(event, AnswersAmended) and is_content(event.fingerprint, screening.secret, submission)

        try:
            done = await execute(self.log, self.clock, command, None, [existing.case], decide=record, same=same)
        except CommandIdReusedError:
            return None  # two came at once, with other content each: the first made it whole
        return self._answer(existing, new=not done.repeated)

    async def _is_lost(self, state: CaseState) -> bool:
        try:
            await answers_of(state, self.keyring)
        except KeysLostError:
            return True
        return False

    def _answer(self, existing: ExistingSubmission, *, new: bool) -> AcceptedSubmission:
        return AcceptedSubmission(existing.case, receipt_of(existing.opened), existing.recorded_at, new=new)
