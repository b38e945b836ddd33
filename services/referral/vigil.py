"""Says what has fallen silent and what is heard again, and ends caravan mode when its time is over.

A part of the clockwork's beat: what is due stands in PostgreSQL and is appended as a command whose id follows from the
silence, so that of several clockworks, or of one that was killed, each silence is told once.
"""

import asyncio
from datetime import UTC, datetime
from uuid import UUID

import asyncpg

from events.silence import CaravanEnded, DeskFellSilent, ShelterFellSilent
from events.vocabulary import CaravanEnd
from services.chassis.clock import Clock
from services.chassis.database import Database
from services.chassis.errors import VersionConflictError
from services.chassis.identity import derived
from services.chassis.log import Append, Log
from services.chassis.workspace import Workspace
from services.referral.caravans import caravans_on
from services.referral.desks import Desks
from services.referral.silence import Watched, due, next_at
from services.referral.silence_policy import SilencePolicy
from services.referral.watches import Watching

AT_ONCE = 64
DUE = "select kind, code, next_at from watch where next_at <= $1 order by next_at limit $2"
OVER = "select caravan_id from caravan where ended_at is null and until <= $1 limit $2"
SEEN = "select coalesce(heard_at, known_at) from watch where kind = $1 and code = $2"
PUT_RIGHT = "update watch set next_at = $4 where kind = $1 and code = $2 and next_at = $3"


class Vigil:
    """Struck by the clockwork."""

    def __init__(self, *, log: Log, database: Database, clock: Clock, policy: SilencePolicy, desks: Desks) -> None:
        """By this clock and these thresholds."""
        self._log = log
        self._database = database
        self._clock = clock
        self._policy = policy
        self._watching = Watching(policy, desks)

    @property
    def actor(self) -> str:
        """How an event names it."""
        return f"clock:{self._policy.version}"

    async def strike(self) -> int:
        """Tells what is due by now; how many things were done."""
        now = self._clock()
        async with self._database.own_work() as connection:
            over = [UUID(int=row["caravan_id"].int) for row in await connection.fetch(OVER, now, AT_ONCE)]
            rows = {(row["kind"], row["code"]): row["next_at"] for row in await connection.fetch(DUE, now, AT_ONCE)}
            watched = await self._watching.watched(connection, rows) if rows else []
        tell = [self._tell(one, rows[one.kind, one.code]) for one in watched]
        return sum(await asyncio.gather(*map(self._end, over), *tell))

    async def _tell(self, watched: Watched, was_due: datetime) -> bool:
        event = due(watched, self._policy, self._clock())
        if event is None:  # wound by other thresholds than these
            at = next_at(watched, self._policy)
            async with self._database.reading() as connection:
                await connection.execute(PUT_RIGHT, watched.kind, watched.code, was_due, at)
            return at != was_due
        silent = isinstance(event, DeskFellSilent | ShelterFellSilent)
        what = "silent" if silent else "heard"
        command = derived(watched.stream, f"{what}/{_text(watched.silent_at)}/{_text(watched.heard_at)}/{event.since}")
        workspace = Workspace(self._log, self._clock)
        await workspace.load([watched.stream])
        workspace.record(watched.stream, event, case=None, actor=self.actor, cause=command)

        async def still(connection: asyncpg.Connection) -> None:
            """Whoever acts in this moment is faster."""
            if silent and await connection.fetchval(SEEN, watched.kind, watched.code) != watched.heard_at:
                raise VersionConflictError

        try:
            result = await self._log.append(Append(entries=workspace.entries, command=command, within=still))
        except VersionConflictError:
            return False
        return not result.repeated

    async def _end(self, caravan: UUID) -> bool:
        async with self._database.reading() as connection:
            found = next((one for one in (await caravans_on(connection)).on if one.id == caravan), None)
        if found is None:
            return False
        command = derived(caravan, "ran_out")
        workspace = Workspace(self._log, self._clock)
        await workspace.load([caravan])
        if any(isinstance(fact.event, CaravanEnded) for fact in workspace.history(caravan)):
            return False
        event = CaravanEnded(
            states=tuple(sorted(found.states)), shelters=tuple(sorted(found.shelters)), how=CaravanEnd.RAN_OUT
        )
        workspace.record(caravan, event, case=None, actor=self.actor, cause=command)
        try:
            result = await self._log.append(Append(entries=workspace.entries, command=command))
        except VersionConflictError:
            return False
        return not result.repeated


def _text(moment: datetime | None) -> str:
    return "" if moment is None else moment.astimezone(UTC).isoformat()
