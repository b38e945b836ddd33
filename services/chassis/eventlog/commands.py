"""Carries out commands: load the streams, recognise a repeated command id, decide, append, retry after a conflict.

One id is one command. Repeated by the same actor with the same content it gets its first result; any other use of the
id is refused, so that no caller gets a confirmation of something that was not done.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

import asyncpg

from events.contract import Event, Recorded
from services.chassis.clock import Clock
from services.chassis.errors import CommandIdReusedError, VersionConflictError
from services.chassis.eventlog.append import Append
from services.chassis.eventlog.log import Log
from services.chassis.eventlog.side_rows import Rows
from services.chassis.eventlog.unit_of_work import UnitOfWork

T = TypeVar("T")

MAX_ATTEMPTS = 8
"""Attempts after a conflict: colleagues, or the escalation job, may append several events in between."""

InTransaction = Callable[[asyncpg.Connection], Awaitable[None]]
"""Runs in the transaction of the append; if it fails, the append is rolled back."""
Facts = Sequence[Recorded[Event]]
Same = Callable[[Facts], bool | Awaitable[bool]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A decision: what is committed together with the recorded events, and the caller's answer."""

    side_rows: Rows = field(default_factory=dict)
    in_transaction: InTransaction | None = None
    answer: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """The events of a command, from now or from when it was first carried out; none if nothing was decided."""

    facts: Facts
    repeated: bool
    work: UnitOfWork
    answer: Any = None
    """As decided; ``None`` for a repeated command, whose answer follows from its facts."""


async def execute(
    log: Log,
    clock: Clock,
    command: UUID | None,
    actor: str | None,
    streams: Sequence[UUID],
    *,
    decide: Callable[[T, UnitOfWork], Awaitable[Decided | None]],
    same: Same | None = None,
    admit: Callable[[UnitOfWork], Awaitable[T]] | None = None,
) -> Done:
    """Carries out one command, or records one reading, on the streams that it loads.

    Args:
        log: The service's log.
        clock: The service's clock.
        command: The caller's id. ``None``: never a repetition, as for a reading.
        actor: Who sends the command. ``None``: anybody who repeats it gets the first result; only for an id that is
            derived from the content of the command.
        streams: Loaded first. A repeated command must have recorded an event in the first of them.
        decide: Records events in the unit of work. If it records none, nothing is appended and the id stays unused.
        same: Compares the events that this id led to with this command. Omitted only for an id that is derived from
            the content of the command.
        admit: Authorises the caller and returns what ``decide`` works on. It runs before the id is looked up, so that
            an id discloses nothing to a caller without access.

    Raises:
        CommandIdReusedError: the id was used for another stream, by another actor or with other content.
        VersionConflictError: others appended first in every attempt.
    """
    for _ in range(MAX_ATTEMPTS):
        work = UnitOfWork(log, clock)
        await work.load(streams)
        admitted: Any = None if admit is None else await admit(work)
        before = None if command is None else await log.carried_out(command)
        if before is not None:
            if not await _is_same(before, actor, streams, same):
                raise CommandIdReusedError
            return Done(facts=before, repeated=True, work=work)
        decided = await decide(admitted, work) or Decided()
        facts = [entry.typed for entry in work.entries if entry.typed is not None]
        if facts:
            append = Append(
                entries=work.entries,
                command=command,
                side_rows=decided.side_rows,
                in_transaction=decided.in_transaction,
            )
            try:
                appended = await log.append(append)
            except VersionConflictError:
                continue  # read again, so that a refusal says what happened
            if appended.repeated:
                continue  # the same command came twice at once: the next look finds its first result
        return Done(facts=facts, repeated=False, work=work, answer=decided.answer)
    raise VersionConflictError


def led_to(kind: type[Event], **said: Any) -> Callable[[Facts], bool]:
    """Makes the ``same`` of a command that records one event of this kind with these field values."""
    return lambda facts: any(
        type(fact.event) is kind and all(getattr(fact.event, name) == value for name, value in said.items())
        for fact in facts
    )


async def _is_same(before: Facts, actor: str | None, streams: Sequence[UUID], same: Same | None) -> bool:
    about = [fact for fact in before if not streams or fact.stream == streams[0]]
    if not about or actor not in (None, about[0].actor):
        return False
    found = same is None or same(before)
    return found if isinstance(found, bool) else await found
