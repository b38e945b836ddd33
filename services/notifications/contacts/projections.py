"""Stores contacts with their addresses, and the on-call roster that follows from them.

Addresses stay in these tables. An event names the changed contacts by code only; the tables change in its
transaction, and deliveries queued for a contact that can no longer be notified move to a substitute.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import asyncpg

from events.vocabulary import Duty
from services.chassis.clock import Clock
from services.chassis.eventlog.append import Append
from services.chassis.eventlog.log import Log
from services.notifications.contacts.domain import Contact, Way
from services.notifications.contacts.roster import Roster, resolve_roster

Change = Callable[[asyncpg.Connection], Any]
"""Runs in the transaction of the event that records the change."""

HAS_IMPORTED = "select exists (select from contact where imported)"
REMOVE_OTHERS = "delete from contact where contact_id <> all($1::text[])"
STORE_CONTACT = """
insert into contact (contact_id, agency, duty, desk, timezone, quiet_from, quiet_to, language, imported)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
on conflict (contact_id) do update set agency = excluded.agency, duty = excluded.duty, desk = excluded.desk,
  timezone = case when contact.quiet_own then contact.timezone else excluded.timezone end,
  quiet_from = case when contact.quiet_own then contact.quiet_from else excluded.quiet_from end,
  quiet_to = case when contact.quiet_own then contact.quiet_to else excluded.quiet_to end,
  language = excluded.language, imported = excluded.imported
"""
"""Quiet hours that a person has set stay, whatever a file of contacts says later (ADR 0037)."""
REMOVE_WAYS = "delete from contact_way"
STORE_WAY = "insert into contact_way (contact_id, place, way, channel, target) values ($1, $2, $2, $3, $4)"
USABLE_WAYS_FIRST = """
update contact_way set way = tried.way
from (select contact_id, place,
        row_number() over (partition by contact_id order by channel = any($1::text[]) desc, place) as way
      from contact_way) tried
where contact_way.contact_id = tried.contact_id and contact_way.place = tried.place and contact_way.way <> tried.way
"""
ALL_CONTACTS = """
select c.*, array_agg(w.channel order by w.place) as channels, array_agg(w.target order by w.place) as targets
from contact c join contact_way w using (contact_id) group by c.contact_id order by min(w.place), c.contact_id
"""
ONE_CONTACT = """
select c.*, array_agg(w.channel order by w.place) as channels, array_agg(w.target order by w.place) as targets
from contact c join contact_way w using (contact_id) where c.contact_id = $1 group by c.contact_id
"""
SET_QUIET = """
update contact set quiet_from = $2, quiet_to = $3, timezone = $4, quiet_own = true where contact_id = $1
"""
EMPTY_ROSTER = "delete from roster"
STORE_ENTRY = "insert into roster (desk, duty, contact_id, place, stands_in) values ($1, $2, $3, $4, $5)"
MOVE_DELIVERIES = """
with gone as (
  delete from delivery where not exists (
    select from contact c join contact_way w using (contact_id)
    where c.contact_id = delivery.contact_id and w.way = delivery.way and w.channel = delivery.channel
      and not c.disabled)
  returning *
), moved as (
  select distinct on (gone.alert_id, recipient.contact_id) gone.*, recipient.contact_id as to_contact,
    recipient.stands_in as substitute, way.channel as by_channel
  from (select * from gone where notice is null) gone
  cross join lateral (
    select * from roster where roster.duty = gone.duty and roster.desk = coalesce(
      (select own.desk from roster own where own.desk = gone.desk limit 1),
      case when gone.duty in ('shelter', 'shelter_coordinator') or gone.desk = '*' then '*' else gone.agency end)
  ) recipient
  join contact_way way on way.contact_id = recipient.contact_id and way.way = 1
  order by gone.alert_id, recipient.contact_id
)
insert into delivery (alert_id, contact_id, referral_id, case_id, agency, urgency, code, channel, due_at, escalation,
  desk, duty, stands_in, attempts, raised_at, about, caravan)
select alert_id, to_contact, referral_id, case_id, agency, urgency, code, by_channel, $1, escalation,
  desk, duty, substitute, attempts, raised_at, about, caravan
