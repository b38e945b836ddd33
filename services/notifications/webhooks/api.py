"""Webhooks over HTTP, for the organisation whose they are."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field, field_validator

from services.chassis.access import Action, Principal
from services.chassis.problems import OF_ONE_THING
from services.chassis.requests import may
from services.chassis.tokens import Tokens
from services.notifications.webhooks.shown import TOLD
from services.notifications.webhooks.subscriptions import Subscriptions

LAST = 2**63 - 1


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    command_id: UUID


class NewWebhook(_Body):
    """Where to, and of what: names of events, or ``*``."""

    url: Annotated[str, Field(min_length=1, max_length=2000)]
    events: Annotated[tuple[str, ...], Field(min_length=1, max_length=100)] = ("*",)

    @field_validator("events")
    @classmethod
    def _are_told(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if not set(names) <= {*TOLD, "*"}:
            raise ValueError("no such event")
        return names


class Replay(_Body):
    """From after which position of the log (an event's ``sequence``); left out: from where it stopped."""

    after: Annotated[int, Field(ge=0, le=LAST)] | None = None


def add_webhooks(router: APIRouter, subscriptions: Subscriptions, tokens: Tokens) -> None:
    """``/webhooks``: list, subscribe, delete, replay."""

    @router.get("/webhooks")
    async def listed(principal: Principal = may(tokens, Action.MANAGE_WEBHOOKS)) -> dict[str, Any]:
        """The caller's own, with how far each is, and why one is disabled."""
        return {"items": await subscriptions.listed(principal)}

    @router.post("/webhooks", responses=OF_ONE_THING, status_code=201)
    async def create(body: NewWebhook, principal: Principal = may(tokens, Action.MANAGE_WEBHOOKS)) -> dict[str, Any]:
        """Subscribes. The secret is in this answer and nowhere again; a repeated order is answered without it."""
        return await subscriptions.create(body.command_id, body.url, body.events, principal)

    @router.delete("/webhooks/{webhook_id}", responses=OF_ONE_THING, status_code=204)
    async def delete(webhook_id: UUID, principal: Principal = may(tokens, Action.MANAGE_WEBHOOKS)) -> Response:
        """Nothing more is sent there."""
        await subscriptions.delete(webhook_id, principal)
        return Response(status_code=204)

    @router.post("/webhooks/{webhook_id}/replay", responses=OF_ONE_THING)
    async def replay(
        webhook_id: UUID, body: Replay, principal: Principal = may(tokens, Action.MANAGE_WEBHOOKS)
    ) -> dict[str, Any]:
        """Sends again from a position, and enables one that was disabled."""
        return await subscriptions.replay(body.command_id, webhook_id, body.after, principal)
