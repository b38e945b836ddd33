"""Lists the capacity of shelters and desks."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from events.vocabulary import Agency, Capacity
from services.chassis.authorization.policy import Action, Principal, Scope, scope_of
from services.chassis.clock import Clock
from services.chassis.database import Database
from services.referral.capacity.domain import CapacityReport, current_capacity
from services.referral.capacity.schemas import CapacityList, DeskCapacity, ShelterCapacity
from services.referral.deadlines.ports import Desks

WITHOUT_ROOM = """
select code, expires_at from (select distinct on (code) * from capacity where of_agency is not null
  order by code, sequence desc) as latest where capacity = 'no_capacity'
"""
LATEST = "select distinct on (code) * from capacity order by code, sequence desc"


@dataclass
class DesksWithoutRoom:
    """Cache of the desks that say that they have no room; ``refresh()`` updates it."""

    database: Database | None = None
    until: Mapping[str, datetime] = field(default_factory=dict)
    """By desk: until when its report is valid."""

    async def refresh(self) -> None:
        """Reads the latest report of every desk."""
        if self.database is not None:
            async with self.database.as_system() as connection:
                rows = await connection.fetch(WITHOUT_ROOM)
            self.until = {row["code"]: row["expires_at"] for row in rows}

    def is_full(self, desk: str | None, at: datetime) -> bool:
        """Whether the desk says that it has no room, and that report is valid at a moment."""
        until = None if desk is None else self.until.get(desk)
        return until is not None and until > at


@dataclass(frozen=True, slots=True, kw_only=True)
class CapacityOverview:
    """The shelters and desks of a programme, each with its latest report."""

    database: Database
    clock: Clock
    shelters: Collection[str]
    desks: Desks

    async def listed(self, principal: Principal) -> CapacityList:
        """The capacity of every shelter and desk now.

        A shelter does not see the desks that receive reports about its staff: it refers nothing to them.
        """
        shelter = scope_of(principal, Action.SEE_CAPACITY) is Scope.OWN_SHELTER
        async with self.database.as_principal(principal) as connection:
            rows = {row["code"]: _report(row) for row in await connection.fetch(LATEST)}
        now = self.clock()
        return CapacityList(
            shelters=[_shelter(code, rows.get(code), now) for code in sorted(self.shelters)],
            desks=[
                _desk(agency, code, rows.get(code), now)
                for agency in Agency
                if not (shelter and agency is Agency.PEAS)
                for code in sorted(self.desks.of_agency(agency))
            ],
        )


def of_own_organisation(listed: CapacityList, org: str) -> CapacityList:
    """Of a list what the organisation itself reports: an agency its desks, a shelter itself."""
    return CapacityList(
        shelters=[one for one in listed.shelters if one.shelter == org],
        desks=[one for one in listed.desks if one.agency == org],
    )


def _report(row: Any) -> CapacityReport:
    return CapacityReport(Capacity(row["capacity"]), row["beds"], row["since"], row["expires_at"])


def _shelter(code: str, report: CapacityReport | None, now: datetime) -> ShelterCapacity:
    one = current_capacity(report, now)
    return ShelterCapacity(
        shelter=code, capacity=one.capacity, beds=one.beds, since=one.since, expires_at=one.expires_at
    )


def _desk(agency: Agency, code: str, report: CapacityReport | None, now: datetime) -> DeskCapacity:
    one = current_capacity(report, now)
    return DeskCapacity(agency=agency, desk=code, capacity=one.capacity, since=one.since, expires_at=one.expires_at)
