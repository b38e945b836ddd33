"""What is asked of a case by staff or by whoever holds its slip: read it, decide, append; twice is once."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg

from events.contract import Event, Recorded
from events.intake import AnswersAmended, CaseOpened
from events.vocabulary import BoxClass
from services.chassis.boxes import Place, open_box
from services.chassis.clock import Clock
from services.chassis.errors import CommandIdReusedError, ErasedError, NotFoundError, VersionConflictError
from services.chassis.keyring import Keyring
from services.chassis.log import Append, Log
from services.chassis.rows import Rows
from services.chassis.workspace import Workspace
from services.intake.continuity import Held, held

ATTEMPTS = 5
Within = Callable[[asyncpg.Connection], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What a command leads to: facts of the case's, and rows that are written with them or not at all."""

    events: Sequence[Event] = ()
    rows: Rows = field(default_factory=dict)
    within: Within | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """The facts that a command led to, now or when it came first."""

    facts: Sequence[Recorded[Event]]
    repeated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseCommands:
    """Carries out commands on one case."""

    log: Log
    clock: Clock

    async def carry_out(
        self,
        case: UUID,
        command: UUID,
        actor: str,
        may: Callable[[Held], bool],
        decide: Callable[[Held], Awaitable[Decided]],
        same: Callable[[Event], bool],
    ) -> Done:
        """``same`` tells the last fact of this command from another's. Deciding nothing appends nothing.

        Raises:
            NotFoundError: no such case, or none of whoever asks.
            CommandIdReusedError: the id was used for something else.
        """
        for _ in range(ATTEMPTS):
            workspace = Workspace(self.log, self.clock)
            await workspace.load([case])
            found = held(workspace.history(case))
            if found is None or not may(found):
                raise NotFoundError
            before = await self.log.carried_out(command)
            if before is not None:
                last = before[-1] if before else None
                if last is None or (last.stream, last.actor) != (case, actor) or not same(last.event):
                    raise CommandIdReusedError
                return Done(facts=before, repeated=True)
            decided = await decide(found)
            facts = [workspace.record(case, one, case=case, actor=actor, cause=command) for one in decided.events]
            if not facts:
                return Done(facts=(), repeated=False)
            try:
                result = await self.log.append(
                    Append(entries=workspace.entries, command=command, rows=decided.rows, within=decided.within)
                )
            except VersionConflictError:
                continue
            if not result.repeated:
                return Done(facts=facts, repeated=False)
        raise VersionConflictError


async def answers_of(case: Held, keyring: Keyring) -> dict[str, Any]:
    """The answers as last amended.

    Raises:
        ErasedError: the person's key was destroyed.
    """
    fact = case.answered
    event = fact.event
    assert isinstance(event, CaseOpened | AnswersAmended)  # noqa: S101 - as ``held`` keeps it
    keys = await keyring.load([event.screening.key])
    place = Place(fact.stream, fact.version, event.NAME, BoxClass.SCREENING.value)
    answers = open_box(event.screening, place, keys)
    if answers is None:
        raise ErasedError
    return answers
