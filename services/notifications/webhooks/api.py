"""Webhooks over HTTP, for the organisation that owns them."""

from uuid import UUID

from fastapi import APIRouter

from services.chassis.authorization.policy import Action, Principal
from services.chassis.database import Database
from services.chassis.errors import CommandIdReusedError, NotFoundError, VersionConflictError
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.web.refusals import refuses
from services.notifications.webhooks import queries
from services.notifications.webhooks.commands import WebhookCommands
from services.notifications.webhooks.destinations import WebhookAddressError
from services.notifications.webhooks.domain import TooManyWebhooksError
from services.notifications.webhooks.schemas import (
    NewWebhook,
    WebhookCreated,
    WebhookList,
    WebhookReplay,
    WebhookResumed,
)


def routes(commands: WebhookCommands, database: Database, tokens: Tokens) -> APIRouter:
    """``/webhooks``: list, create, delete, replay."""
    router = APIRouter(tags=["notifications"])

    @router.get("/webhooks")
    async def list_webhooks(principal: Principal = requires(tokens, Action.MANAGE_WEBHOOKS)) -> WebhookList:
        """Lists the organisation's webhooks, with their progress and why one is disabled."""
        return await queries.list_webhooks(database, principal)

    @router.post(
        "/webhooks",
        status_code=201,
        responses=refuses(WebhookAddressError, TooManyWebhooksError, CommandIdReusedError, VersionConflictError),
    )
    async def create_webhook(
        body: NewWebhook, principal: Principal = requires(tokens, Action.MANAGE_WEBHOOKS)
    ) -> WebhookCreated:
        """Creates a webhook. Only this answer has its secret; that to a repeated command has not."""
        return await commands.create(body.command_id, body.url, body.events, principal)

    @router.delete("/webhooks/{webhook_id}", status_code=204, responses=refuses(NotFoundError, VersionConflictError))
    async def delete_webhook(webhook_id: UUID, principal: Principal = requires(tokens, Action.MANAGE_WEBHOOKS)) -> None:
        """Deletes a webhook: nothing more is sent to its URL."""
        await commands.delete(webhook_id, principal)

    @router.post(
        "/webhooks/{webhook_id}/replay",
        responses=refuses(NotFoundError, TooManyWebhooksError, CommandIdReusedError, VersionConflictError),
    )
    async def replay_webhook(
        webhook_id: UUID, body: WebhookReplay, principal: Principal = requires(tokens, Action.MANAGE_WEBHOOKS)
    ) -> WebhookResumed:
        """Sends again what came after a message, and enables the webhook if it was disabled."""
        return await commands.replay(body.command_id, webhook_id, body.after, principal)

    return router
