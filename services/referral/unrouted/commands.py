"""Records that a case cannot be routed, and that it can again; tells which of the parked cases look like a U0."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

import structlog

from events.contract import Event, Recorded
from events.operations import CaseNotRouted, CaseRouted
from services.chassis.clock import Clock
from services.chassis.errors import StoreUnavailableError
from services.chassis.eventlog.log import Log
from services.chassis.eventlog.log_entry import LogEntry, decode
from services.chassis.eventlog.unit_of_work import UnitOfWork
from services.referral.assessment import Policies
from services.referral.case_file.domain import read_case, screening_keys
from services.referral.case_file.queries import CaseFiles
from services.referral.unrouted.domain import ACTOR, is_unrouted, is_urgent, looks_urgent, stream_of
from services.referral.unrouted.queries import shelter_of

logger = structlog.get_logger(__name__)

CODE = "case_not_routed"


@dataclass(frozen=True, slots=True)
class UnroutedCases:
    """What the follower of intake's log records when it parks a case."""

    log: Log
    clock: Clock
    files: CaseFiles
    policies: Policies

    async def parked(self, entry: LogEntry) -> Sequence[LogEntry]:
        """The fact that the case of this entry is not routed; nothing if that is recorded already."""
        assert entry.case is not None  # noqa: S101 - the follower asks about cases only
        work = UnitOfWork(self.log, self.clock)
        stream = stream_of(entry.case)
        await work.load([stream])
        if is_unrouted(work.history(stream)):
            return ()
        shelter = await shelter_of(self.files.intake, entry.case)
        logger.error("case_not_routed", code=CODE, shelter=shelter, position=entry.position)
        event = CaseNotRouted(event=entry.id, log=self.files.intake.service, shelter=shelter)
        work.record(stream, event, case=entry.case, actor=ACTOR, cause=entry.id)
        return work.entries

    async def released(self, case: UUID, *, set_aside: int | None = None) -> Sequence[LogEntry]:
        """The fact that the case is routed again; ``set_aside``: the position of an event that was given up."""
        work = UnitOfWork(self.log, self.clock)
        stream = stream_of(case)
        await work.load([stream])
        history = work.history(stream)
        if is_unrouted(history):
            shelter = await shelter_of(self.files.intake, case)
            event = CaseRouted(shelter=shelter, set_aside=set_aside)
            work.record(stream, event, case=case, actor=ACTOR, cause=history[-1].id)
        return work.entries

    async def urgent(self, cases: Collection[UUID]) -> Collection[UUID]:
        """Those of the cases whose answers look like a U0, as far as they can be read."""
        return {case for case in cases if await self._is_urgent(case)}

    async def _is_urgent(self, case: UUID) -> bool:
        facts = _readable(await self.files.intake.entries_of(case))
        try:
            keys = await self.files.keyring.load(screening_keys(facts))
            file = read_case(facts, keys)
        except StoreUnavailableError:
            raise
        except Exception:  # noqa: BLE001 - whatever made the case unreadable: it is listed all the same
            return False
        if file is None:
            return False
        try:
            return is_urgent(self.policies.assessment(file))
        except Exception:  # noqa: BLE001 - the rules cannot be applied, which may be why the case is parked
            return looks_urgent(file.answers)


def _readable(entries: Sequence[LogEntry]) -> list[Recorded[Event]]:
    """The events of those entries that can be read."""
    found = []
    for entry in entries:
        try:
            found.append(decode(entry))
        except (ValueError, LookupError):
            continue
    return found
