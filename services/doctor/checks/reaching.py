"""Whom alerts reach: every desk of the directory must have somebody with a channel that there is."""

from collections.abc import Sequence

from events.vocabulary import Duty
from services.doctor.domain import Code, Found, fails, holds
from services.doctor.ground import Ground
from services.doctor.looking import Look
from services.notifications.app import channels
from services.notifications.contacts.file_format import Known
from services.notifications.contacts.loader import load_contacts
from services.notifications.contacts.projections import read_contacts, read_on_duty
from services.notifications.contacts.roster import resolve_roster
from services.system import roster


async def desks(ground: Ground) -> list[Found]:
    """Resolves whom each desk's alerts are for, as the notification service does. No address is told."""
    async with ground.database("notifications").as_system() as connection:
        contacts, on_duty = await read_contacts(connection), await read_on_duty(connection)
    listed, there = roster(), frozenset(channels(ground.settings))
    contacts = contacts or load_contacts(ground.settings.contacts, Known(listed.shelters, listed.people))
    usable = {one.code for one in contacts if not one.disabled and any(way.channel in there for way in one.ways)}
    entries = resolve_roster(listed, contacts, there, on_duty)
    reached = {entry.desk for entry in entries if entry.duty == Duty.DESK and entry.contact in usable}
    alone = sorted(set(listed.desks) - reached)
    return [fails(Code.REACHED, desk) for desk in alone] or [holds(Code.REACHED, desks=len(listed.desks))]


LOOKS: Sequence[Look] = (Look((Code.REACHED,), desks),)
