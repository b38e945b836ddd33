"""What is done to a system from outside it: its read models made again, a log repaired after a disaster."""

from collections.abc import Callable

from services.chassis import rebuild
from services.chassis.foundation import Foundation
from services.chassis.reacting import Reactions
from services.chassis.rebuild import Rebuilt
from services.chassis.repair import Repair, Repaired
from services.chassis.secrets import Secrets
from services.chassis.settings import Settings
from services.chassis.stream_copy import StreamCopy
from services.chassis.upstream import Upstream
from services.system import FACTORIES, MODELS

RUNNING = """
select count(*) from pg_stat_activity
where application_name = $1 and pid <> pg_backend_pid() and datname = current_database()"""


class StillRunningError(RuntimeError):
    """A process of the service is at work: a repair beside it could not tell its own appends from others'."""


async def rebuild_read_models(
    dsn: str, service: str, *, swap: bool = True, told: Callable[[int], None] = lambda _: None
) -> Rebuilt:
    """Fills a service's read models again and compares them with those shown; see ``chassis.rebuild``."""
    return await rebuild.rebuild(dsn, service, MODELS[service], swap=swap, told=told)


async def repair_log(settings: Settings, secrets: Secrets, name: str) -> Repaired:
    """Imports into a service's log what its stream has beyond it; see ``chassis.repair``.

    Raises:
        StillRunningError: the service is at work.
        ForkedError: log and stream are two histories; nothing was changed.
    """
    foundation = Foundation.of(settings, name, secrets=secrets)
    service = FACTORIES[name](foundation)
    async with foundation.database.reading() as connection:
        if await connection.fetchval(RUNNING, f"canaliza-{name}"):
            raise StillRunningError(name)
    service.log.start()
    try:
        client = await service.broker.connect()
        return await Repair(
            log=service.log,
            copy=StreamCopy(client.jetstream(), foundation.names, name),
            own=Upstream(foundation.database, name),
            follows=[
                (Upstream(foundation.database, upstream), digest)
                for upstream, digest in service.follows.items()
                if isinstance(digest, Reactions)
            ],
            keyring=service.keyring,
        ).run()
    finally:
        await service.broker.stop()
        await service.log.stop()
        await foundation.database.close()
