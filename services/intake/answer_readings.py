"""The shelter that holds a case reads its coded answers, as far as it may; every reading is recorded before."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from events.continuity import AnswersRead
from services.chassis.access import Action, Principal, allowed
from services.chassis.clock import Clock
from services.chassis.errors import NotFoundError, ServiceError, VersionConflictError
from services.chassis.identity import derived
from services.chassis.keyring import Keyring
from services.chassis.log import Append, Log
from services.chassis.workspace import Workspace
from services.intake.case_commands import answers_of
from services.intake.continuity import held, readable

READERS = 8
"""Colleagues who read at once wait for each other's record."""
MOVED = "select (select max(version) from event where stream = $1) is distinct from $2"


class FrozenError(ServiceError):
    """A withdrawal waits to be checked: until then nobody reads anything."""

    code = "frozen"
    status = 409
    es = "Hay un retiro de consentimiento por comprobar: mientras tanto nadie lee los datos."
    en = "A withdrawal of consent waits to be checked: until then nobody reads the data."


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerReadings:
    """Hands the answers out, and records that it did."""

    log: Log
    keyring: Keyring
    clock: Clock

    async def answers(self, case: UUID, by: Principal) -> dict[str, Any]:
        """The coded answers, as far as the shelter that holds the case may know them. The reading is recorded first.

        Raises:
            NotFoundError: no such case, or another shelter's.
            FrozenError: a withdrawal waits to be checked.
            ErasedError: the person's data were erased.
        """
        stream = derived(case, "readings")
        for _ in range(READERS):
            workspace = Workspace(self.log, self.clock)
            await workspace.load([case, stream])
            found = held(workspace.history(case))
            if found is None or not allowed(by, Action.READ_ANSWERS, shelter=found.shelter):
                raise NotFoundError
            if found.frozen:
                raise FrozenError
            told = readable(found, await answers_of(found, self.keyring))
            version = workspace.history(case)[-1].version
            event = AnswersRead(shelter=found.shelter, fields=tuple(sorted(told)))
            workspace.record(stream, event, case=case, actor=by.actor, cause=found.answered)

            async def unmoved(connection: asyncpg.Connection, version: int = version) -> None:
                if await connection.fetchval(MOVED, case, version):
                    raise VersionConflictError

            try:
                await self.log.append(Append(entries=workspace.entries, within=unmoved))
            except VersionConflictError:
                continue
            return {"case_id": str(case), "answers": told}
        raise VersionConflictError
