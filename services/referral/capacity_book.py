"""Keeps what shelters and desks say of their room: commands in, one table, one list for whoever refers."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from events.capacity import DeskCapacitySet, ShelterCapacitySet
from events.contract import Event, Recorded
from events.vocabulary import Agency, Capacity
from services.chassis.access import Action, Principal, Whose, allowed, whose
from services.chassis.clock import Clock
from services.chassis.database import Database
from services.chassis.errors import CommandIdReusedError, NotFoundError, VersionConflictError
from services.chassis.identity import derived
from services.chassis.log import Append, Log
from services.chassis.workspace import Workspace
from services.referral.capacity import Known, Said, check_expiry, known
from services.referral.desks import Desks

NAMESPACE = UUID("7d1f6a2c-52d8-5b8e-9a55-1f0d7c3e6b21")
ATTEMPTS = 3
FACTS = (ShelterCapacitySet, DeskCapacitySet)
SAID = """
insert into capacity (sequence, of_agency, code, capacity, beds, since, expires_at) values ($1, $2, $3, $4, $5, $6, $7)
"""
LAST = "select distinct on (code) * from capacity order by code, sequence desc"


@dataclass(frozen=True, slots=True, kw_only=True)
class CapacityBook:
    """Of one programme."""

    log: Log
    database: Database
    clock: Clock
    shelters: Collection[str]
    desks: Desks

    async def of_shelter(
        self, shelter: str, command: UUID, said: tuple[Capacity, int | None, datetime], by: Principal
    ) -> dict[str, Any]:
        """A shelter says whether it has room, and how many beds.

        Raises:
            NotFoundError: no such shelter, or another's.
            ExpiryError: it does not end, or has ended.
            CommandIdReusedError: the id was used for something else.
        """
        if shelter not in self.shelters or not allowed(by, Action.SET_CAPACITY, shelter=shelter):
            raise NotFoundError
        capacity, beds, until = said
        event = ShelterCapacitySet(shelter=shelter, capacity=capacity, beds=beds, expires_at=until)
        return await self._say(shelter, command, event, until, by)

    async def of_desk(
        self, agency: Agency, desk: str, command: UUID, said: tuple[Capacity, datetime], by: Principal
    ) -> dict[str, Any]:
        """An agency says whether one of its desks has room.

        Raises:
            NotFoundError: no such desk, or another agency's.
            ExpiryError: it does not end, or has ended.
            CommandIdReusedError: the id was used for something else.
        """
        if desk not in self.desks.of_agency(agency) or not allowed(by, Action.SET_CAPACITY, agency=agency):
            raise NotFoundError
        capacity, until = said
        event = DeskCapacitySet(agency=agency, desk=desk, capacity=capacity, expires_at=until)
        return await self._say(desk, command, event, until, by)

    async def listed(self, principal: Principal) -> dict[str, Any]:
        """Every shelter and desk, and what is known of its room at this moment.

        A shelter refers nothing to those who hear of its own staff, and is told nothing of them.
        """
        shelter = whose(principal, Action.SEE_CAPACITY) is Whose.OWN_SHELTER
        async with self.database.shown_to(principal) as connection:
            rows = {row["code"]: _said(row) for row in await connection.fetch(LAST)}
        now = self.clock()
        return {
            "shelters": [{"shelter": code, **_shown(known(rows.get(code), now))} for code in sorted(self.shelters)],
            "desks": [
                {"agency": agency, "desk": code, **_without_beds(_shown(known(rows.get(code), now)))}
                for agency in Agency
                if not (shelter and agency is Agency.PEAS)
                for code in sorted(self.desks.of_agency(agency))
            ],
        }

    async def _say(self, code: str, command: UUID, event: Event, until: datetime, by: Principal) -> dict[str, Any]:
        stream = derived(NAMESPACE, f"capacity:{code}")
        for _ in range(ATTEMPTS):
            before = await self.log.carried_out(command)
            if before is not None:
                if (before[0].stream, before[0].actor, before[0].event) != (stream, by.actor, event):
                    raise CommandIdReusedError
                return {"version": before[0].version}
            check_expiry(until, self.clock())
            workspace = Workspace(self.log, self.clock)
            await workspace.load([stream])
            recorded = workspace.record(stream, event, case=None, actor=by.actor, cause=command)
            try:
                result = await self.log.append(Append(entries=workspace.entries, command=command))
            except VersionConflictError:
                continue
            if not result.repeated:
                return {"version": recorded.version}
        raise VersionConflictError


async def project_capacity(connection: asyncpg.Connection, batch: Sequence[Recorded[Event]]) -> None:
    """Every statement, in its order."""
    rows = [_row(fact) for fact in batch if isinstance(fact.event, FACTS)]
    if rows:
        await connection.executemany(SAID, rows)


def _row(fact: Recorded[Event]) -> tuple[Any, ...]:
    event = fact.event
    if isinstance(event, ShelterCapacitySet):
        whose = (None, event.shelter, event.capacity, event.beds)
        return (fact.position, *whose, fact.recorded_at, event.expires_at)
    assert isinstance(event, DeskCapacitySet)  # noqa: S101 - the only other
    return (fact.position, event.agency, event.desk, event.capacity, None, fact.recorded_at, event.expires_at)


def _said(row: Any) -> Said:
    return Said(Capacity(row["capacity"]), row["beds"], row["since"], row["expires_at"])


def _shown(one: Known) -> dict[str, Any]:
    return {
        "capacity": one.capacity,
        "beds": one.beds,
        "since": None if one.since is None else one.since.isoformat(),
        "expires_at": None if one.expires_at is None else one.expires_at.isoformat(),
    }


def _without_beds(shown: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in shown.items() if name != "beds"}
