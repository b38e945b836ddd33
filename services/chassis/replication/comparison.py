"""Whoever wants to know how a log compares with its stream."""

from typing import Protocol


class Comparing(Protocol):
    """Told by a relay each time that it compares. Whatever it raises interrupts the relay, which compares again."""

    async def begins(self) -> str:
        """A comparison begins. Returns the name of the database that is compared."""

    async def agrees(self, seen: str) -> None:
        """The log has all that its owner sealed in the stream; ``seen``: what ``begins`` returned."""

    async def differs(self) -> None:
        """The stream has what the log lacks."""
