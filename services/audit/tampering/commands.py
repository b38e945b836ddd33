"""Records in audit's own log that a log was found altered, and that it is as it was sealed again, each once."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from services.audit.tampering.domain import ACTOR, Difference, ended_event, found_event, open_finding
from services.audit.tampering.queries import open_findings
from services.chassis.clock import Clock
from services.chassis.database import Database
from services.chassis.eventlog.commands import execute
from services.chassis.eventlog.log import Log
from services.chassis.eventlog.unit_of_work import UnitOfWork
from services.chassis.ids import uuid5


@dataclass(frozen=True, slots=True, kw_only=True)
class TamperingRecords:
    """Records what passes over the logs found."""

    log: Log
    database: Database
    clock: Clock

    async def record(self, log: str, found: Sequence[Difference], *, whole: bool, upto: int) -> int:
        """Records what is new, and the end of what was found before and is not any more. Returns how many are new.

        ``whole``: everything that differs is in ``found``; otherwise nothing is known to have ended. ``upto``: the last
        position that was compared. Of what lies beyond nothing is known either: whoever takes seals away ends nothing.

        Raises:
            ServiceError: nothing can be recorded now.
        """
        known = await open_findings(self.database, log)
        new = [one for one in found if one.id not in known]
        for one in new:
            await self._found(one)
        for gone in sorted(known - {one.id for one in found}) if whole and upto else ():
            await self._ended(gone, upto)
        return len(new)

    async def _found(self, one: Difference) -> None:
        stream = one.id
        command = await self._command(stream, "found")

        async def decide(_: None, work: UnitOfWork) -> None:
            if open_finding(work.history(stream)) is None:
                work.record(stream, found_event(one), case=None, actor=ACTOR, cause=command)

        await execute(self.log, self.clock, command, None, [stream], decide=decide)

    async def _ended(self, stream: UUID, upto: int) -> None:
        command = await self._command(stream, "ended")

        async def decide(_: None, work: UnitOfWork) -> None:
            found = open_finding(work.history(stream))
            if found is not None and found.last <= upto:
                work.record(stream, ended_event(found), case=None, actor=ACTOR, cause=command)

        await execute(self.log, self.clock, command, None, [stream], decide=decide)

    async def _command(self, stream: UUID, what: str) -> UUID:
        """The same id for the same change, whichever process notices it."""
        history = (await self.log.streams([stream]))[stream]
        return uuid5(stream, f"{what}/{len(history)}")
