"""An organisation's webhooks without their secrets, and what is due to be sent to each."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from events.contract import Event, Recorded
from services.chassis.authorization.policy import Action, Principal, allowed
from services.chassis.database import Database
from services.chassis.errors import NotFoundError
from services.chassis.eventlog.log_entry import decode
from services.chassis.eventlog.sql import ENTRY_COLUMNS, from_row
from services.notifications.webhooks.domain import Failures, LeasedWebhook, Most
from services.notifications.webhooks.projections import OF_THIS_LEASE, refuse_more
from services.notifications.webhooks.schemas import Webhook, WebhookList

OWNER = "select org from webhook where webhook_id = $1"
OF_ORGANISATION = """
select webhook.*, (select coalesce(max(sequence), 0) from webhook_message as sent
  where sent.webhook_id = webhook.webhook_id) as sequence
from webhook where org = $1 order by created_at
"""

LEASE_DUE = """
update webhook set leased_until = $1::timestamptz + $2::interval where webhook_id in (
  select webhook_id from webhook
  where state = 'active' and sealed_secret is not null and due_at <= $1
    and position < (select position from referral.head)
    and (leased_until is null or leased_until <= $1) order by due_at limit 8 for update skip locked)
returning *
"""
STILL_LEASED = (
    "select webhook_id from webhook where webhook_id = any($1) and state = 'active' and leased_until is not null"
)
RENEW = f"update webhook set leased_until = $3 {OF_THIS_LEASE} returning leased_until"
FAILURES = f"select attempts, failing_since from webhook {OF_THIS_LEASE}"
OWNER_OF_THIS_LEASE = f"select org from webhook {OF_THIS_LEASE}"
BATCH_SIZE = 200
"""Events read at once for one webhook."""
EVENTS_AFTER = f"select {ENTRY_COLUMNS} from referral.event where position > $1 order by position limit {BATCH_SIZE}"
SENT_AT = """
select stream, min(position) as position from referral.event
where stream = any($1::uuid[]) and topic like 'referral.requested.v%' group by stream
"""


async def list_webhooks(database: Database, principal: Principal) -> WebhookList:
    """An organisation's webhooks, the oldest first, with their progress."""
    async with database.reading() as connection:
        rows = await connection.fetch(OF_ORGANISATION, principal.org)
    return WebhookList(
        items=[
            Webhook(
                webhook_id=row["webhook_id"],
                url=row["url"],
                events=row["events"],
                state=row["state"],
                reason=row["reason"],
                sequence=row["sequence"],
                attempts=row["attempts"],
                failing_since=row["failing_since"],
                next_attempt_at=row["due_at"] if row["attempts"] else None,
            )
            for row in rows
        ]
    )


async def lease_due(database: Database, now: datetime, lease: timedelta) -> list[LeasedWebhook]:
    """Leases webhooks that are due and behind the referral log, at most eight."""
    async with database.reading() as connection:
        rows = await connection.fetch(LEASE_DUE, now, lease)
    return [
        LeasedWebhook(
            id=row["webhook_id"],
            org=row["org"],
            url=row["url"],
            sealed_secret=row["sealed_secret"],
            events=frozenset(row["events"]),
            position=row["position"],
            leased_until=row["leased_until"],
        )
        for row in rows
    ]


async def events_after(database: Database, position: int) -> list[tuple[Recorded[Event], bool]]:
    """The next events of the referral log, each with whether its referral had been sent to its agency by then."""
    async with database.reading() as connection:
        facts = [decode(from_row(row)) for row in await connection.fetch(EVENTS_AFTER, position)]
        rows = await connection.fetch(SENT_AT, {fact.stream for fact in facts})
    sent_at = {row["stream"]: row["position"] for row in rows}
    return [(fact, fact.stream in sent_at and sent_at[fact.stream] <= fact.position) for fact in facts]


async def owner_of(database: Database, hook: UUID) -> str | None:
    """The organisation of a webhook; ``None``: there is no such webhook."""
    async with database.reading() as connection:
        org: str | None = await connection.fetchval(OWNER, hook)
    return org


async def still_leased(database: Database, hooks: Sequence[UUID]) -> set[UUID]:
    """Those of the webhooks that somebody serves: not deleted, disabled or replayed since they were leased."""
    async with database.reading() as connection:
        return {row["webhook_id"] for row in await connection.fetch(STILL_LEASED, hooks)}


async def renew(database: Database, hook: LeasedWebhook, until: datetime) -> datetime | None:
    """Extends a lease before a message that had to wait. Returns its end; ``None``: the lease was lost."""
    async with database.reading() as connection:
        leased: datetime | None = await connection.fetchval(RENEW, hook.id, hook.leased_until, until)
    return leased


async def failures(database: Database, hook: LeasedWebhook) -> Failures | None:
    """A webhook's failures as its row has them now; ``None``: the lease was lost."""
    async with database.reading() as connection:
        row = await connection.fetchrow(FAILURES, hook.id, hook.leased_until)
    return None if row is None else Failures(row["attempts"], row["failing_since"])


async def owner_while_leased(database: Database, hook: LeasedWebhook) -> str | None:
    """The organisation of a webhook; ``None``: the lease was lost."""
    async with database.reading() as connection:
        org: str | None = await connection.fetchval(OWNER_OF_THIS_LEASE, hook.id, hook.leased_until)
    return org


async def refuse_others(database: Database, hook: UUID, principal: Principal) -> None:
    """Checks that a webhook belongs to the principal's organisation.

    Raises:
        NotFoundError: it does not, or there is none.
    """
    org = await owner_of(database, hook)
    if org is None or not allowed(principal, Action.MANAGE_WEBHOOKS, shelter=org, agency=org):
        raise NotFoundError


async def refuse_too_many(database: Database, hook: UUID, org: str, most: Most) -> None:
    """Checks that an organisation may have this webhook active, before anything is written.

    Raises:
        TooManyWebhooksError: it has as many others, active or in all, as one may have.
    """
    async with database.reading() as connection:
        await refuse_more(connection, hook, org, most)
