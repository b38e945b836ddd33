"""The contacts of the staff as an administrator sees them: without addresses."""

from services.chassis.database import Database
from services.notifications.contacts.projections import AddressBook, read_contacts
from services.notifications.contacts.schemas import StaffContact, StaffContactList

DESKS = """
select contact_id, array_agg(distinct desk order by desk) as desks from roster where desk <> '*' group by contact_id
"""


async def list_contacts(database: Database, book: AddressBook) -> StaffContactList:
    """Every contact: its code, its channels in order, and the desks whose alerts reach it."""
    await book.ready()
    async with database.reading() as connection:
        found = await read_contacts(connection)
        desks = {row["contact_id"]: list(row["desks"]) for row in await connection.fetch(DESKS)}
    return StaffContactList(
        items=[
            StaffContact(
                contact=one.code,
                channels=[way.channel for way in one.ways],
                usable=[way.channel for way in one.ways if way.channel in book.channels],
                duty=one.duty,
                language=one.language,
                timezone=one.timezone,
                quiet=one.quiet is not None,
                disabled=one.disabled,
                told_by=desks.get(one.code, []),
            )
            for one in found
        ]
    )