from moved on conflict (alert_id, contact_id) do nothing
"""
"""Moves what is queued for a contact that is gone, disabled or reached by another channel to the contacts that the
roster names instead. A notice of a shift or a test is for that one person and ends with them."""
ON_DUTY = "select desk, people from on_duty"


class AddressBook:
    """Keeps the contacts, and a roster that agrees with them and with the directory."""

    def __init__(
        self,
        *,
        log: Log,
        roster: Roster,
        default: Callable[[], Sequence[Contact]],
        channels: Iterable[str],
        clock: Clock,
    ) -> None:
        """``default`` reads the contacts that are in force until others are imported."""
        self._log = log
        self._roster = roster
        self._default = default
        self.channels = tuple(channels)
        self._clock = clock
        self._is_stored = False

    async def ready(self) -> None:
        """Stores contacts and roster once after the start; nobody is alerted before that.

        Raises:
            StoreUnavailableError: PostgreSQL cannot be reached; call it again.
        """
        if not self._is_stored:
            await self._log.append(Append(in_transaction=self._store))
            self._is_stored = True

    async def _store(self, connection: asyncpg.Connection) -> None:
        if not await connection.fetchval(HAS_IMPORTED):
            await replace_contacts(connection, self._default(), imported=False)
        await self.rebuild_roster(connection)

    async def rebuild_roster(self, connection: asyncpg.Connection) -> None:
        """Resolves and stores the roster in the transaction of a change, and moves queued deliveries accordingly."""
        await connection.execute(USABLE_WAYS_FIRST, list(self.channels))
        contacts = await read_contacts(connection)
        entries = resolve_roster(self._roster, contacts, self.channels, await read_on_duty(connection))
        await connection.execute(EMPTY_ROSTER)
        await connection.executemany(STORE_ENTRY, [tuple(entry) for entry in entries])
        await connection.execute(MOVE_DELIVERIES, self._clock())

    def importing(self, new: Sequence[Contact]) -> Change:
        """The change that replaces all contacts by these."""
        return partial(self._change, lambda connection: replace_contacts(connection, new, imported=True))

    def disabling(self, code: str, *, disabled: bool) -> Change:
        """The change that removes a contact from the roster, or restores it."""
        statement = "update contact set disabled = $2 where contact_id = $1"
        return partial(self._change, lambda connection: connection.execute(statement, code, disabled))

    def setting_quiet_hours(self, code: str, quiet: tuple[int, int] | None, timezone: str) -> Change:
        """The change that sets a person's own quiet hours; ``None``: they have none."""
        hours = quiet or (None, None)
        return partial(self._change, lambda connection: connection.execute(SET_QUIET, code, *hours, timezone))

    async def _change(self, change: Change, connection: asyncpg.Connection) -> None:
        await change(connection)
        await self.rebuild_roster(connection)


async def replace_contacts(connection: asyncpg.Connection, new: Sequence[Contact], *, imported: bool) -> None:
    """Stores these contacts and removes all others. Disabled contacts stay disabled."""
    await connection.execute(REMOVE_OTHERS, [one.code for one in new])
    rows = [
        (
            one.code,
            one.agency or "",
            one.duty,
            one.desk,
            one.timezone,
            *(one.quiet or (None, None)),
            one.language,
            imported,
        )
        for one in new
    ]
    await connection.executemany(STORE_CONTACT, rows)
    await connection.execute(REMOVE_WAYS)
    ways = [(one.code, at, *way) for one in new for at, way in enumerate(one.ways, start=1)]
    await connection.executemany(STORE_WAY, ways)


async def read_contacts(connection: asyncpg.Connection) -> list[Contact]:
    """All contacts, with their addresses."""
    return [_contact(row) for row in await connection.fetch(ALL_CONTACTS)]


async def read_contact(connection: asyncpg.Connection, code: str) -> Contact | None:
    """One contact, with its addresses; ``None``: there is none of that code."""
    row = await connection.fetchrow(ONE_CONTACT, code)
    return None if row is None else _contact(row)


async def read_on_duty(connection: asyncpg.Connection) -> Mapping[str, tuple[str, ...]]:
    """By desk, who took it over at the last shift handover."""
    return {row["desk"]: tuple(row["people"]) for row in await connection.fetch(ON_DUTY)}


def _contact(row: Any) -> Contact:
    return Contact(
        code=row["contact_id"],
        agency=row["agency"] or None,
        desk=row["desk"],
        duty=None if row["duty"] is None else Duty(row["duty"]),
        ways=tuple(Way(*pair) for pair in zip(row["channels"], row["targets"], strict=True)),
        timezone=row["timezone"],
        quiet=None if row["quiet_from"] is None else (row["quiet_from"], row["quiet_to"]),
        language=row["language"],
        disabled=row["disabled"],
    )
