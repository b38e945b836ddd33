"""What an operator does over HTTP: see the events that could not be digested, and have them digested again."""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path

from services.chassis.access import Action, Principal
from services.chassis.errors import NotFoundError, ServiceError
from services.chassis.names import SERVICES
from services.chassis.requests import may
from services.chassis.service import Service
from services.chassis.tokens import Tokens

PARKED = (
    "select upstream, position, case_id, topic, reason, parked_at from parked order by parked_at, position limit 500"
)
Name = Annotated[str, Path(pattern="^(" + "|".join(SERVICES) + ")$")]


class StillParkedError(ServiceError):
    """The cause is still there: everything of the case stays parked."""

    code = "still_parked"
    status = 409
    es = "Sigue sin poder procesarse; todo lo del caso queda en espera."
    en = "It still cannot be digested; everything of the case stays parked."


def routes(services: Sequence[Service], tokens: Tokens) -> APIRouter:
    """``GET /operate/parked`` and ``POST …/{service}/{case}/retry``, for the services of this process."""
    router = APIRouter(prefix="/operate", tags=["operate"])

    @router.get("/parked")
    async def parked(_principal: Principal = may(tokens, Action.OPERATE)) -> dict[str, Any]:
        """Which events wait, in which service, and the kind of error that parked them. No contents."""
        return {"items": [item for service in services for item in await _parked(service)]}

    @router.post("/parked/{name}/{case_id}/retry")
    async def retry(name: Name, case_id: UUID, _principal: Principal = may(tokens, Action.OPERATE)) -> dict[str, Any]:
        """Digests a case's parked events again, in order. If one still fails, all stay parked."""
        service = next((each for each in services if each.name == name), None)
        if service is None:
            raise NotFoundError
        try:
            return {"digested": sum([await follower.retry(case_id) for follower in service.followers])}
        except ServiceError:
            raise
        except Exception as error:
            raise StillParkedError(reason=type(error).__name__) from error

    return router


async def _parked(service: Service) -> list[dict[str, Any]]:
    async with service.foundation.database.reading() as connection:
        rows = await connection.fetch(PARKED)
    return [
        {
            "service": service.name,
            "upstream": row["upstream"],
            "position": row["position"],
            "case_id": None if row["case_id"] is None else str(row["case_id"]),
            "topic": row["topic"],
            "reason": row["reason"],
            "parked_at": row["parked_at"].isoformat(),
        }
        for row in rows
    ]
