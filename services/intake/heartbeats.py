"""A shelter's outbox gives a sign of life, though nothing was flagged: so that silence is not taken for calm."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from events.intake import ShelterHeard
from services.chassis.access import Action, Principal, allowed
from services.chassis.clock import Clock
from services.chassis.errors import NotFoundError
from services.chassis.identity import derived
from services.chassis.log import Append, Log
from services.chassis.problems import MEDIA_TYPE
from services.chassis.requests import may
from services.chassis.tokens import Tokens
from services.chassis.workspace import Workspace
from services.intake.bodies import Code

NAMESPACE = UUID("f2a1d5c3-7c55-5f0e-8a52-1f1d7a2f4e10")
EVERY = 15 * 60
"""Seconds within which one sign is enough: more of them would only fill the log."""
MOST_WAITING = 100_000
LONGEST = 10 * 366 * 24 * 3600
PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"description": "Problem", "content": {MEDIA_TYPE: {"schema": {"type": "object"}}}}
    for status in (401, 403, 404, 422, 503)
}


class Sign(BaseModel):
    """What the outbox says: how much waits there to be sent. Nothing about anybody."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    device: Code | None = None
    waiting: Annotated[int, Field(ge=0, le=MOST_WAITING)] = 0
    oldest_seconds: Annotated[int, Field(ge=0, le=LONGEST)] = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeats:
    """Records that a shelter was heard, once a quarter of an hour at most."""

    log: Log
    clock: Clock
    shelters: Collection[str]

    async def hear(self, shelter: str, sign: Sign, by: Principal) -> dict[str, Any]:
        """When it was heard, and whether this sign was the one that is recorded.

        Raises:
            NotFoundError: no such shelter, or another's.
        """
        if shelter not in self.shelters or not allowed(by, Action.GIVE_A_SIGN, shelter=shelter):
            raise NotFoundError
        workspace = Workspace(self.log, self.clock)
        now = workspace.now()
        stream = _of(shelter, now)
        workspace.begin(stream)
        event = ShelterHeard(
            shelter=shelter, device=sign.device, waiting=sign.waiting, oldest_seconds=sign.oldest_seconds
        )
        workspace.record(stream, event, case=None, actor=by.actor, cause=stream)
        result = await self.log.append(Append(entries=workspace.entries, command=stream))
        return {"heard_at": now.isoformat(), "recorded": not result.repeated}


def add_heartbeats(router: APIRouter, heartbeats: Heartbeats, tokens: Tokens) -> None:
    """``POST /shelters/{shelter}/heartbeat``."""

    @router.post("/shelters/{shelter}/heartbeat", responses=PROBLEMS)
    async def heartbeat(
        shelter: str, body: Sign, principal: Principal = may(tokens, Action.GIVE_A_SIGN)
    ) -> dict[str, Any]:
        """The outbox of a shelter's device is alive. Sent as often as one likes."""
        return await heartbeats.hear(shelter, body, principal)


def _of(shelter: str, now: datetime) -> UUID:
    """One stream, and one command, for each shelter and quarter of an hour."""
    return derived(NAMESPACE, f"{shelter}/{int(now.timestamp()) // EVERY}")
