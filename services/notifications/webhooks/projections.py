"""Stores webhooks, whose events name no address or secret, and how far each has been sent."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from services.chassis.database import Database
from services.chassis.eventlog.commands import InTransaction
from services.notifications.webhooks.domain import LeasedWebhook, Most, TooManyWebhooksError

CREATE = """
insert into webhook (webhook_id, org, url, sealed_secret, events, position, due_at, created_at)
values ($1, $2, $3, $4, $5, (select position from referral.head), $6, $6)
"""
OTHERS = """
select count(*) filter (where state = 'active'
    and not exists (select from webhook where webhook_id = $2 and state = 'active')) as active,
  count(*) filter (where not exists (select from webhook where webhook_id = $2)) as all
from webhook where org = $1
"""
"""No others for a webhook that is so itself: who had more before there was a limit may replay them."""
REPLAY = """
update webhook set state = 'active', reason = null, attempts = 0, failing_since = null, leased_until = null,
  due_at = $2, position = coalesce(
    (select min(position) - 1 from webhook_message where webhook_id = $1 and sequence > $3), position)
where webhook_id = $1
"""
"""From before the first message after the named one; without one, or with none after it, from where it stopped."""
NUMBER = """
insert into webhook_message (webhook_id, sequence, position)
select $1, (select coalesce(max(sequence), 0) + 1 from webhook_message where webhook_id = $1), $2
on conflict do nothing
"""
NUMBERED = "select sequence from webhook_message where webhook_id = $1 and position = $2"
DELETE = "delete from webhook where webhook_id = $1"
OF_THIS_LEASE = "where webhook_id = $1 and leased_until = $2 and state = 'active'"
"""No other process has leased, replayed, disabled or deleted it in the meantime."""
DISABLE = f"update webhook set state = 'disabled', reason = $3, leased_until = null {OF_THIS_LEASE}"
IN_CLEAR = "select webhook_id, secret from webhook where secret is not null for update"
SEAL = "update webhook set sealed_secret = $2, secret = null where webhook_id = $1"
ADVANCE = f"""update webhook set position = $3, attempts = 0, failing_since = null, leased_until = $4 {OF_THIS_LEASE}
returning leased_until"""
POSTPONE = f"""update webhook set position = $3, attempts = attempts + 1, leased_until = null, due_at = $4,
  failing_since = coalesce(failing_since, $5) {OF_THIS_LEASE}"""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRow:
    """A new webhook."""

    hook: UUID
    org: str
    url: str
    sealed_secret: bytes
    events: Sequence[str]


def creating(new: NewRow, now: datetime) -> InTransaction:
    """Stores a webhook that begins at the end of the referral log."""
    return _executing(CREATE, new.hook, new.org, new.url, new.sealed_secret, new.events, now)


async def refuse_more(connection: asyncpg.Connection, hook: UUID, org: str, most: Most) -> None:
    """Checks that an organisation may have this webhook besides its others.

    Raises:
        TooManyWebhooksError: it has as many.
    """
    others = await connection.fetchrow(OTHERS, org, hook)
    if others["active"] >= most.active or others["all"] >= most.in_all:
        raise TooManyWebhooksError


def limited(hook: UUID, org: str, most: Most, activating: InTransaction) -> InTransaction:
    """Activates a webhook if that is not one too many: appends come one by one, so that two at once are counted."""

    async def in_transaction(connection: asyncpg.Connection) -> None:
        await refuse_more(connection, hook, org, most)
        await activating(connection)

    return in_transaction


def deleting(hook: UUID) -> InTransaction:
    """Deletes a webhook with its address and secret."""
    return _executing(DELETE, hook)


def replaying(hook: UUID, after: int | None, now: datetime) -> InTransaction:
    """Enables a webhook; with ``after`` sends again what it was sent after its message of that number."""
    return _executing(REPLAY, hook, now, after)


def disabling(hook: LeasedWebhook, reason: str) -> InTransaction:
    """Disables a webhook until it is replayed, unless the lease was lost."""
    return _executing(DISABLE, hook.id, hook.leased_until, reason)


async def seal_what_is_in_clear(database: Database, seal: Callable[[UUID, str], bytes]) -> None:
    """Seals the secrets that an earlier version stored in clear."""
    async with database.reading() as connection, connection.transaction():
        for row in await connection.fetch(IN_CLEAR):
            await connection.execute(SEAL, row["webhook_id"], seal(row["webhook_id"], row["secret"]))


async def number_message(database: Database, hook: UUID, position: int) -> int | None:
    """The subscription's own number of a message about the event at a position; the same however often it is sent.

    ``None``: the webhook was deleted, or another process is at it.
    """
    async with database.reading() as connection:
        try:
            await connection.execute(NUMBER, hook, position)
        except asyncpg.ForeignKeyViolationError:
            return None
        number: int | None = await connection.fetchval(NUMBERED, hook, position)
    return number


async def advance(database: Database, hook: LeasedWebhook, position: int, until: datetime | None) -> datetime | None:
    """Stores that everything up to a position was sent, and extends the lease; ``until`` ``None`` ends it.

    Returns the end of the lease; ``None``: the lease has ended, or was lost.
    """
    async with database.reading() as connection:
        leased: datetime | None = await connection.fetchval(ADVANCE, hook.id, hook.leased_until, position, until)
    return leased


async def postpone(database: Database, hook: LeasedWebhook, position: int, due: datetime, now: datetime) -> None:
    """Stores a failed attempt after a position, and when the next one is due."""
    async with database.reading() as connection:
        await connection.execute(POSTPONE, hook.id, hook.leased_until, position, due, now)


def _executing(statement: str, *arguments: object) -> InTransaction:
    async def in_transaction(connection: asyncpg.Connection) -> None:
        await connection.execute(statement, *arguments)

    return in_transaction
