"""Sends somebody a message by one of their own channels."""

from dataclasses import dataclass
from functools import partial
from typing import cast
from uuid import UUID

from events.contract import Recorded
from events.notifications import ChannelTested
from events.vocabulary import LEAD_AGENCY, Agency
from services.chassis.authorization.policy import Principal
from services.chassis.clock import Clock
from services.chassis.errors import NeedsAPersonError
from services.chassis.eventlog.commands import Decided, execute, led_to
from services.chassis.eventlog.log import Log
from services.chassis.eventlog.unit_of_work import UnitOfWork
from services.notifications.channel_tests.domain import (
    ChannelTest,
    NoSuchChannelError,
    check_test,
    tests_in,
    tests_stream,
)
from services.notifications.channel_tests.projections import queue_test
from services.notifications.contacts.own import OwnContacts


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelTestCommands:
    """Tests channels; a repeated command takes effect once."""

    log: Log
    clock: Clock
    contacts: OwnContacts

    async def test(self, command: UUID, channel: str, principal: Principal) -> None:
        """Queues a message to the principal by one of their channels.

        Raises:
            CommandIdReusedError: the id was used for another command.
            NeedsAPersonError: the principal is nobody's account.
            NoSuchChannelError: the person has no such channel that works, or is notified of nothing.
            TooManyTestsError: too many within an hour.
        """
        person = _person(principal)
        stream = tests_stream(person)

        async def decide(_: None, work: UnitOfWork) -> Decided:
            check_test(work.history(stream), work.now())
            own = await self.contacts.of(principal)
            if own is None or own.disabled or channel not in {one.channel for one in own.channels if one.usable}:
                raise NoSuchChannelError
            event = ChannelTested(contact=person, channel=channel)
            fact = cast(
                "Recorded[ChannelTested]",
                work.record(stream, event, case=None, actor=principal.actor, cause=command),
            )
            agency = Agency(principal.org) if principal.org in set(Agency) else LEAD_AGENCY
            return Decided(in_transaction=partial(queue_test, agency=agency, event=event, fact=fact))

        same = led_to(ChannelTested, contact=person, channel=channel)
        await execute(self.log, self.clock, command, principal.actor, [stream], decide=decide, same=same)

    async def last(self, principal: Principal) -> list[ChannelTest]:
        """The principal's last tests, the newest first."""
        stream = tests_stream(_person(principal))
        return tests_in((await self.log.streams([stream]))[stream])[:5]


def _person(principal: Principal) -> str:
    if principal.person is None:
        raise NeedsAPersonError
    return principal.person
