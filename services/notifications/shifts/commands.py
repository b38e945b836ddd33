"""Hands a desk over at the end of a shift: who takes it is called first, and both people are notified."""

from dataclasses import dataclass
from functools import partial
from uuid import UUID

from events.notifications import DeskHandedOver
from events.vocabulary import Agency
from services.chassis.authorization.policy import Principal
from services.chassis.clock import Clock
from services.chassis.eventlog.commands import Decided, execute, led_to
from services.chassis.eventlog.log import Log
from services.chassis.eventlog.unit_of_work import UnitOfWork
from services.chassis.ids import uuid5
from services.notifications.contacts.projections import AddressBook
from services.notifications.shifts.domain import (
    MAX_NAMED_REFERRALS,
    ShiftMovedError,
    UnknownPersonError,
    check_handover,
)
from services.notifications.shifts.projections import take_over
from services.notifications.shifts.queries import Shifts
from services.notifications.shifts.schemas import ShiftHandover


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftCommands:
    """Hands desks over; a repeated command takes effect once."""

    log: Log
    clock: Clock
    book: AddressBook
    shifts: Shifts

    async def hand_over(
        self, command: UUID, desk: str, given_by: str, taken_by: str, principal: Principal, *, seen: int | None = None
    ) -> ShiftHandover:
        """Hands a desk over with its open referrals, and returns the handover.

        ``seen``: how often the desk had been handed over when the page was drawn; ``None``: nobody looked at one.

        Raises:
            CommandIdReusedError: the id was used for another command.
            NotFoundError: no such desk, or another agency's.
            UnknownPersonError: one of the two is not an active person of the agency, or both are the same.
            ShiftMovedError: the desk was handed over since.
            NotYourShiftError, AlreadyHandedOverError, TooManyHandoversError: see ``check_handover``.
        """
        stream = uuid5(UUID(int=0), f"notifications/desk/{desk}")

        async def admit(_work: UnitOfWork) -> Agency:
            return self.shifts.agency(desk, principal)

        async def decide(agency: Agency, work: UnitOfWork) -> Decided:
            if seen is not None and len(work.history(stream)) != seen:
                raise ShiftMovedError
            if given_by == taken_by or not {given_by, taken_by} <= self.shifts.people(agency):
                raise UnknownPersonError
            check_handover(work.history(stream), given_by, taken_by, principal, work.now())
            await self.book.ready()
            found = await self.shifts.open_at(desk)
            event = DeskHandedOver(
                agency=agency,
                desk=desk,
                given_by=given_by,
                taken_by=taken_by,
                on_call=tuple(dict.fromkeys([taken_by, *self.shifts.roster.desks[desk].on_call])),
                open=tuple(found[:MAX_NAMED_REFERRALS]),
                number=len(found),
            )
            fact = work.record(stream, event, case=None, actor=principal.actor, cause=command)
            return Decided(in_transaction=partial(take_over, book=self.book, event=event, fact=fact))

        same = led_to(DeskHandedOver, given_by=given_by, taken_by=taken_by)
        actor = principal.actor
        await execute(self.log, self.clock, command, actor, [stream], admit=admit, decide=decide, same=same)
        return await self.shifts.handed_over(command)
