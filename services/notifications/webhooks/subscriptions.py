"""What an organisation does about its webhooks. Each change is an event, without the address and the secret."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

import asyncpg

from events.notifications import WebhookChanged
from services.chassis.access import Action, Principal, allowed
from services.chassis.clock import Clock
from services.chassis.database import Database
from services.chassis.errors import NotFoundError, VersionConflictError
from services.chassis.identity import derived
from services.chassis.log import Append, Log
from services.chassis.workspace import Workspace
from services.notifications.webhooks.guard import checked
from services.notifications.webhooks.sender import topics
from services.notifications.webhooks.signing import BYTES, secret_of

ATTEMPTS = 5
ACTOR = "notifications"
Change = Literal["created", "deleted", "replayed", "disabled"]
Within = Callable[[asyncpg.Connection], Awaitable[None]]

CREATE = """
insert into webhook (webhook_id, org, url, secret, events, position, due_at, created_at)
values ($1, $2, $3, $4, $5, (select position from referral.head), $6, $6)
"""
REPLAY = """
update webhook set state = 'active', reason = null, attempts = 0, failing_since = null, leased_until = null,
  due_at = $2, position = coalesce($3, position) where webhook_id = $1
"""
DISABLE = "update webhook set state = 'disabled', reason = $2, leased_until = null where webhook_id = $1"
LISTED = (
    "select webhook.*, (select position from referral.head) as head from webhook where org = $1 order by created_at"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriptions:
    """Carries the changes out; the same command twice takes effect once."""

    log: Log
    database: Database
    clock: Clock
    random: Callable[[int], bytes]
    private: bool

    async def create(self, command: UUID, url: str, names: Sequence[str], principal: Principal) -> dict[str, Any]:
        """A new one, with its secret, which is shown this once.

        Raises:
            WebhookAddressError: the address is none that a webhook may have.
        """
        checked(url, private=self.private)
        hook, secret, now = derived(command, "webhook"), secret_of(self.random(BYTES)), self.clock()

        async def put(connection: asyncpg.Connection) -> None:
            await connection.execute(CREATE, hook, principal.org, url, secret, topics(names), now)

        new = await self._append(hook, principal.org, "created", put, command, principal.actor)
        return {"webhook_id": str(hook), "secret": secret if new else None}

    async def delete(self, hook: UUID, principal: Principal) -> None:
        """Nothing more is sent there.

        Raises:
            NotFoundError: none of the principal's.
        """
        await self._own(hook, principal)

        async def drop(connection: asyncpg.Connection) -> None:
            await connection.execute("delete from webhook where webhook_id = $1", hook)

        await self._append(hook, principal.org, "deleted", drop, derived(hook, "deleted"), principal.actor)

    async def replay(self, command: UUID, hook: UUID, after: int | None, principal: Principal) -> dict[str, Any]:
        """Sends again what stands after a position of the log, or goes on from where it was disabled.

        Raises:
            NotFoundError: none of the principal's.
        """
        await self._own(hook, principal)

        async def back(connection: asyncpg.Connection) -> None:
            await connection.execute(REPLAY, hook, self.clock(), after)

        await self._append(hook, principal.org, "replayed", back, command, principal.actor)
        return {"webhook_id": str(hook), "state": "active"}

    async def disable(self, hook: UUID, reason: str) -> None:
        """Its receiver is gone, or has failed for days."""
        async with self.database.reading() as connection:
            org = await connection.fetchval("select org from webhook where webhook_id = $1", hook)
        if org is None:
            return

        async def stop(connection: asyncpg.Connection) -> None:
            await connection.execute(DISABLE, hook, reason)

        await self._append(hook, org, "disabled", stop, None, ACTOR, reason=reason)

    async def listed(self, principal: Principal) -> list[dict[str, Any]]:
        """An organisation's own, without their secrets."""
        async with self.database.reading() as connection:
            rows = await connection.fetch(LISTED, principal.org)
        return [
            {
                "webhook_id": str(row["webhook_id"]),
                "url": row["url"],
                "events": row["events"],
                "state": row["state"],
                "reason": row["reason"],
                "position": row["position"],
                "behind": max(0, row["head"] - row["position"]),
                "attempts": row["attempts"],
                "failing_since": None if row["failing_since"] is None else row["failing_since"].isoformat(),
                "next_attempt_at": row["due_at"].isoformat() if row["attempts"] else None,
            }
            for row in rows
        ]

    async def _own(self, hook: UUID, principal: Principal) -> None:
        async with self.database.reading() as connection:
            org = await connection.fetchval("select org from webhook where webhook_id = $1", hook)
        if org is None or not allowed(principal, Action.MANAGE_WEBHOOKS, shelter=org, agency=org):
            raise NotFoundError

    async def _append(
        self, hook: UUID, org: str, change: Change, within: Within, command: UUID | None, actor: str, **said: str
    ) -> bool:
        """Whether it took effect now, not before."""
        for _ in range(ATTEMPTS):
            workspace = Workspace(self.log, self.clock)
            await workspace.load([hook])
            event = WebhookChanged(org=org, change=change, **said)
            workspace.record(hook, event, case=None, actor=actor, cause=command or hook)
            try:
                result = await self.log.append(Append(entries=workspace.entries, command=command, within=within))
            except VersionConflictError:
                continue
            return not result.repeated
        raise VersionConflictError
