"""Honest health: alive means the loop turns; ready means that what arrives goes all the way."""

from typing import Any

from services.chassis import migrate
from services.chassis.errors import ServiceError
from services.chassis.service import Service

MOST_BEHIND = 10_000
"""Events a relay or follower may lag before the service says that it is not ready."""


async def readiness(service: Service) -> tuple[bool, dict[str, Any]]:
    """Whether a service is ready, and each check by name. Holds no ids and no contents."""
    checks: dict[str, Any] = {"postgres": "ok", "nats": "ok" if service.connected else "unreachable"}
    head = None
    try:
        async with service.foundation.database.reading() as connection:
            missing = await migrate.pending(connection, service.name)
            checks["migrations"] = "ok" if missing == 0 else f"{missing} pending"
            if missing == 0:
                head = await connection.fetchval("select position from head")
                checks["parked"] = await connection.fetchval("select count(*) from parked")
                for follower in service.followers:
                    upstream = await connection.fetchval(f"select position from {follower.upstream}.head")
                    checks[f"behind_{follower.upstream}"] = max(0, upstream - follower.position)
    except ServiceError:
        checks["postgres"] = "unreachable"
    if service.relay is not None and head is not None:
        checks["relay_behind"] = max(0, head - service.relay.copied)
        checks["stream"] = "ok" if service.relay.connected else "unreachable"
    checks["following"] = all(follower.following for follower in service.followers)
    checks["failures"] = sorted({follower.failure for follower in service.followers if follower.failure})
    checks["alarm"] = service.log.halted
    lagging = [value for key, value in checks.items() if "behind" in key and value > MOST_BEHIND]
    ready = (
        checks["postgres"] == "ok"
        and checks["nats"] == "ok"
        and checks.get("migrations") == "ok"
        and checks.get("stream") == "ok"
        and checks["following"]
        and not checks["failures"]
        and checks["alarm"] is None
        and not lagging
    )
    return ready, checks | {name: tell() for name, tell in service.details.items()}
