"""What people ask of a referral: read it, decide, append; twice is harmless."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from events.contract import Event, Recorded
from services.chassis.access import Action, Principal, allowed
from services.chassis.clock import Clock
from services.chassis.errors import CommandIdReusedError, NotFoundError, VersionConflictError
from services.chassis.log import Append, Log
from services.chassis.workspace import Workspace
from services.referral.domain import NOT_SENT, STATE_AFTER, STEPS, Referral, decide, fold

ATTEMPTS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One step that somebody asks for. ``command_id`` makes it repeatable, ``expected_version`` safe."""

    referral: UUID
    step: str
    command_id: UUID
    expected_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Carries out orders on referrals."""

    log: Log
    clock: Clock

    async def carry_out(self, order: Order, principal: Principal) -> dict[str, Any]:
        """The referral's state after the step; a repeated order gets its first result.

        Raises:
            NotFoundError: no such referral, or none of the principal's business.
            StaleVersionError: somebody acted since; says what happened.
            IllegalStepError: names the state and the legal steps.
            CommandIdReusedError: the id belongs to another order.
        """
        for _ in range(ATTEMPTS):
            workspace = Workspace(self.log, self.clock)
            await workspace.load([order.referral])
            referral = fold(workspace.history(order.referral))
            if referral is None or not self._visible(referral, principal):
                raise NotFoundError
            before = await self.log.carried_out(order.command_id)
            if before is not None:
                return _first_result(order, referral, before)
            event = decide(referral, order.step, order.expected_version)
            workspace.record(order.referral, event, case=referral.case, actor=principal.actor, cause=order.command_id)
            try:
                result = await self.log.append(Append(entries=workspace.entries, command=order.command_id))
            except VersionConflictError:
                continue  # somebody was faster: read again, so that the refusal says what happened
            if result.repeated:
                return _first_result(order, referral, await self.log.carried_out(order.command_id) or [])
            return _answer(order.referral, event, referral.version + 1)
        raise VersionConflictError

    @staticmethod
    def _visible(referral: Referral, principal: Principal) -> bool:
        sent = referral.state not in NOT_SENT
        return sent and allowed(principal, Action.ANSWER_REFERRAL, shelter=referral.shelter, agency=referral.agency)


def _first_result(order: Order, referral: Referral, facts: list[Recorded[Event]]) -> dict[str, Any]:
    asked = type(STEPS[order.step].happens(referral))
    if len(facts) != 1 or facts[0].stream != order.referral or not isinstance(facts[0].event, asked):
        raise CommandIdReusedError
    return _answer(order.referral, facts[0].event, facts[0].version)


def _answer(referral: UUID, event: Event, version: int) -> dict[str, Any]:
    return {"referral_id": str(referral), "state": STATE_AFTER[type(event)], "version": version}
