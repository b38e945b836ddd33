"""The contacts as a mutable table, and the roster that follows from it: whom an alert for a desk's duty is for.

Addresses stay in here. What events say of a change is which contacts it touched, by their codes; the table changes in
the transaction of that event, and with it what is queued for a contact who can no longer be told.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import asyncpg

from events.vocabulary import Duty
from services.chassis.clock import Clock
from services.chassis.log import Append, Log
from services.notifications.contacts import Contact, Way
from services.notifications.whom import Place, Roster, places

Rewrite = Callable[[asyncpg.Connection], Any]

HAS_IMPORTED = "select exists (select from contact where imported)"
KEEP = "delete from contact where contact_id <> all($1::text[])"
CONTACT = """
insert into contact (contact_id, agency, duty, desk, timezone, quiet_from, quiet_to, language, imported)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
on conflict (contact_id) do update set agency = excluded.agency, duty = excluded.duty, desk = excluded.desk,
  timezone = excluded.timezone, quiet_from = excluded.quiet_from, quiet_to = excluded.quiet_to,
  language = excluded.language, imported = excluded.imported
"""
FORGET_WAYS = "delete from contact_way"
WAY = "insert into contact_way (contact_id, place, way, channel, target) values ($1, $2, $2, $3, $4)"
USABLE_FIRST = """
update contact_way set way = tried.way
from (select contact_id, place,
        row_number() over (partition by contact_id order by channel = any($1::text[]) desc, place) as way
      from contact_way) tried
where contact_way.contact_id = tried.contact_id and contact_way.place = tried.place and contact_way.way <> tried.way
"""
KNOWN = """
select c.*, array_agg(w.channel order by w.place) as channels, array_agg(w.target order by w.place) as targets
from contact c join contact_way w using (contact_id) group by c.contact_id order by min(w.place), c.contact_id
"""
EMPTY_ROSTER = "delete from roster"
ROSTER = "insert into roster (desk, duty, contact_id, place, stands_in) values ($1, $2, $3, $4, $5)"
MOVE = """
with gone as (
  delete from delivery where not exists (
    select from contact c join contact_way w using (contact_id)
    where c.contact_id = delivery.contact_id and w.way = delivery.way and w.channel = delivery.channel
      and not c.disabled)
  returning *
), moved as (
  select distinct on (gone.alert_id, told.contact_id) gone.*, told.contact_id as to_whom, told.stands_in as standing,
    way.channel as by
  from gone
  cross join lateral (
    select * from roster where roster.duty = gone.duty and roster.desk = coalesce(
      (select known.desk from roster known where known.desk = gone.desk limit 1), gone.agency)) told
  join contact_way way on way.contact_id = told.contact_id and way.way = 1
  order by gone.alert_id, told.contact_id
)
insert into delivery (alert_id, contact_id, referral_id, case_id, agency, urgency, code, channel, due_at, escalation,
  desk, duty, stands_in, attempts, raised_at, about, caravan)
select alert_id, to_whom, referral_id, case_id, agency, urgency, code, by, $1, escalation,
  desk, duty, standing, attempts, raised_at, about, caravan
from moved on conflict (alert_id, contact_id) do nothing
"""
"""What is queued for somebody who is gone, disabled or reached otherwise goes to whoever is told in their stead now."""
ON_DUTY = "select desk, people from on_duty"


class AddressBook:
    """Keeps the table, and the roster in line with it and with the directory."""

    def __init__(
        self,
        *,
        log: Log,
        roster: Roster,
        first: Callable[[], Sequence[Contact]],
        channels: Iterable[str],
        clock: Clock,
    ) -> None:
        """``first`` are the contacts of a settings' file or the starting ones: in force until others are imported."""
        self._log = log
        self._roster = roster
        self._first = first
        self.channels = tuple(channels)
        self._clock = clock
        self._kept = False

    async def ready(self) -> None:
        """Returns when the tables say what is known; nobody is alerted before that.

        Raises:
            StoreUnavailableError: PostgreSQL cannot be reached; ask again.
        """
        if not self._kept:
            await self._log.append(Append(within=self._begin))
            self._kept = True

    async def _begin(self, connection: asyncpg.Connection) -> None:
        if not await connection.fetchval(HAS_IMPORTED):
            await put(connection, self._first(), imported=False)
        await self.rewrite(connection)

    async def rewrite(self, connection: asyncpg.Connection) -> None:
        """Draws the roster up anew, in the transaction of whatever changed, and moves what is queued."""
        await connection.execute(USABLE_FIRST, list(self.channels))
        known = [_contact(row) for row in await connection.fetch(KNOWN)]
        drawn = places(self._roster, known, self.channels, await on_duty(connection))
        await connection.execute(EMPTY_ROSTER)
        await connection.executemany(ROSTER, [tuple(place) for place in drawn])
        await connection.execute(MOVE, self._clock())

    def importing(self, new: Sequence[Contact]) -> Rewrite:
        """What puts these in the place of all that were known."""
        return partial(self._change, lambda connection: put(connection, new, imported=True))

    def disabling(self, code: str, *, disabled: bool) -> Rewrite:
        """What takes somebody out of the roster, or back in."""
        statement = "update contact set disabled = $2 where contact_id = $1"
        return partial(self._change, lambda connection: connection.execute(statement, code, disabled))

    async def _change(self, change: Rewrite, connection: asyncpg.Connection) -> None:
        await change(connection)
        await self.rewrite(connection)


async def put(connection: asyncpg.Connection, new: Sequence[Contact], *, imported: bool) -> None:
    """These contacts and no others. Whoever was disabled remains so."""
    await connection.execute(KEEP, [one.code for one in new])
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
    await connection.executemany(CONTACT, rows)
    await connection.execute(FORGET_WAYS)
    await connection.executemany(WAY, [(one.code, at, *way) for one in new for at, way in enumerate(one.ways, start=1)])


async def known(connection: asyncpg.Connection) -> list[Contact]:
    """Everybody, with addresses."""
    return [_contact(row) for row in await connection.fetch(KNOWN)]


async def on_duty(connection: asyncpg.Connection) -> Mapping[str, tuple[str, ...]]:
    """Who was handed each desk over, the first on call first."""
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


__all__ = ["AddressBook", "Place", "known", "on_duty", "put"]
