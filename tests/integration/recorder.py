"""Our log as the ``eventsourcing`` library sees a recorder, so that its conformance suites can be run against it.

The library has no async code: the log lives on a loop in a thread of its own, and every call waits for it.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Coroutine, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID, uuid4

from eventsourcing.persistence import (
    ApplicationRecorder,
    IntegrityError,
    Notification,
    ProcessRecorder,
    StoredEvent,
    Subscription,
    Tracking,
)

from services.chassis.database import Database
from services.chassis.errors import StaleProgressError, VersionConflictError
from services.chassis.eventlog.append import Append, Progress
from services.chassis.eventlog.log import Log
from services.chassis.eventlog.log_entry import LogEntry
from services.chassis.eventlog.sql import ENTRY_COLUMNS, from_row

T = TypeVar("T")

PATIENCE = 60.0
PAGE = 500


class LogRecorder(ProcessRecorder):
    """A synchronous facade. What the library does not know (ids, cases, times) is made up here."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._appended = threading.Condition()
        self._log = Log(database, listeners=[self._tell])
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="log", daemon=True)
        self._thread.start()
        self._loop.call_soon_threadsafe(self._log.start)

    def close(self) -> None:
        self._wait(self._log.stop())
        self._wait(self._database.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def insert_events(
        self, stored_events: Sequence[StoredEvent], *, tracking: Tracking | None = None, **_options: Any
    ) -> Sequence[int] | None:
        progress = None
        if tracking is not None:
            progress = Progress(upstream=tracking.application_name, after=None, position=tracking.notification_id)
        request = Append(entries=[_entry(event) for event in stored_events], progress=progress)
        try:
            appended = self._wait(self._log.append(request))
        except (VersionConflictError, StaleProgressError) as error:
            raise IntegrityError from error
        return range_of(appended.first_position, appended.events)

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        query = f"""select {ENTRY_COLUMNS} from event where stream = $1
            and ($2::integer is null or version > $2) and ($3::integer is null or version <= $3)
            order by version {"desc" if desc else "asc"} limit $4"""

        async def select() -> list[StoredEvent]:
            async with self._database.reading() as connection:
                rows = await connection.fetch(query, originator_id, gt, lte, limit)
            return [_stored(from_row(row)) for row in rows]

        return self._wait(select())

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        after = max((start or 0) - inclusive_of_start, 0)
        return self._wait(self._select(after, limit, stop, topics))

    async def _select(self, after: int, limit: int, stop: int | None, topics: Sequence[str]) -> list[Notification]:
        found: list[Notification] = []
        while len(found) < limit:
            page = await self._log.entries(after=after, limit=PAGE)
            found += [
                _notification(entry)
                for entry in page
                if (not topics or entry.topic in topics) and (stop is None or entry.position <= stop)
            ]
            if len(page) < PAGE:
                break
            after = page[-1].position
        return found[:limit]

    def max_notification_id(self) -> int | None:
        return self._wait(self._log.head()) or None

    def insert_tracking(self, tracking: Tracking) -> None:
        self.insert_events([], tracking=tracking)

    def max_tracking_id(self, application_name: str) -> int | None:
        return self._wait(self._log.progress(application_name)).position or None

    def subscribe(self, gt: int | None = None, topics: Sequence[str] = ()) -> Subscription[ApplicationRecorder]:
        return _LogSubscription(self, gt, topics)

    def wait_for_append(self) -> None:
        """Returns after the next commit, or soon anyway: somebody else may write to the log too."""
        with self._appended:
            self._appended.wait(0.1)

    def _tell(self, _events: Sequence[Any]) -> None:
        with self._appended:
            self._appended.notify_all()

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        if threading.current_thread() is self._thread:
            work.close()
            raise RuntimeError("called on the loop's own thread, it would wait for itself")
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE)


class StreamRecorder(LogRecorder):
    """The same log for whoever knows streams only: there is no order between them, so no numbers are told."""

    def insert_events(self, stored_events: Sequence[StoredEvent], **options: Any) -> None:
        super().insert_events(stored_events, **options)


class _LogSubscription(Subscription[ApplicationRecorder]):
    def __init__(self, recorder: LogRecorder, gt: int | None, topics: Sequence[str]) -> None:
        super().__init__(recorder=recorder, gt=gt, topics=topics)
        self._log = recorder
        self._found: deque[Notification] = deque()

    def __next__(self) -> Notification:
        while not self._has_been_stopped:
            if self._found:
                return self._found.popleft()
            self._found += self._log.select_notifications(
                self._last_notification_id or 0, PAGE, topics=self._topics, inclusive_of_start=False
            )
            if self._found:
                self._last_notification_id = self._found[-1].id
            else:
                self._log.wait_for_append()
        raise StopIteration


def range_of(first: int, events: int) -> list[int]:
    return list(range(first, first + events))


def _entry(event: StoredEvent) -> LogEntry:
    return LogEntry(
        originator_id=event.originator_id,
        originator_version=event.originator_version,
        topic=event.topic,
        state=event.state,
        id=uuid4(),
        case=None,
        recorded_at=datetime.now(UTC),
    )


def _stored(entry: LogEntry) -> StoredEvent:
    return StoredEvent(
        originator_id=entry.originator_id,
        originator_version=entry.originator_version,
        topic=entry.topic,
        state=entry.state,
    )


def _notification(entry: LogEntry) -> Notification:
    return Notification(
        id=entry.position,
        originator_id=entry.originator_id,
        originator_version=entry.originator_version,
        topic=entry.topic,
        state=entry.state,
    )
