"""A person's own contact: by which channels they are notified, never an address in full, and their quiet hours."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.chassis.authorization.policy import Principal
from services.chassis.database import Database
from services.notifications.contacts.masking import masked
from services.notifications.contacts.projections import AddressBook, read_contact

DESKS = "select distinct desk from roster where contact_id = $1 and desk <> '*' order by desk"


@dataclass(frozen=True, slots=True)
class OwnChannel:
    """One channel of a person, in their own order."""

    channel: str
    address: str
    """So far that they know it again."""
    usable: bool
    """Whether this installation sends by it."""


@dataclass(frozen=True, slots=True)
class OwnContact:
    """What a person sees of their own contact."""

    channels: Sequence[OwnChannel]
    quiet: tuple[int, int] | None
    """From and to, in minutes of the day."""
    time_zone: str
    disabled: bool
    desks: Sequence[str]
    """The desks, agencies and shelters whose alerts reach them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnContacts:
    """Reads the contact of whoever asks, and of nobody else."""

    database: Database
    book: AddressBook

    async def of(self, principal: Principal) -> OwnContact | None:
        """The principal's contact; ``None``: nobody wrote one down, or the principal is nobody's account."""
        if principal.person is None:
            return None
        await self.book.ready()
        async with self.database.reading() as connection:
            found = await read_contact(connection, principal.person)
            if found is None:
                return None
            desks = [row["desk"] for row in await connection.fetch(DESKS, principal.person)]
        channels = [
            OwnChannel(way.channel, masked(way.channel, way.target), way.channel in self.book.channels)
            for way in found.ways
        ]
        return OwnContact(channels, found.quiet, found.timezone, found.disabled, desks)
