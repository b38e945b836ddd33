"""Whether the database has this program's schema, neither older nor newer."""

from collections.abc import Sequence

from services.chassis.names import SERVICES, postgres_role
from services.chassis.operations import migrate
from services.doctor.domain import Code, Found, Why, judged
from services.doctor.ground import Ground
from services.doctor.looking import Look
from services.doctor.reasons import CannotLookError


async def compared(ground: Ground) -> list[Found]:
    """Each service's schema, as the administrator or as that service."""
    found: list[Found] = []
    for service in SERVICES:
        difference = await _difference(ground, service)
        if difference is not None:
            found += [
                judged(Code.SCHEMA_PENDING, not difference.missing, service, number=difference.missing),
                judged(Code.SCHEMA_NEWER, not difference.unknown, service, number=difference.unknown),
            ]
    if not found:
        raise CannotLookError(Why.NO_KEYS_HERE)
    return found


async def _difference(ground: Ground, service: str) -> migrate.Difference | None:
    if ground.secrets is not None:
        async with ground.administrator() as connection:
            return await migrate.difference(connection, service)
    own = ground.of_services.get(service)
    if own is None:
        return None
    async with ground.connected(user=postgres_role(service), password=own.postgres) as connection:
        return await migrate.difference(connection, service)


LOOKS: Sequence[Look] = (Look((Code.SCHEMA_PENDING, Code.SCHEMA_NEWER), compared),)
