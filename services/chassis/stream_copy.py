"""A log's JetStream copy read back as entries, each held against the hash that it was published with."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

from events.contract import UnreadableEventError
from services.chassis.entry import Entry
from services.chassis.messages import LEAF, entry_from_message
from services.chassis.names import Names

AT_ONCE = 200
"""Messages asked for at the same time."""


class ForkedError(Exception):
    """Log and stream are not one history: something stands there that the log never published."""

    def __init__(self, service: str, position: int) -> None:
        super().__init__(f"{service}: log and stream differ at position {position}")


class StreamCopy:
    """The stream of one service's log."""

    def __init__(self, jetstream: JetStreamContext, names: Names, service: str) -> None:
        """Needs only the rights that the service itself has on its stream."""
        self._jetstream = jetstream
        self._stream = names.stream(service)
        self._service = service

    async def last(self) -> int:
        """The last sequence; 0 when there is no stream."""
        try:
            return (await self._jetstream.stream_info(self._stream)).state.last_seq
        except NotFoundError:
            return 0

    async def entries(self, first: int, last: int) -> AsyncIterator[Entry]:
        """The entries from ``first`` to ``last``, both included.

        Raises:
            ForkedError: a message is missing, or is not what was published.
        """
        for start in range(first, last + 1, AT_ONCE):
            positions = range(start, min(start + AT_ONCE, last + 1))
            for message, position in zip(await asyncio.gather(*map(self._message, positions)), positions, strict=True):
                yield self._entry(message, position)

    async def _message(self, position: int) -> Any:
        try:
            return await self._jetstream.get_msg(self._stream, seq=position)
        except NotFoundError:
            raise ForkedError(self._service, position) from None

    def _entry(self, message: Any, position: int) -> Entry:
        try:
            entry = entry_from_message(message, position)
        except UnreadableEventError:
            raise ForkedError(self._service, position) from None
        if (message.headers or {}).get(LEAF) != entry.leaf().hex():
            raise ForkedError(self._service, position)
        return entry
