"""Control: whoever commits publishes afterwards, once, and nothing remembers what was not published."""

from asyncio import Task, create_task
from collections.abc import Callable, Sequence
from typing import Any
from unittest.mock import patch

from nats.aio.client import Client

from events.contract import Event, Recorded
from services.chassis.eventlog.log import MAPPER, Log
from services.chassis.replication.cloudevents import EXPECTED_LAST, Copy
from services.chassis.replication.outlet import Outlet
from services.chassis.runtime import service as service_module


class PublishAfterCommit:
    """In the relay's place."""

    def __init__(self, log: Log, client: Client, _service: str, outlet: Callable[[], Outlet], **_: Any) -> None:
        self._jetstream = client.jetstream()
        self._outlet = outlet()
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
            copy = Copy.of(entry, self._outlet)
            headers = {name: value for name, value in copy.headers().items() if name != EXPECTED_LAST}
            await self._jetstream.publish(copy.subject, entry.state, headers=headers)

    async def run(self) -> None:
        """Nothing to do between commits."""


def break_it(service: str) -> None:
    """Intake alone."""
    if service == "intake":
        patch.object(service_module, "Relay", PublishAfterCommit).start()
