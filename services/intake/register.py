"""Carries out what is asked of the register of authorities' demands. Each command id takes effect once."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from events.authorities import AuthorityDemandAnswered, AuthorityDemandRecorded
from events.contract import Event, Recorded
from events.vocabulary import Agency, Authority, DemandAnswer, DemandedThing
from services.chassis.access import Action, Principal, allowed
from services.chassis.clock import Clock
from services.chassis.errors import CommandIdReusedError, NotAllowedError, NotFoundError, VersionConflictError
from services.chassis.identity import derived
from services.chassis.log import Append, Log
from services.chassis.workspace import Workspace
from services.intake import demands

ATTEMPTS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Demanded:
    """What an authority demanded, of whom, and when it came."""

    authority: Authority
    demanded: DemandedThing
    came_to: str
    court_order: bool
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """The register of one programme."""

    log: Log
    clock: Clock
    shelters: Collection[str]

    async def record(self, command: UUID, said: Demanded, by: Principal) -> dict[str, Any]:
        """Records a demand.

        Raises:
            NotAllowedError: it came to somebody else, or to nobody the programme knows.
            NotYetError: it has not come yet.
            CommandIdReusedError: the id was used for something else.
        """
        known = said.came_to in self.shelters or said.came_to in set(Agency)
        if not known or not concerns(by, Action.RECORD_DEMAND, said.came_to):
            raise NotAllowedError

        def decide(_history: list[Recorded[Event]]) -> Event:
            return demands.record(
                authority=said.authority,
                demanded=said.demanded,
                came_to=said.came_to,
                court_order=said.court_order,
                received_at=said.received_at,
                by=by,
                at=self.clock(),
            )

        def same(before: Recorded[Event]) -> bool:
            event = before.event
            return (
                isinstance(event, AuthorityDemandRecorded)
                and before.occurred_at == said.received_at
                and (
                    event.authority,
                    event.demanded,
                    event.came_to,
                    event.court_order,
                )
                == (said.authority, said.demanded, said.came_to, said.court_order)
            )

        return await self._carry_out(derived(command, "demand"), command, by, decide, same, said.received_at)

    async def answer(self, demand: UUID, command: UUID, given: DemandAnswer, by: Principal) -> dict[str, Any]:
        """Answers a demand.

        Raises:
            NotFoundError: no such demand, or it came to somebody else.
            AlreadyAnsweredError, NoCourtOrderError: see ``demands``.
            CommandIdReusedError: the id was used for something else.
        """

        def decide(history: list[Recorded[Event]]) -> Event:
            known = demands.fold(history)
            if known is None or not concerns(by, Action.ANSWER_DEMAND, known.came_to):
                raise NotFoundError
            return demands.answer(known, given, by)

        def same(before: Recorded[Event]) -> bool:
            return isinstance(before.event, AuthorityDemandAnswered) and before.event.answer is given

        return await self._carry_out(demand, command, by, decide, same)

    async def _carry_out(
        self,
        demand: UUID,
        command: UUID,
        by: Principal,
        decide: Callable[[list[Recorded[Event]]], Event],
        same: Callable[[Recorded[Event]], bool],
        occurred_at: datetime | None = None,
    ) -> dict[str, Any]:
        for _ in range(ATTEMPTS):
            before = await self.log.carried_out(command)
            if before is not None:
                if (before[0].stream, before[0].actor) != (demand, by.actor) or not same(before[0]):
                    raise CommandIdReusedError
                return _answer(before[0])
            workspace = Workspace(self.log, self.clock)
            await workspace.load([demand])
            event = decide(workspace.history(demand))
            recorded = workspace.record(
                demand, event, case=None, actor=by.actor, occurred_at=occurred_at, cause=command
            )
            try:
                result = await self.log.append(Append(entries=workspace.entries, command=command))
            except VersionConflictError:
                continue
            if not result.repeated:
                return _answer(recorded)
        raise VersionConflictError


def concerns(principal: Principal, action: Action, came_to: str) -> bool:
    """Whether a demand that came to this shelter or agency is the principal's business."""
    if came_to in set(Agency):
        return allowed(principal, action, agency=came_to)
    return allowed(principal, action, shelter=came_to)


def _answer(last: Recorded[Event]) -> dict[str, Any]:
    event = last.event
    given = event.answer if isinstance(event, AuthorityDemandAnswered) else None
    return {"demand_id": str(last.stream), "recorded_at": last.recorded_at.isoformat(), "answer": given}
