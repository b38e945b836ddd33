"""Discloses coded answers to the shelter with custody, and records every reading before it is answered."""

from dataclasses import dataclass
from uuid import UUID

from events.continuity import AnswersRead
from services.chassis.authorization.policy import Action, Principal, allowed
from services.chassis.clock import Clock
from services.chassis.errors import NotFoundError
from services.chassis.eventlog.commands import Decided, execute
from services.chassis.eventlog.log import Log
from services.chassis.eventlog.unit_of_work import UnitOfWork
from services.chassis.ids import uuid5
from services.chassis.vault.keyring import Keyring
from services.intake.cases.commands import answers_of
from services.intake.cases.domain import CaseState, fold
from services.intake.cases.errors import FrozenError
from services.intake.cases.hidden_answers import readable_answers, readable_fields
from services.intake.cases.queries import unless_changed
from services.intake.disclosures.schemas import DisclosedAnswers


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerReader:
    """Discloses answers and records each disclosure."""

    log: Log
    keyring: Keyring
    clock: Clock

    async def answers(self, case: UUID, by: Principal) -> DisclosedAnswers:
        """The coded answers that the shelter with custody may see. The reading is recorded first.

        Raises:
            NotFoundError: no such case, or another shelter's.
            FrozenError: a withdrawal waits for a check.
            ErasedError: the person's data were erased.
        """
        stream = uuid5(case, "readings")

        async def admit(work: UnitOfWork) -> CaseState:
            state = fold(work.history(case))
            if state is None or not allowed(by, Action.READ_ANSWERS, shelter=state.shelter):
                raise NotFoundError
            if state.frozen_to_shelter:
                raise FrozenError
            return state

        async def read(state: CaseState, work: UnitOfWork) -> Decided:
            visible = readable_answers(state, await answers_of(state, self.keyring))
            version = work.history(case)[-1].version
            event = AnswersRead(shelter=state.shelter, fields=readable_fields(state))
            work.record(stream, event, case=case, actor=by.actor, cause=state.answered)
            return Decided(
                in_transaction=unless_changed(case, version), answer=DisclosedAnswers(case_id=case, answers=visible)
            )

        done = await execute(self.log, self.clock, None, by.actor, [case, stream], admit=admit, decide=read)
        answer: DisclosedAnswers = done.answer
        return answer
