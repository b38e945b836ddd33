"""Records that a list is taken out. As with a reading, there is no command id: every list that leaves is an event."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from events.exports import ReferralsExported
from events.vocabulary import Agency
from services.chassis.authorization.policy import Principal
from services.chassis.clock import Clock
from services.chassis.eventlog.commands import Decided, execute
from services.chassis.eventlog.log import Log
from services.chassis.eventlog.unit_of_work import UnitOfWork
from services.referral.exports.domain import ExportRequest
from services.referral.exports.queries import ExportedReferrals


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportCommands:
    """Takes lists out."""

    log: Log
    clock: Clock
    found: ExportedReferrals

    async def begin(self, export: UUID, wanted: ExportRequest, by: Principal) -> Sequence[UUID]:
        """Records a list under a new id, with the number of its rows, and returns its referrals.

        Raises:
            NotSearchableError: a filter names a category that is restricted.
            StoreUnavailableError: it could not be recorded; nothing leaves.
        """
        ids, filters = await self.found.ids(by, wanted.filters), wanted.filters
        event = ReferralsExported(
            agency=Agency(by.org),
            purpose=wanted.purpose,
            selection=wanted.selection,
            states=filters.states,
            urgencies=filters.urgencies,
            categories=filters.categories,
            desk=filters.desk,
            rows=len(ids),
        )

        async def decide(_: None, work: UnitOfWork) -> Decided:
            work.begin(export)
            work.record(export, event, case=None, actor=by.actor, cause=export)
            return Decided()

        await execute(self.log, self.clock, None, by.actor, [], decide=decide)
        return ids
