"""Control: whoever commits publishes afterwards, once, and nothing remembers what was not published."""

from asyncio import Task, create_task
from collections.abc import Sequence
from typing import Any
from unittest.mock import patch

from nats.aio.client import Client

from events.contract import Event, Recorded
from services.chassis import service as composition
from services.chassis.log import MAPPER, Log
from services.chassis.messages import EXPECTED_LAST, headers_of, subject_of
from services.chassis.names import Names


class PublishAfterCommit:
    """In the relay's place."""

    def __init__(self, log: Log, client: Client, names: Names, _service: str, **_: Any) -> None:
        self._jetstream = client.jetstream()
        self._names = names
        self._tasks: set[Task[Any]] = set()
        self.copied = 0
        self.connected = True
        log.compared.set()
        log.listen(self._committed)

    def _committed(self, batch: Sequence[Recorded[Event]]) -> None:
        task = create_task(self._publish(batch))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _publish(self, batch: Sequence[Recorded[Event]]) -> None:
        for recorded in batch:
            entry = MAPPER.to_stored_event(recorded)
            headers = {name: value for name, value in headers_of(entry).items() if name != EXPECTED_LAST}
            await self._jetstream.publish(subject_of(entry, self._names), entry.state, headers=headers)

    async def run(self) -> None:
        """Nothing to do between commits."""


def break_it(service: str) -> None:
    """Intake alone."""
    if service == "intake":
        patch.object(composition, "Relay", PublishAfterCommit).start()
