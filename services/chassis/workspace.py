"""What a command or a reaction works on: the streams it read, and what it decided to record."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from events.contract import Event, Recorded
from services.chassis.clock import Clock
from services.chassis.entry import Entry
from services.chassis.identity import derived
from services.chassis.log import MAPPER, Log


class Workspace:
    """Reads streams at once, then hands out histories and gathers new events without any I/O.

    A reaction's events get ids derived from their cause, so that the same cause leads to the same ids
    whenever it is handled.
    """

    def __init__(self, log: Log, clock: Clock) -> None:
        """Reads from ``log``; events are recorded at the clock's time."""
        self._log = log
        self._clock = clock
        self._histories: dict[UUID, list[Recorded[Event]]] = {}
        self.entries: list[Entry] = []
        """What was recorded here, in order, ready to be appended."""
        self.upstream: dict[UUID, list[Recorded[Event]]] = {}
        """Streams of the log that is followed, read because a fact rests on earlier ones."""
        self.keys: dict[UUID, bytes] = {}
        """Keys that boxes at hand can be opened with, by key id."""

    async def load(self, streams: Iterable[UUID]) -> None:
        """Reads the streams that were not read yet, in one query."""
        missing = set(streams) - self._histories.keys()
        if missing:
            self._histories.update(await self._log.streams(missing))

    def begin(self, stream: UUID) -> None:
        """Declares a stream new, so that it need not be read. If it is not, the append will conflict."""
        self._histories.setdefault(stream, [])

    def history(self, stream: UUID) -> list[Recorded[Event]]:
        """A stream that was loaded or begun, with what was recorded here since."""
        return self._histories[stream]

    def now(self) -> datetime:
        """The service's time."""
        return self._clock()

    def next_version(self, stream: UUID) -> int:
        """The version that the next event of a stream will have; the first is 1."""
        history = self._histories[stream]
        return history[-1].version + 1 if history else 1

    def record(
        self,
        stream: UUID,
        event: Event,
        *,
        case: UUID | None,
        actor: str,
        occurred_at: datetime | None = None,
        cause: Recorded[Any] | UUID,
    ) -> Recorded[Event]:
        """Adds an event to a stream. ``cause`` is the event it follows from, or the command's id."""
        version = self.next_version(stream)
        cause_id = cause if isinstance(cause, UUID) else cause.id
        now = self._clock()
        recorded = Recorded(
            id=derived(cause_id, f"{stream}/{version}/{event.NAME}"),
            stream=stream,
            version=version,
            case=case,
            occurred_at=occurred_at or now,
            recorded_at=now,
            actor=actor,
            cause=cause_id,
            event=event,
        )
        self._histories[stream].append(recorded)
        self.entries.append(MAPPER.to_stored_event(recorded))
        return recorded
