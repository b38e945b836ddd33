"""Records authorities' demands and their answers. Each command id takes effect once."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from events.authorities import AuthorityDemandAnswered, AuthorityDemandRecorded
from events.contract import Event, Recorded
from events.vocabulary import Agency, DemandAnswer
from services.chassis.authorization.policy import Action, Principal, allowed
from services.chassis.clock import Clock
from services.chassis.errors import NotAllowedError, NotFoundError
from services.chassis.eventlog.commands import Facts, Same, execute, led_to
from services.chassis.eventlog.log import Log
from services.chassis.eventlog.unit_of_work import UnitOfWork
from services.chassis.ids import uuid5
from services.intake.authority_demands import domain
from services.intake.authority_demands.domain import Demand, ReceivedDemand
from services.intake.authority_demands.schemas import AuthorityDemandState


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorityDemandCommands:
    """Records and answers demands, to the programme's shelters and agencies only."""

    log: Log
    clock: Clock
    shelters: Collection[str]

    async def record(self, command: UUID, demand: ReceivedDemand, by: Principal) -> AuthorityDemandState:
        """Records a demand.

        Raises:
            NotAllowedError: the demand is addressed to another organisation, or to an unknown one.
            NotYetError: ``received_at`` is later than now.
            CommandIdReusedError: the id belongs to another command.
        """
        is_listed = demand.came_to in self.shelters or demand.came_to in set(Agency)
        if not is_listed or not may_handle(by, Action.RECORD_DEMAND, demand.came_to):
            raise NotAllowedError

        def decide(_current: Demand | None) -> Event:
            return domain.record(demand, by=by, at=self.clock())

        recorded = led_to(
            AuthorityDemandRecorded,
            authority=demand.authority,
            demanded=demand.demanded,
            came_to=demand.came_to,
            court_order=demand.court_order,
        )

        def same(facts: Facts) -> bool:
            return facts[0].occurred_at == demand.received_at and recorded(facts)

        stream = uuid5(command, "demand")
        return await self._carry_out(stream, command, by, lambda _: True, decide, same, demand.received_at)

    async def answer(self, demand: UUID, command: UUID, given: DemandAnswer, by: Principal) -> AuthorityDemandState:
        """Answers a demand.

        Raises:
            NotFoundError: no such demand, or it is addressed to another organisation.
            AlreadyAnsweredError, NoCourtOrderError: see ``domain``.
            CommandIdReusedError: the id belongs to another command.
        """

        def may(current: Demand | None) -> bool:
            return current is not None and may_handle(by, Action.ANSWER_DEMAND, current.came_to)

        def decide(current: Demand | None) -> Event:
            assert current is not None  # noqa: S101 - as ``may`` says
            return domain.answer(current, given, by)

        same = led_to(AuthorityDemandAnswered, answer=given)
        return await self._carry_out(demand, command, by, may, decide, same)

    async def _carry_out(
        self,
        demand: UUID,
        command: UUID,
        by: Principal,
        may: Callable[[Demand | None], bool],
        decide: Callable[[Demand | None], Event],
        same: Same,
        occurred_at: datetime | None = None,
    ) -> AuthorityDemandState:

        async def admit(work: UnitOfWork) -> Demand | None:
            current = domain.fold(work.history(demand))
            if not may(current):
                raise NotFoundError
            return current

        async def record(current: Demand | None, work: UnitOfWork) -> None:
            event = decide(current)
            work.record(demand, event, case=None, actor=by.actor, occurred_at=occurred_at, cause=command)

        done = await execute(self.log, self.clock, command, by.actor, [demand], admit=admit, decide=record, same=same)
        return _answer(done.facts[0])


def may_handle(principal: Principal, action: Action, came_to: str) -> bool:
    """Whether the principal may do this with demands addressed to this shelter or agency."""
    if came_to in set(Agency):
        return allowed(principal, action, agency=came_to)
    return allowed(principal, action, shelter=came_to)


def _answer(last: Recorded[Event]) -> AuthorityDemandState:
    event = last.event
    given = event.answer if isinstance(event, AuthorityDemandAnswered) else None
    return AuthorityDemandState(demand_id=last.stream, recorded_at=last.recorded_at, answer=given)
