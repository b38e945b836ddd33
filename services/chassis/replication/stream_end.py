"""Finds where the copy of a log ends in its stream, and compares the last sealed message with the log."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass

from nats.js import JetStreamContext
from nats.js.api import RawStreamMsg
from nats.js.errors import NotFoundError

from services.chassis.eventlog.log_reader import LogReader
from services.chassis.liveness import beat
from services.chassis.messaging.streams import ensure_stream
from services.chassis.replication.outlet import SEAL, Outlet
from services.chassis.replication.provenance import Provenance, examine

ELECTION_SECONDS = 5
"""Seconds for a cluster to elect a leader, before a missing message counts as foreign."""


class DivergedError(Exception):
    """The log and its stream have different histories."""


@dataclass(frozen=True, slots=True)
class StreamEnd:
    """Where a log's copy ends in its stream."""

    position: int = 0
    """The last position in the stream."""
    own: int = 0
    """The sequence of the message at that position."""
    sequence: int = 0
    """The last sequence of the stream: ahead of ``own`` by foreign messages."""
    seal: str | None = None
    """The seal of the stream's last message; ``None``: it has none."""

    @property
    def foreign(self) -> int:
        """Messages in the stream that are not the log's."""
        return self.sequence - self.position


class EndOfStream:
    """Looks for the end of one service's stream, which is created if it does not exist."""

    def __init__(
        self, log: LogReader, jetstream: JetStreamContext, service: str, outlet: Outlet, *, replicas: int
    ) -> None:
        """``replicas``: copies of the stream, if it has to be created."""
        self._log = log
        self._jetstream = jetstream
        self._service = service
        self.outlet = outlet
        self._replicas = replicas
        self.takes_batches = False
        """Whether the stream stores batches as a whole, when it was last looked at."""

    async def find(self, before: StreamEnd) -> StreamEnd:
        """The end as it is now. ``before``: where it was, so that foreign messages are not read again and again.

        Raises:
            DivergedError: the owner sealed a message that the log does not have.
        """
        outlet = self.outlet
        found = await ensure_stream(self._jetstream, outlet.names, self._service, outlet.token, replicas=self._replicas)
        self.takes_batches = bool(found.config.allow_atomic)
        first, last = max(found.state.first_seq, 1), found.state.last_seq
        sequence = last
        while sequence >= first:
            message = await self._message(sequence, attempts=ELECTION_SECONDS if sequence == last else 1)
            if position := await self._own_position(message, sequence, before):
                seal = (message.headers or {}).get(SEAL) if message is not None and sequence == last else None
                return StreamEnd(position, sequence, last, seal)
            sequence -= 1
            if before.own < sequence <= before.sequence:
                sequence = before.own  # those in between are known to be foreign
            beat()
        return StreamEnd(sequence=last)

    async def _own_position(self, message: RawStreamMsg | None, sequence: int, before: StreamEnd) -> int:
        """The position of the entry that a message is the owner's copy of; 0: it is foreign.

        Raises:
            DivergedError: the owner sealed it, and the log does not have it.
        """
        provenance, copy = examine(message, sequence, self.outlet)
        if copy is None or (sequence > before.own > 0 and copy.position <= before.position):
            return 0  # not the owner's, or an old one that somebody has sent again
        entries = await self._log.entries(after=copy.position - 1, limit=1)
        if entries and entries[0].leaf_hash() == copy.leaf_hash():
            return copy.position
        if provenance is Provenance.SEALED:
            raise DivergedError
        return 0

    async def _message(self, sequence: int, *, attempts: int) -> RawStreamMsg | None:
        """A message; ``None``: it is missing. A node that was paused and believes that it leads may not have it yet."""
        for attempt in range(attempts):
            with suppress(NotFoundError):
                return await self._jetstream.get_msg(self.outlet.names.stream(self._service), seq=sequence)
            if attempt + 1 < attempts:
                await asyncio.sleep(1)
        return None
