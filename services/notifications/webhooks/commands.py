"""Creates, deletes, replays and disables webhooks: each an event without the address and the secret."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from events.notifications import WebhookChanged
from services.chassis.authorization.policy import Principal
from services.chassis.clock import Clock
from services.chassis.database import Database
from services.chassis.eventlog.commands import Decided, Facts, InTransaction, Same, execute
from services.chassis.eventlog.log import Log
from services.chassis.eventlog.unit_of_work import UnitOfWork
from services.chassis.ids import uuid5
from services.notifications.command_contents.queries import CommandContents
from services.notifications.webhooks.destinations import validate_url
from services.notifications.webhooks.domain import LeasedWebhook, Most, topics
from services.notifications.webhooks.projections import NewRow, creating, deleting, disabling, limited, replaying
from services.notifications.webhooks.queries import owner_while_leased, refuse_others, refuse_too_many
from services.notifications.webhooks.schemas import WebhookCreated, WebhookResumed
from services.notifications.webhooks.sealed_secrets import SealedSecrets
from services.notifications.webhooks.signing import SECRET_BYTES, secret_of

ACTOR = "notifications"
Change = Literal["created", "deleted", "replayed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookCommands:
    """Changes webhooks; a repeated command takes effect once."""

    log: Log
    database: Database
    contents: CommandContents
    secrets: SealedSecrets
    clock: Clock
    random: Callable[[int], bytes]
    private: bool
    most: Most

    async def create(self, command: UUID, url: str, names: Sequence[str], principal: Principal) -> WebhookCreated:
        """Creates a webhook. The answer has its secret; that of a repeated command has not.

        Raises:
            CommandIdReusedError: the id was used for another command.
            TooManyWebhooksError: the organisation has as many, active or in all, as one may have.
            WebhookAddressError: the URL is not allowed for a webhook.
        """
        validate_url(url, private=self.private)
        content = {"url": url, "events": sorted(names)}
        hook, secret = uuid5(command, "webhook"), secret_of(self.random(SECRET_BYTES))
        sealed = self.secrets.seal(hook, secret)
        row = NewRow(hook=hook, org=principal.org, url=url, sealed_secret=sealed, events=topics(names))
        new = await self._carry_out(hook, principal, "created", creating(row, self.clock()), command, content)
        return WebhookCreated(webhook_id=hook, secret=secret if new else None)

    async def delete(self, hook: UUID, principal: Principal) -> None:
        """Deletes a webhook.

        Raises:
            NotFoundError: it is not the principal's organisation's.
        """
        await refuse_others(self.database, hook, principal)
        await self._carry_out(hook, principal, "deleted", deleting(hook), uuid5(hook, "deleted"))

    async def replay(self, command: UUID, hook: UUID, after: int | None, principal: Principal) -> WebhookResumed:
        """Enables a webhook and sends again what came after a message, or goes on where it stopped (``None``).

        Raises:
            CommandIdReusedError: the id was used for another command.
            NotFoundError: it is not the principal's organisation's.
            TooManyWebhooksError: the organisation has as many other active ones as one may have.
        """
        await refuse_others(self.database, hook, principal)
        back = replaying(hook, after, self.clock())
        await self._carry_out(hook, principal, "replayed", back, command, {"after": after})
        return WebhookResumed(webhook_id=hook, state="active")

    async def disable(self, hook: LeasedWebhook, reason: Literal["gone", "failing_for_days"]) -> None:
        """Disables a webhook whose receiver is gone or has failed for days; not one that was replayed meanwhile."""

        async def decide(_: None, work: UnitOfWork) -> Decided | None:
            org = await owner_while_leased(self.database, hook)
            if org is None:
                return None
            event = WebhookChanged(org=org, change="disabled", reason=reason)
            work.record(hook.id, event, case=None, actor=ACTOR, cause=hook.id)
            return Decided(in_transaction=disabling(hook, reason))

        await execute(self.log, self.clock, None, None, [hook.id], decide=decide)

    async def _carry_out(
        self,
        hook: UUID,
        by: Principal,
        change: Change,
        in_transaction: InTransaction,
        command: UUID,
        content: Any = None,
    ) -> bool:
        """Whether it took effect now, not earlier. Without ``content`` the id must be derived from what is done.

        What has content makes a webhook active, and may be one too many.
        """
        event = WebhookChanged(org=by.org, change=change)
        if content is None:
            return await self._append(hook, event, in_transaction, command, by.actor)
        in_transaction = limited(hook, by.org, self.most, in_transaction)

        async def same(facts: Facts) -> bool:
            return facts[0].event == event and await self.contents.matches(command, content)

        return await self._append(
            hook, event, self.contents.storing(command, content, in_transaction), command, by.actor, same
        )

    async def _append(
        self,
        hook: UUID,
        event: WebhookChanged,
        in_transaction: InTransaction,
        command: UUID,
        actor: str,
        same: Same | None = None,
    ) -> bool:
        async def decide(_: None, work: UnitOfWork) -> Decided:
            if same is not None:  # most are refused here: one in the transaction costs the commands beside it theirs
                await refuse_too_many(self.database, hook, event.org, self.most)
            work.record(hook, event, case=None, actor=actor, cause=command)
            return Decided(in_transaction=in_transaction)

        sender = None if same is None else actor
        done = await execute(self.log, self.clock, command, sender, [hook], decide=decide, same=same)
        return not done.repeated
