"""A shelter's heartbeat, over HTTP."""

from fastapi import APIRouter

from services.chassis.authorization.policy import Action, Principal
from services.chassis.errors import NotFoundError, VersionConflictError
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.web.refusals import refuses
from services.intake.heartbeats.commands import HeartbeatCommands
from services.intake.heartbeats.schemas import Heartbeat, ShelterHeartbeat


def add_routes(router: APIRouter, heartbeats: HeartbeatCommands, tokens: Tokens) -> None:
    """``POST /shelters/{shelter}/heartbeat``."""

    @router.post("/shelters/{shelter}/heartbeat", responses=refuses(NotFoundError, VersionConflictError))
    async def record_heartbeat(
        shelter: str, body: Heartbeat, principal: Principal = requires(tokens, Action.GIVE_A_SIGN)
    ) -> ShelterHeartbeat:
        """Records that a shelter's device is alive. It may be sent as often as one likes."""
        return await heartbeats.record(shelter, body, principal)
