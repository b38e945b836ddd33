"""Enrols a shelter's telephones by a one-time code, and revokes them."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from events.contract import Event, Recorded
from events.devices import DeviceEnrolled, DeviceRevoked
from services.chassis.authorization.policy import Action, Principal, allowed
from services.chassis.clock import Clock
from services.chassis.database import Database
from services.chassis.errors import CommandIdReusedError, MalformedRequestError, NotFoundError, VersionConflictError
from services.chassis.eventlog.commands import Decided, execute, led_to
from services.chassis.eventlog.log import Log
from services.chassis.eventlog.unit_of_work import UnitOfWork
from services.chassis.throttle import Throttle
from services.intake.devices.domain import (
    Device,
    DeviceCodeNotAcceptedError,
    code_for,
    code_of_device,
    fold,
    lookup_of,
    stream_of,
)
from services.intake.devices.envelope import key_of_coordinates
from services.intake.devices.policy import CODE_LIFETIME, limits_of_codes
from services.intake.devices.queries import code_of, issuer_of, store_code, using_code
from services.intake.devices.reception_keys import ReceptionKeys
from services.intake.devices.schemas import (
    EnrolledDevice,
    IssuedCode,
    PublicKey,
    RevokedDevice,
)

ATTEMPTS = 50
"""Codes of telephones that are tried until one is free."""


@dataclass(frozen=True, slots=True)
class CodeGivenOut:
    """A one-time code, and what became of it."""

    code: str = field(repr=False)
    until: datetime
    used_by: str | None
    """The telephone that it enrolled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceCommands:
    """Gives out codes, enrols and revokes."""

    log: Log
    database: Database
    clock: Clock
    keys: ReceptionKeys
    throttle: Throttle
    code_key: bytes = field(repr=False)

    async def issue_code(self, command: UUID, by: Principal) -> IssuedCode:
        """Gives out a one-time code for a telephone of the coordinator's shelter; the same for the same command.

        Raises:
            CommandIdReusedError: the id belongs to somebody else's code.
        """
        code, now = code_for(self.code_key, command, by.org), self.clock()
        lookup = lookup_of(self.code_key, code)
        stored = await store_code(self.database, command, lookup, by.org, by.label, now, now + CODE_LIFETIME)
        if (stored.shelter, stored.issued_by) != (by.org, by.label):
            raise CommandIdReusedError
        return IssuedCode(code=code, until=stored.until)

    async def code_given_out(self, command: UUID, by: Principal) -> CodeGivenOut | None:
        """The code that this person's command gave out, to show it again; ``None``: there is none (any more)."""
        stored = await code_of(self.database, command)
        if stored is None or (stored.shelter, stored.issued_by) != (by.org, by.label):
            return None
        return CodeGivenOut(code_for(self.code_key, command, by.org), stored.until, stored.used_by)

    async def enrol(self, command: UUID, code: str, key: PublicKey, by: Principal) -> EnrolledDevice:
        """Enrols the telephone that somebody of the shelter holds. The code is used up by it.

        Raises:
            DeviceCodeNotAcceptedError: there is no such code (any more) for this shelter.
            TooManyAttemptsError: the shelter tried too many codes lately.
            MalformedRequestError: the key is no point of the curve.
            CommandIdReusedError: the id belongs to another command.
        """
        public, lookup, now = _public(key), lookup_of(self.code_key, code), self.clock()
        stream, device = await self._free_stream(command)

        async def decide(_: Any, work: UnitOfWork) -> Decided:
            if work.history(stream):
                raise VersionConflictError  # another command was given the same code at this moment
            counted = await self.throttle.admit(limits_of_codes(by.org), now)
            issuer = await issuer_of(self.database, lookup, by.org, now)
            if issuer is None:
                raise DeviceCodeNotAcceptedError
            await self.throttle.give_back(counted)
            event = DeviceEnrolled(shelter=by.org, device=device, public_key=public, admitted_by=issuer)
            work.record(stream, event, case=None, actor=by.actor, cause=command)
            return Decided(in_transaction=using_code(lookup, device, now))

        same = led_to(DeviceEnrolled, public_key=public)
        done = await execute(self.log, self.clock, command, by.actor, [stream], decide=decide, same=same)
        enrolled = done.facts[0].event
        assert isinstance(enrolled, DeviceEnrolled)  # noqa: S101 - the command records no other
        current = (await self.keys.current()).shown
        return EnrolledDevice(device_id=enrolled.device, shelter=enrolled.shelter, reception_key=current)

    async def revoke(self, device: str, command: UUID, by: Principal) -> RevokedDevice:
        """Takes a telephone's right to hand in records. What it still holds, the coordinator can import.

        Raises:
            NotFoundError: no such telephone, or another shelter's.
            CommandIdReusedError: the id belongs to another command.
        """
        stream = stream_of(device)

        async def admit(work: UnitOfWork) -> Device:
            found = fold(work.history(stream))
            if found is None or not allowed(by, Action.ENROL_DEVICE, shelter=found.shelter):
                raise NotFoundError
            return found

        async def decide(found: Device, work: UnitOfWork) -> None:
            if not found.revoked:
                event = DeviceRevoked(shelter=found.shelter, device=found.id)
                work.record(stream, event, case=None, actor=by.actor, cause=command)

        same = led_to(DeviceRevoked, device=device)
        await execute(self.log, self.clock, command, by.actor, [stream], admit=admit, decide=decide, same=same)
        return RevokedDevice(device_id=device)

    async def _free_stream(self, command: UUID) -> tuple[UUID, str]:
        """The stream and code of a new telephone; of one that the command enrolled before, that one's."""
        before: list[Recorded[Event]] = list(await self.log.carried_out(command) or ())
        if before and isinstance(before[0].event, DeviceEnrolled):
            return before[0].stream, before[0].event.device
        codes = {stream_of(code): code for code in (code_of_device(command, attempt) for attempt in range(ATTEMPTS))}
        taken = await self.log.streams(codes)
        free = next((stream for stream in codes if not taken.get(stream)), None)
        if free is None:
            raise VersionConflictError
        return free, codes[free]


def _public(key: PublicKey) -> str:
    try:
        return key_of_coordinates(key.x, key.y)
    except ValueError:
        fault = {"field": "body.public_key", "code": "not_on_the_curve"}
        raise MalformedRequestError(faults=[fault]) from None
