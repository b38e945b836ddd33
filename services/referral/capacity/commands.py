"""Records each report of a shelter's or a desk's capacity as an event."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from events.capacity import DeskCapacitySet, ShelterCapacitySet
from events.contract import Event
from events.vocabulary import Agency, Capacity
from services.chassis.authorization.policy import Action, Principal, allowed
from services.chassis.clock import Clock
from services.chassis.errors import NotFoundError
from services.chassis.eventlog.commands import execute, led_to
from services.chassis.eventlog.log import Log
from services.chassis.eventlog.unit_of_work import UnitOfWork
from services.chassis.ids import uuid5
from services.referral.capacity.domain import check_expiry
from services.referral.capacity.schemas import CapacityRecorded
from services.referral.deadlines.ports import Desks

NAMESPACE = UUID("7d1f6a2c-52d8-5b8e-9a55-1f0d7c3e6b21")


@dataclass(frozen=True, slots=True, kw_only=True)
class CapacityCommands:
    """Executes the commands of capacity. Each command id takes effect once."""

    log: Log
    clock: Clock
    shelters: Collection[str]
    desks: Desks

    async def set_shelter(
        self, shelter: str, command: UUID, report: tuple[Capacity, int | None, datetime], by: Principal
    ) -> CapacityRecorded:
        """Records whether a shelter has room, and how many beds.

        Raises:
            NotFoundError: no such shelter, or another's.
            ExpiryError: it is not in the future, or more than a week away.
            CommandIdReusedError: the id was used for another command.
        """
        if shelter not in self.shelters or not allowed(by, Action.SET_CAPACITY, shelter=shelter):
            raise NotFoundError
        capacity, beds, until = report
        event = ShelterCapacitySet(shelter=shelter, capacity=capacity, beds=beds, expires_at=until)
        return await self._record(shelter, command, event, until, by)

    async def set_desk(
        self, agency: Agency, desk: str, command: UUID, report: tuple[Capacity, datetime], by: Principal
    ) -> CapacityRecorded:
        """Records whether an agency's desk has room.

        Raises:
            NotFoundError: no such desk, or another agency's.
            ExpiryError: it is not in the future, or more than a week away.
            CommandIdReusedError: the id was used for another command.
        """
        if desk not in self.desks.of_agency(agency) or not allowed(by, Action.SET_CAPACITY, agency=agency):
            raise NotFoundError
        capacity, until = report
        event = DeskCapacitySet(agency=agency, desk=desk, capacity=capacity, expires_at=until)
        return await self._record(desk, command, event, until, by)

    async def _record(self, code: str, command: UUID, event: Event, until: datetime, by: Principal) -> CapacityRecorded:
        stream = uuid5(NAMESPACE, f"capacity:{code}")

        async def record(_: None, work: UnitOfWork) -> None:
            check_expiry(until, self.clock())
            work.record(stream, event, case=None, actor=by.actor, cause=command)

        same = led_to(type(event), **dict(event))
        done = await execute(self.log, self.clock, command, by.actor, [stream], decide=record, same=same)
        return CapacityRecorded(version=done.facts[0].version)
