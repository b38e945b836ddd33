"""Turning caravan mode on and off (M3): recorded acts of a coordinator, for states or shelters, with a time limit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from events.contract import Event, Recorded
from events.silence import CaravanBegan, CaravanEnded
from events.vocabulary import CaravanEnd, CaravanReason
from services.chassis.access import Principal
from services.chassis.clock import Clock
from services.chassis.database import Database
from services.chassis.errors import (
    CommandIdReusedError,
    MalformedRequestError,
    NotFoundError,
    ServiceError,
    VersionConflictError,
)
from services.chassis.identity import derived
from services.chassis.log import Append, Log
from services.chassis.workspace import Workspace
from services.referral.desks import Desks
from services.referral.ladder_policy import Ladders
from services.referral.silence_policy import SilencePolicy

ATTEMPTS = 3
LONGEST = timedelta(days=30)
"""[J] Longer than any caravan took to pass; it may be turned on again."""
COVERED = """
select exists (select from caravan where ended_at is null and caravan_id <> $1 and shelters && $2::text[])
"""
ALL = "select * from caravan where $1 or ended_at is null order by began_at desc limit 200"


class CaravanIsOnError(ServiceError):
    """One of the shelters is in caravan mode already: two at once could not be told apart by an auditor."""

    code = "caravan_is_on"
    status = 409
    es = "Ya hay un modo caravana encendido para alguno de esos albergues."
    en = "Caravan mode is on already for one of those shelters."


class CaravanIsOffError(ServiceError):
    """It has ended."""

    code = "caravan_is_off"
    status = 409
    es = "Ese modo caravana ya terminó."
    en = "That caravan mode has ended."


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """For whom it is to be on, why and until when."""

    states: Sequence[str]
    shelters: Sequence[str]
    reason: CaravanReason
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Caravanning:
    """Carries it out. Each command id takes effect once."""

    log: Log
    database: Database
    clock: Clock
    desks: Desks
    ladders: Ladders
    silence: SilencePolicy

    async def begin(self, command: UUID, wanted: Wanted, by: Principal) -> dict[str, Any]:
        """Turns it on.

        Raises:
            MalformedRequestError: no shelter of that code or state, or a moment that is over or too far away.
            CaravanIsOnError: it is on for one of the shelters.
            CommandIdReusedError: the id was used for something else.
        """
        caravan = derived(command, "caravan")
        for _ in range(ATTEMPTS):
            workspace = Workspace(self.log, self.clock)
            await workspace.load([caravan])
            before = await self.log.carried_out(command)
            if before is not None:
                return _first(before, caravan, by)
            event = self._began(wanted, workspace.now())
            async with self.database.reading() as connection:
                if await connection.fetchval(COVERED, caravan, list(event.shelters)):
                    raise CaravanIsOnError
            workspace.record(caravan, event, case=None, actor=by.actor, cause=command)

            async def alone(connection: asyncpg.Connection, event: CaravanBegan = event) -> None:
                if await connection.fetchval(COVERED, caravan, list(event.shelters)):
                    raise VersionConflictError

            try:
                result = await self.log.append(Append(entries=workspace.entries, command=command, within=alone))
            except VersionConflictError:
                continue
            if not result.repeated:
                return _answer(workspace.history(caravan))
        raise VersionConflictError

    async def end(self, caravan: UUID, command: UUID, by: Principal) -> dict[str, Any]:
        """Turns it off.

        Raises:
            NotFoundError: there was none.
            CaravanIsOffError: it has ended.
            CommandIdReusedError: the id was used for something else.
        """
        for _ in range(ATTEMPTS):
            workspace = Workspace(self.log, self.clock)
            await workspace.load([caravan])
            history = workspace.history(caravan)
            if not history or not isinstance(history[0].event, CaravanBegan):
                raise NotFoundError
            before = await self.log.carried_out(command)
            if before is not None:
                return _first(before, caravan, by)
            if isinstance(history[-1].event, CaravanEnded):
                raise CaravanIsOffError
            began = history[0].event
            ended = CaravanEnded(states=began.states, shelters=began.shelters, how=CaravanEnd.TURNED_OFF)
            workspace.record(caravan, ended, case=None, actor=by.actor, cause=command)
            try:
                result = await self.log.append(Append(entries=workspace.entries, command=command))
            except VersionConflictError:
                continue
            if not result.repeated:
                return _answer(workspace.history(caravan))
        raise VersionConflictError

    def _began(self, wanted: Wanted, now: datetime) -> CaravanBegan:
        known = self.desks.states
        faults = [("states", "not_listed") for state in wanted.states if state not in known.values()]
        faults += [("shelters", "not_listed") for shelter in wanted.shelters if shelter not in known]
        if not wanted.states and not wanted.shelters:
            faults.append(("shelters", "missing"))
        if not now < wanted.until <= now + LONGEST:
            faults.append(("until", "out_of_range"))
        if faults:
            raise MalformedRequestError(faults=[{"field": f"body.{field}", "code": code} for field, code in faults])
        covered = {*wanted.shelters, *(code for code, state in known.items() if state in wanted.states)}
        return CaravanBegan(
            states=tuple(sorted(set(wanted.states))),
            shelters=tuple(sorted(covered)),
            reason=wanted.reason,
            until=wanted.until,
            ladders=self.ladders.version,
            silence=self.silence.version,
        )


async def list_caravans(database: Database, *, ended: bool) -> list[dict[str, Any]]:
    """Those that are on; with ``ended`` those that were, too, the latest first."""
    async with database.reading() as connection:
        rows = await connection.fetch(ALL, ended)
    return [
        {
            "caravan_id": str(row["caravan_id"]),
            **{name: row[name] for name in ("states", "shelters", "reason", "how")},
            **{
                name: None if row[name] is None else row[name].isoformat() for name in ("began_at", "until", "ended_at")
            },
        }
        for row in rows
    ]


def _first(before: Sequence[Recorded[Event]], caravan: UUID, by: Principal) -> dict[str, Any]:
    if (before[0].stream, before[0].actor) != (caravan, by.actor):
        raise CommandIdReusedError
    return _answer(before)


def _answer(history: Sequence[Recorded[Event]]) -> dict[str, Any]:
    last = history[-1]
    assert isinstance(last.event, CaravanBegan | CaravanEnded)  # noqa: S101 - its stream holds nothing else
    return {
        "caravan_id": str(last.stream),
        "state": "on" if isinstance(last.event, CaravanBegan) else "off",
        "shelters": list(last.event.shelters),
    }
