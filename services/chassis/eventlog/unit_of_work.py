"""What a command or a reaction works on: the streams that it loaded and the events that it recorded."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from events.contract import Event, Recorded
from services.chassis.clock import Clock
from services.chassis.eventlog.log import MAPPER, Log
from services.chassis.eventlog.log_entry import LogEntry
from services.chassis.ids import uuid5


class UnitOfWork:
    """Loads streams in one query, then returns histories and records new events without any I/O.

    The ids of new events are derived from their cause, so that handling the same cause again leads to the same ids.
    """

    def __init__(self, log: Log, clock: Clock) -> None:
        """Reads from ``log``; events are recorded at the clock's time."""
        self._log = log
        self._clock = clock
        self._histories: dict[UUID, list[Recorded[Event]]] = {}
        self.entries: list[LogEntry] = []
        """The recorded events in order, ready to be appended."""
        self.upstream: dict[UUID, list[Recorded[Event]]] = {}
        """Histories in the followed log that an event of it depends on, by stream."""
        self.keys: dict[UUID, bytes] = {}
        """The loaded keys, 32 bytes each, by key id."""

    async def load(self, streams: Iterable[UUID]) -> None:
        """Loads those of the streams that are not loaded yet, in one query."""
        missing = set(streams) - self._histories.keys()
        if missing:
            self._histories.update(await self._log.streams(missing))

    def begin(self, stream: UUID) -> None:
        """Declares a stream new, so that it need not be loaded. If it is not new, the append will conflict."""
        self._histories.setdefault(stream, [])

    def has(self, stream: UUID) -> bool:
        """Whether a stream was loaded or begun."""
        return stream in self._histories

    def history(self, stream: UUID) -> list[Recorded[Event]]:
        """The events of a stream that was loaded or begun, with those recorded since.

        Raises:
            KeyError: the stream was neither loaded nor begun.
        """
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
        """Adds an event to a stream. ``cause`` is the event that led to it, or the command's id."""
        version = self.next_version(stream)
        cause_id = cause if isinstance(cause, UUID) else cause.id
        now = self._clock()
        recorded = Recorded(
            id=uuid5(cause_id, f"{stream}/{version}/{event.NAME}"),
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
