"""Maintenance of a system from outside: rebuilding read models, repairing a log after a restore."""

import asyncio
import base64
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta

import structlog
from nats.js.errors import NotFoundError

from events.vocabulary import BoxClass
from services.chassis.clock import Clock, system_clock
from services.chassis.database import Database
from services.chassis.errors import StoreUnavailableError
from services.chassis.eventlog.log_reader import LogReader
from services.chassis.eventlog.reactions import Reactions
from services.chassis.eventlog.upstream import Upstream
from services.chassis.messaging.cancellation import raise_if_cancelled
from services.chassis.messaging.streams import ensure_stream
from services.chassis.operations import rebuild
from services.chassis.operations.rebuild import Rebuilt
from services.chassis.operations.repair import Repair
from services.chassis.operations.repair_plan import Plan, plan_of
from services.chassis.operations.rotation import Rotated, Rotation, bring_back_epochs, rotation_due
from services.chassis.operations.stream_reader import StreamCopy
from services.chassis.private_files import UnsafeSecretsError
from services.chassis.runtime.bootstrap import ServiceContext
from services.chassis.secrets.epoch_files import KEEPER, EpochFiles
from services.chassis.secrets.folder import backup_folder, keys_folder
from services.chassis.secrets.installation import Secrets
from services.chassis.secrets.service import ServiceSecrets
from services.chassis.settings import Settings
from services.intake.devices.reception_keys import ReceptionKeys, Renewal, wrapping_key
from services.intake.erasures.policy import RetentionPolicy
from services.intake.erasures.projections import erase_again
from services.intake.restorations.queries import LostCase, lost_cases
from services.system import FACTORIES, MODELS, administrator, stale_read_models

logger = structlog.get_logger(__name__)

AFTER_ERASURES = timedelta(minutes=5)
"""A batch of erasures is over when none came for so long: then the epochs are renewed."""
CHECK_INTERVAL = 60.0
"""Seconds between two looks whether the epochs are to be renewed."""

RUNNING = """
select count(*) from pg_stat_activity
where application_name = $1 and pid <> pg_backend_pid() and datname = current_database()"""


@dataclass(frozen=True, slots=True)
class RotatedKeys:
    """What a rotation did."""

    rotated: Sequence[Rotated]
    copies_destroyed: Sequence[tuple[BoxClass, int]]
    """The copies of destroyed epochs whose term was over."""


class StillRunningError(RuntimeError):
    """A process of the service is running: a repair could not distinguish its own appends from that process's."""


async def rebuild_read_models(
    dsn: str, service: str, *, swap: bool = True, on_progress: Callable[[int], None] = lambda _: None
) -> Rebuilt:
    """Rebuilds a service's read models and compares them with the present ones; see ``chassis.operations.rebuild``.

    ``on_progress`` is called with the number of events handled, for a progress bar.
    """
    return await rebuild.rebuild(dsn, service, MODELS[service], swap=swap, on_progress=on_progress)


async def refill_stale(settings: Settings) -> None:
    """Fills the read models of those services again whose tables another program has filled.

    Raises:
        UnreadableEventError: an entry is not what its event's definition says; that service's tables were not changed.
    """
    assert settings.postgres_dsn is not None  # noqa: S101 - the caller has looked
    services = dict.fromkeys(name.split(".")[0] for name in await stale_read_models(settings))
    for service in services:
        await rebuild_read_models(settings.postgres_dsn.get_secret_value(), service)


async def erased_again(dsn: str, secrets: Secrets) -> int:
    """After a restore: destroys the keys of erased persons that came back with the dump. Returns their number."""
    database = Database(dsn, service=KEEPER, password=lambda: secrets.of(KEEPER).all_of("postgres"))
    try:
        async with database.correcting() as connection:
            return await erase_again(connection)
    finally:
        await database.close()


async def cases_to_send_again(dsn: str, secrets: Secrets) -> list[LostCase]:
    """The cases whose keys were lost, by shelter and receipt."""
    database = Database(dsn, service=KEEPER, password=lambda: secrets.of(KEEPER).all_of("postgres"))
    try:
        return await lost_cases(database)
    finally:
        await database.close()


@asynccontextmanager
async def repairing(settings: Settings, secrets: Secrets, name: str) -> AsyncIterator[Repair]:
    """The repair of a service's log from its stream; see ``chassis.operations.repair``.

    Raises:
        StillRunningError: the service is running.
    """
    context = ServiceContext.of(settings, name, secrets=secrets.of(name))
    service = FACTORIES[name](context)
    async with context.database.reading() as connection:
        if await connection.fetchval(RUNNING, f"canaliza-{name}"):
            raise StillRunningError(name)
    service.log.start()
    try:
        client = await service.broker.connect()
        yield Repair(
            log=service.log,
            copy=StreamCopy(client.jetstream(), name, context.outlet),
            own=Upstream(context.database, name),
            follows=[
                (Upstream(context.database, upstream), digest)
                for upstream, digest in service.follows.items()
                if isinstance(digest, Reactions)
            ],
            keyring=service.keyring,
        )
    finally:
        await service.broker.stop()
        await service.log.stop()
        await context.database.close()


