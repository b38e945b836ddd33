"""Reads a log's JetStream copy back as entries, and says of each how it is vouched for."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

from services.chassis.eventlog.log_entry import LogEntry
from services.chassis.replication.outlet import Outlet
from services.chassis.replication.provenance import Provenance, examine

PARALLEL_REQUESTS = 200
"""Messages requested at the same time."""


class ForkedError(Exception):
    """Log and stream have different histories: the stream lacks an entry, or has one that the log never published."""

    def __init__(self, service: str, position: int) -> None:
        super().__init__(f"{service}: log and stream differ at position {position}")


class StreamCopy:
    """The stream of one service's log."""

    def __init__(self, jetstream: JetStreamContext, service: str, outlet: Outlet) -> None:
        """Needs only the service's own rights on its stream."""
        self._jetstream = jetstream
        self._stream = outlet.names.stream(service)
        self._outlet = outlet
        self.service = service

    async def end(self) -> int:
        """The last sequence; 0 when there is no stream. Foreign messages put it ahead of the last position."""
        try:
            return (await self._jetstream.stream_info(self._stream)).state.last_seq
        except NotFoundError:
            return 0

    async def messages(self, first: int) -> AsyncIterator[tuple[Provenance, LogEntry | None]]:
        """What each message is from sequence ``first`` to the end, in order; a missing one counts as foreign.

        A position is never beyond its sequence, so the copy of position ``n`` is at sequence ``n`` or later.
        """
        end = await self.end()
        for start in range(max(first, 1), end + 1, PARALLEL_REQUESTS):
            sequences = range(start, min(start + PARALLEL_REQUESTS, end + 1))
            found = await asyncio.gather(*map(self._message, sequences))
            for message, sequence in zip(found, sequences, strict=True):
                yield examine(message, sequence, self._outlet)

    async def _message(self, sequence: int) -> Any:
        try:
            return await self._jetstream.get_msg(self._stream, seq=sequence)
        except NotFoundError:
            return None
