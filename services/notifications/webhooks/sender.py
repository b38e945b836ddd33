"""Sends each subscription what stands in the referral log after its position, in order, until it is taken.

The position moves after the receiver said 2xx: killed in between, the same message goes out again under the same
``webhook-id``. A failure stops that one subscription alone, for longer each time; after days of failures, or at once
when the receiver answers 410, it is disabled with a reason that its organisation sees, and can be replayed.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx2
import structlog

from events.contract import Event, Recorded
from services.chassis.clock import Clock
from services.chassis.database import Database
from services.chassis.entry import recorded_from
from services.chassis.errors import ServiceError
from services.chassis.log_sql import ENTRY_COLUMNS, entry_from
from services.notifications.webhooks.guard import WebhookAddressError, resolved
from services.notifications.webhooks.shown import TOLD, cloud_event, is_theirs
from services.notifications.webhooks.signing import headers, wait

logger = structlog.get_logger(__name__)

LEASE = timedelta(minutes=2)
TIMEOUT = 15.0
IDLE = 0.5
BATCH = 200
GIVE_UP = timedelta(days=3)

LEASED = """
update webhook set leased_until = $1::timestamptz + $2::interval where webhook_id in (
  select webhook_id from webhook
  where state = 'active' and due_at <= $1 and position < (select position from referral.head)
    and (leased_until is null or leased_until <= $1) order by due_at limit 8 for update skip locked)
returning *
"""
AFTER = f"select {ENTRY_COLUMNS} from referral.event where position > $1 order by position limit {BATCH}"
SENT = """
select stream, min(position) as position from referral.event
where stream = any($1::uuid[]) and topic like 'referral.requested.v%' group by stream
"""
MINE = "where webhook_id = $1 and leased_until = $2 and state = 'active'"
"""Nobody else has taken it over, replayed it or deleted it meanwhile."""
MOVED = f"""update webhook set position = $3, attempts = 0, failing_since = null, leased_until = $4 {MINE}
returning leased_until"""
FAILED = f"""update webhook set position = $3, attempts = attempts + 1, leased_until = null, due_at = $4,
  failing_since = coalesce(failing_since, $5) {MINE}"""
FREE = f"update webhook set leased_until = null {MINE}"


class Sender:
    """Runs beside the notification service until cancelled."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        luck: Callable[[], float],
        private: bool,
        disable: Callable[[UUID, str], Any],
    ) -> None:
        """``luck`` between 0 and 1 spreads retries; ``disable`` records why a subscription is not served any more."""
        self._database = database
        self._clock = clock
        self._luck = luck
        self._private = private
        self._disable = disable

    async def run(self) -> None:
        """Sends for ever; an outage of the database is waited out."""
        async with httpx2.AsyncClient(timeout=TIMEOUT, follow_redirects=False, trust_env=False) as client:
            while True:
                try:
                    found = await self._round(client)
                except ServiceError as error:
                    found = 0
                    logger.warning("webhooks_interrupted", code=error.code)
                if not found:
                    await asyncio.sleep(IDLE)

    async def _round(self, client: httpx2.AsyncClient) -> int:
        async with self._database.reading() as connection:
            rows = await connection.fetch(LEASED, self._clock(), LEASE)
        await asyncio.gather(*(self._serve(row, client) for row in rows))
        return len(rows)

    async def _serve(self, hook: Any, client: httpx2.AsyncClient) -> None:
        """What stands after a subscription's position, as much as one batch holds."""
        async with self._database.reading() as connection:
            facts = [recorded_from(entry_from(row)) for row in await connection.fetch(AFTER, hook["position"])]
            streams = {fact.stream for fact in facts}
            sent = {UUID(int=row["stream"].int): row["position"] for row in await connection.fetch(SENT, streams)}
        leased, position = hook["leased_until"], hook["position"]
        for fact in facts:
            was_sent = sent.get(UUID(int=fact.stream.int), fact.position + 1) <= fact.position
            if self._wanted(hook, fact, sent=was_sent):
                failure = await self._post(hook, fact, client)
                if failure is not None:
                    return await self._failed(hook, leased, position, failure)
                leased = await self._moved(hook, leased, fact.position)
                if leased is None:
                    return None
            position = fact.position
        await self._moved(hook, leased, position, last=True)
        return None

    def _wanted(self, hook: Any, fact: Recorded[Event], *, sent: bool) -> bool:
        name = fact.event.NAME
        return name in TOLD and name in hook["events"] and is_theirs(fact, hook["org"], sent=sent)

    async def _post(self, hook: Any, fact: Recorded[Event], client: httpx2.AsyncClient) -> str | None:
        body = cloud_event(fact)
        try:
            to = await resolved(hook["url"], private=self._private)
            signed = headers(hook["secret"], str(fact.id), self._clock(), body)
            answer = await client.post(
                to.url,
                content=body,
                headers={"host": to.host, "content-type": "application/cloudevents+json", **signed},
                extensions={"sni_hostname": to.server_name},
            )
        except WebhookAddressError:
            return "address"
        except (httpx2.HTTPError, OSError, ValueError) as error:
            return type(error).__name__
        if answer.status_code == 410:
            return "gone"
        return None if answer.is_success else f"status_{answer.status_code}"

    async def _moved(self, hook: Any, leased: datetime, position: int, *, last: bool = False) -> datetime | None:
        until = None if last else self._clock() + LEASE
        async with self._database.reading() as connection:
            row = await connection.fetchrow(MOVED, hook["webhook_id"], leased, position, until)
        return None if row is None else row["leased_until"]

    async def _failed(self, hook: Any, leased: datetime, position: int, failure: str) -> None:
        now = self._clock()
        since = hook["failing_since"] or now
        if failure == "gone" or now - since >= GIVE_UP:
            await self._disable(UUID(int=hook["webhook_id"].int), "gone" if failure == "gone" else "failing_for_days")
            return
        due = now + wait(hook["attempts"] + 1, self._luck())
        async with self._database.reading() as connection:
            await connection.execute(FAILED, hook["webhook_id"], leased, position, due, now)
        logger.warning("webhook_failed", reason=failure)


def topics(names: Sequence[str]) -> list[str]:
    """What was asked for, ``*`` meaning everything there is now."""
    return sorted(TOLD) if "*" in names else sorted(set(names))
