"""Admits people while the service's log agrees with its stream, and nobody while the stream knows better (ADR 0038)."""

from services.audit.security.queries import admit, admit_nobody, this_database
from services.chassis.database import Database


class Doorkeeper:
    """Told by the relay of what it compares; see ``services.chassis.replication.comparison``."""

    def __init__(self, database: Database) -> None:
        """Writes with the service's own role."""
        self._database = database

    async def begins(self) -> str:
        """The name of the database that is compared."""
        return await this_database(self._database)

    async def agrees(self, seen: str) -> None:
        """Admits people to the database that was compared, and not to one that took its place meanwhile."""
        await admit(self._database, seen)

    async def differs(self) -> None:
        """Admits nobody but the operators of this machine."""
        await admit_nobody(self._database)
