"""Records that the person was told who knew, because they asked: by whom, when, and which organisations were named."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from events.readings import PersonToldWhoKnew
from services.chassis.authorization.policy import Action, Principal, allowed
from services.chassis.clock import Clock
from services.chassis.errors import NotFoundError
from services.chassis.eventlog.commands import Decided, execute, led_to
from services.chassis.eventlog.log import Log
from services.chassis.eventlog.unit_of_work import UnitOfWork
from services.chassis.ids import uuid5
from services.intake.cases.domain import CaseState, fold
from services.intake.who_knew.domain import Knower

TOLD = "told"


def told_stream(case: UUID) -> UUID:
    """The stream beside a case's that has when the person was told."""
    return uuid5(case, TOLD)


@dataclass(frozen=True, slots=True, kw_only=True)
class TellingCommands:
    """Records what a shelter told a person."""

    log: Log
    clock: Clock

    async def record(self, case: UUID, command: UUID, named: Sequence[Knower], by: Principal) -> None:
        """Records it; repeated it is the same.

        Raises:
            NotFoundError: no such case, or another shelter's.
            CommandIdReusedError: the id was used for another command.
        """
        stream = told_stream(case)

        async def admit(work: UnitOfWork) -> CaseState:
            state = fold(work.history(case))
            if state is None or not allowed(by, Action.TELL_PERSON, shelter=state.shelter):
                raise NotFoundError
            return state

        async def decide(state: CaseState, work: UnitOfWork) -> Decided:
            event = PersonToldWhoKnew(shelter=state.shelter, organisations=tuple(one.code for one in named))
            work.record(stream, event, case=case, actor=by.actor, cause=command)
            return Decided()

        await execute(
            self.log,
            self.clock,
            command,
            by.actor,
            [stream, case],
            admit=admit,
            decide=decide,
            same=led_to(PersonToldWhoKnew),
        )
