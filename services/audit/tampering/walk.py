"""One pass over a log: every entry up to its last checkpoint is compared, and the hashes with what was signed."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from events.vocabulary import Tampering
from services.audit.ledger.growth import EMPTY, Edge, grown
from services.audit.ledger.queries import last_checkpoint
from services.audit.tampering.domain import Difference, Suspect, differences
from services.audit.tampering.queries import compared, outside
from services.chassis.database import Database

MAX_SUSPECTS = 1_000
"""Altered positions of which one pass keeps the content, at most 65 kB each; those after them are counted."""
MAX_TOLD = 200
"""Differences that one pass tells."""


@dataclass(slots=True)
class Walk:
    """A pass over one log. Its memory does not grow with the log."""

    database: Database
    log: str
    size: int = 0
    """Up to which position is compared: the size of the last checkpoint when the pass began."""
    root: bytes = b""
    """The root that was signed."""
    position: int = 0
    """The last position that was compared."""
    suspects: list[Suspect] = field(default_factory=list)
    unlisted: int = 0
    lost_tiles: int | None = None
    """The first position whose hash is not stored any more."""
    edge: Edge = EMPTY

    @property
    def over(self) -> bool:
        """Whether every position was compared."""
        return self.position >= self.size

    async def begin(self) -> None:
        """Reads up to where the log was sealed.

        Raises:
            StoreUnavailableError: PostgreSQL cannot be reached.
        """
        async with self.database.reading() as connection:
            checkpoint = await last_checkpoint(connection, self.log)
            if checkpoint is not None:
                self.size, self.root = checkpoint.size, checkpoint.root
                self._keep(await outside(connection, self.log))

    async def step(self, count: int) -> None:
        """Compares the next positions, at most ``count``.

        Raises:
            StoreUnavailableError: PostgreSQL cannot be reached.
        """
        first = self.position + 1
        count = min(count, self.size - self.position)
        async with self.database.reading() as connection:
            found = await compared(connection, self.log, first, count)
        self._keep(found.suspects)
        if len(found.leaves) < count and self.lost_tiles is None:
            self.lost_tiles = first + len(found.leaves)
        if self.lost_tiles is None:
            self.edge, _ = grown(self.edge, found.leaves)
        self.position += count

    def differences(self) -> list[Difference]:
        """What was altered, the first positions first; at most ``MAX_TOLD``."""
        told = differences(self.log, self.suspects, self.unlisted)[:MAX_TOLD]
        if self.over and self.size and (self.lost_tiles is not None or self.edge.root() != self.root):
            begin = self.lost_tiles or 1
            told.append(Difference(log=self.log, position=begin, last=self.size, kind=Tampering.RESEALED))
        return told

    @property
    def told_whole(self) -> bool:
        """Whether every difference is in ``differences``."""
        return not self.unlisted and len(self.suspects) <= MAX_TOLD

    def _keep(self, suspects: Sequence[Suspect]) -> None:
        room = MAX_SUSPECTS - len(self.suspects)
        self.suspects += suspects[:room]
        self.unlisted += len(suspects[room:]) if room < len(suspects) else 0