async def remake_stream(settings: Settings, secrets: Secrets, name: str) -> Plan:
    """Deletes a service's stream as the administrator and makes it anew, empty, for the relay to fill from the log.

    The service may be running: it goes on and fills the stream within seconds. Nothing is done if the stream has
    entries that the log lacks: they are returned, and must be repaired first.

    Raises:
        ForkedError: log and stream are two histories; nothing was changed.
    """
    context = ServiceContext.of(settings, name, secrets=secrets.of(name))
    try:
        async with administrator(settings, secrets) as jetstream:
            plan = await plan_of(LogReader(context.database), StreamCopy(jetstream, name, context.outlet))
            if not plan.missing:
                with suppress(NotFoundError):
                    await jetstream.delete_stream(context.names.stream(name))
                token = context.outlet.token
                await ensure_stream(jetstream, context.names, name, token, replicas=settings.replicas)
            return plan
    finally:
        await context.database.close()


def epoch_files(settings: Settings) -> EpochFiles:
    """The key files of this installation, and the folder of their copies.

    Raises:
        UnsafeSecretsError: a folder is not apart from the data, or from the other.
    """
    backup = backup_folder(settings.data, settings.keys, settings.keys_backup)
    return EpochFiles(keys_folder(settings.data, settings.keys), backup)


async def rotate_keys(
    dsn: str,
    settings: Settings,
    policy: RetentionPolicy,
    clock: Clock = system_clock,
    *,
    only_if_due: bool = False,
) -> RotatedKeys:
    """Renews the epoch keys, and destroys the copies whose term is over.

    Raises:
        UnsafeSecretsError: the key files cannot be used.
        KeysUnavailableError: they are not those of this database's keys.
        StoreUnavailableError: the database cannot be reached; running it again goes on.
    """
    files, terms = epoch_files(settings), policy.epoch_keys
    password = ServiceSecrets.load(files.folder, KEEPER).postgres
    database = Database(dsn, service=KEEPER, password=password)
    try:
        rotated: list[Rotated] = []
        if not only_if_due or await rotation_due(database, terms.renew_after, AFTER_ERASURES, clock()):
            rotated = await Rotation(database=database, clock=clock, files=files).run()
        destroyed = await asyncio.to_thread(files.destroy_copies, clock(), terms.copies)
        return RotatedKeys(rotated, [(one.kind, one.epoch) for one in destroyed])
    finally:
        await database.close()


async def recover_keys(dsn: str, settings: Settings, clock: Clock = system_clock) -> list[tuple[BoxClass, int]]:
    """Brings the epochs of a restored older dump back from their copies; returns those that have none any more.

    Raises:
        UnsafeSecretsError: the key files cannot be used.
        StoreUnavailableError: the database cannot be reached.
    """
    files = epoch_files(settings)
    database = Database(dsn, service=KEEPER, password=ServiceSecrets.load(files.folder, KEEPER).postgres)
    try:
        return await bring_back_epochs(database, files, clock())
    finally:
        await database.close()


async def renew_reception_keys(dsn: str, settings: Settings, clock: Clock = system_clock) -> Renewal:
    """Takes new keys for telephones to seal to, before it is time; what was sealed to the earlier still opens.

    Raises:
        UnsafeSecretsError: the key files cannot be used.
        StoreUnavailableError: the database cannot be reached.
    """
    secrets = ServiceSecrets.load(epoch_files(settings).folder, KEEPER)
    if secrets.index_key is None:
        raise UnsafeSecretsError(f"{KEEPER} has no index_key: bring its service.json back from its backup")
    database = Database(dsn, service=KEEPER, password=lambda: secrets.all_of("postgres"))
    try:
        wrapping = wrapping_key(base64.b64decode(secrets.index_key))
        return await ReceptionKeys(database=database, clock=clock, wrapping=wrapping).renew(at_once=True)
    finally:
        await database.close()


@asynccontextmanager
async def keys_renewed(dsn: str, settings: Settings, policy: RetentionPolicy) -> AsyncIterator[None]:
    """Renews the epoch keys whenever they are due, as long as the context lasts."""

    async def watch() -> None:
        while True:
            raise_if_cancelled()
            try:
                found = await rotate_keys(dsn, settings, policy, only_if_due=True)
                for one in found.rotated:
                    logger.info("epoch_keys_renewed", count=one.wrapped_anew)
            except (StoreUnavailableError, UnsafeSecretsError, OSError) as error:
                logger.warning("epoch_keys_not_renewed", error=type(error).__name__)
            except Exception:
                logger.exception("epoch_keys_not_renewed")
            await asyncio.sleep(CHECK_INTERVAL)

    task = asyncio.create_task(watch(), name="epoch-keys")
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
