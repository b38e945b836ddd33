"""Reads histories for somebody, which is recorded before anything of it leaves: every page and route asks here."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from events.vocabulary import AuditView
from services.audit.history.queries import Line, alert_lines, lines_of
from services.audit.history.search import FoundCase, find_cases
from services.audit.readings.commands import AuditReadings
from services.chassis.authorization.policy import Principal
from services.chassis.database import Database
from services.chassis.errors import NotFoundError


@dataclass(frozen=True, slots=True, kw_only=True)
class Histories:
    """Histories that are recorded as read. Of a case that nobody knows nothing is recorded."""

    database: Database
    readings: AuditReadings

    async def of_case(
        self, case: UUID, by: Principal, view: AuditView, *, at: datetime | None = None, referral: UUID | None = None
    ) -> list[Line]:
        """Every fact about a case, each after its cause, also those after ``at``, the moment that is looked at.

        ``referral``: only this one of it is looked at.

        What the reader sees does not have this look in it; it has those before.

        Raises:
            NotFoundError: nothing was recorded about it.
        """
        lines = await lines_of(self.database, case)
        await self.readings.record(view, by, case=case, referral=referral, at=at)
        return lines

    async def of_alerts(self, referral: UUID, by: Principal) -> list[Line]:
        """Every fact about a referral's alerts, in the order of recording.

        Raises:
            NotFoundError: nothing was recorded about them.
        """
        lines = await alert_lines(self.database, referral)
        case = lines[0].fact.case
        if case is None:
            raise NotFoundError
        await self.readings.record(AuditView.ALERTS, by, case=case, referral=referral)
        return lines

    async def found(self, written: str, by: Principal) -> list[FoundCase] | None:
        """The cases that a number, a receipt or a code stands for; ``None``: it is none of these.

        What was typed is recorded nowhere: it may be anything.
        """
        found = await find_cases(self.database, written)
        await self.readings.record_each(AuditView.SEARCH, by, [(one.case, None) for one in found or ()])
        return found
