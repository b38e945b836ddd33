"""Records what each of two people decides about a contested referral. Each command id takes effect once."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from events.contract import Event, Recorded
from events.referral import ContestSettled, ContestVoted, ReferralWithdrawn
from events.referral_states import OPEN
from events.vocabulary import ContestDecision, WithdrawalReason
from services.chassis.authorization.policy import Action, Principal
from services.chassis.clock import Clock
from services.chassis.errors import NeedsAPersonError, UnreadableContentError
from services.chassis.eventlog.commands import Facts, execute
from services.chassis.eventlog.log import Log
from services.chassis.eventlog.unit_of_work import UnitOfWork
from services.referral.assessment import Policies
from services.referral.case_file.queries import CaseFiles
from services.referral.contests.domain import NothingContestedError, decide
from services.referral.contests.schemas import ContestAfterDecision
from services.referral.lifecycle.domain import Referral, fold
from services.referral.lifecycle.renewing import ReferralRenewer
from services.referral.lifecycle.transitions import check_version
from services.referral.lifecycle.visibility import admit
from services.referral.obligations.grounds import tasks_of_case


@dataclass(frozen=True, slots=True, kw_only=True)
class ContestCommands:
    """Settles contests."""

    log: Log
    clock: Clock
    files: CaseFiles
    policies: Policies

    async def settle(
        self, referral_id: UUID, command: UUID, expected_version: int, decision: ContestDecision, by: Principal
    ) -> ContestAfterDecision:
        """Records one person's decision; the second that agrees takes effect.

        Raises:
            NotFoundError: no such referral, or the principal may not see it.
            NeedsAPersonError: the token belongs to nobody.
            StaleVersionError: something happened after the expected version.
            NothingContestedError: there is nothing to decide.
            SecondPersonNeededError: the same person has decided the same before.
            CommandIdReusedError: the id was used for another command.
        """

        async def may_settle(work: UnitOfWork) -> Referral:
            referral = admit(fold(work.history(referral_id)), by, Action.SETTLE_CONTEST)
            if by.person is None:
                raise NeedsAPersonError
            return referral

        async def decided(referral: Referral, work: UnitOfWork) -> None:
            check_version(referral, expected_version)
            if referral.state not in OPEN:
                raise NothingContestedError(state=referral.state, version=referral.version)
            event = decide(referral, decision, by.actor, now=work.now(), deletion=self.policies.clocks.deletion)
            work.record(referral_id, event, case=referral.case, actor=by.actor, cause=command)
            if isinstance(event, ContestSettled):
                await self._catch_up(referral, work, command, by)

        done = await execute(
            self.log,
            self.clock,
            command,
            by.actor,
            [referral_id],
            admit=may_settle,
            decide=decided,
            same=lambda facts: _decision_in(facts) is decision,
        )
        own = [fact for fact in done.facts if fact.stream == referral_id]  # it may have started a task, too
        return _answer([*(fact for fact in done.work.history(referral_id) if fact.version < own[0].version), *own])

    async def _catch_up(self, referral: Referral, work: UnitOfWork, command: UUID, by: Principal) -> None:
        """Tells the agency what changed while nothing new was shared, and how urgent it is by now."""
        await self.policies.refresh()
        try:
            file = await self.files.load(referral.case, work, referral.key)
        except UnreadableContentError:
            return
        await work.load(tasks_of_case(referral.case, self.policies.obligations))
        assessment = self.policies.assessment(file)
        renewer = ReferralRenewer(
            file=file, assessment=assessment, policies=self.policies, work=work, cause=command, actor=by.actor
        )
        settled = fold(work.history(referral.id))
        assert settled is not None  # noqa: S101 - it was settled a moment ago
        named = next((one for one in assessment.proposals if one.agency is referral.agency), None)
        joined = {*settled.categories, *(() if named is None else named.categories)}
        proposal = assessment.on(joined, referral.agency)
        if proposal is None:
            renewer.correct(settled)
        else:
            renewer.reassess(settled, proposal)


def _decision_in(facts: Facts) -> ContestDecision | None:
    """What the command said that led to these facts."""
    match facts[0].event:  # what it led to besides comes after
        case ContestVoted(decision=decision):
            return decision
        case ContestSettled():
            return ContestDecision.CONTINUE
        case ReferralWithdrawn(reason=WithdrawalReason.TWO_PEOPLE):
            return ContestDecision.END
        case _:
            return None


def _answer(history: Sequence[Recorded[Event]]) -> ContestAfterDecision:
    referral = fold(history)
    assert referral is not None  # noqa: S101 - there is a history
    return ContestAfterDecision(
        referral_id=referral.id,
        state=referral.state,
        version=referral.version,
        waits_for_a_second=referral.after.contest is not None and referral.state in OPEN,
    )
