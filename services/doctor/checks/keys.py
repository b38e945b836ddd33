"""The folders of secrets, whether their keys are this installation's, and the copies of the epoch keys."""

from collections.abc import Sequence

from services.chassis.private_files import UnsafeSecretsError
from services.chassis.secrets.epoch_files import EpochFiles
from services.chassis.secrets.folder import backup_folder, keys_folder
from services.chassis.secrets.service import OPENS
from services.chassis.vault.epochs import EpochKeys, KeysUnavailableError, decoded
from services.chassis.vault.keyring import Keyring
from services.doctor.domain import Code, Found, Why, fails, holds, unseen, warns
from services.doctor.ground import Ground
from services.doctor.looking import Look


async def files(ground: Ground) -> list[Found]:
    """Whether the folders of secrets are there, whole, and closed to others."""
    faults = [
        fails(Code.KEYS, None if service == "*" else service, fault=fault) for service, fault in ground.faults.items()
    ]
    if faults:
        return faults
    if not ground.of_services:
        return [unseen(Code.KEYS, Why.NO_KEYS_HERE)]
    return [holds(Code.KEYS, services=", ".join(ground.of_services))]


async def epochs(ground: Ground) -> list[Found]:
    """Whether the epoch keys that are here are those of the vault, each service's by its own access."""
    here = [service for service in OPENS if service in ground.of_services]
    if not here:
        return [unseen(Code.EPOCHS, Why.NO_KEYS_HERE)]
    return [await _epochs_of(ground, service) for service in here]


async def _epochs_of(ground: Ground, service: str) -> Found:
    own = ground.of_services[service].epoch_keys
    keyring = Keyring(
        ground.database(service), EpochKeys({kind: decoded(keys) for kind, keys in own.items()}), ground.clock
    )
    try:
        await keyring.verify()
    except KeysUnavailableError:
        return fails(Code.EPOCHS, service)
    return holds(Code.EPOCHS, service)


async def copies(ground: Ground) -> list[Found]:
    """Whether each epoch key that is in use has its copy, apart from the keys."""
    if ground.secrets is None:
        return [unseen(Code.KEYS_BACKUP, Why.NOT_THE_ADMINISTRATOR)]
    settings = ground.settings
    try:
        folder = backup_folder(settings.data, settings.keys, settings.keys_backup)
        files_here = EpochFiles(keys_folder(settings.data, settings.keys), folder)
        there = {(one.kind, one.epoch) for one in files_here.copies()}
    except UnsafeSecretsError as error:
        return [fails(Code.KEYS_BACKUP, fault=str(error))]
    missing = [
        f"{kind} {epoch}"
        for kind, keys in ground.secrets.epoch_keys.items()
        for epoch in keys
        if (kind, epoch) not in there
    ]
    if missing:
        return [warns(Code.KEYS_BACKUP, fault=f"{folder}: {', '.join(missing)}")]
    return [holds(Code.KEYS_BACKUP, folder=str(folder))]


LOOKS: Sequence[Look] = (
    Look((Code.KEYS,), files),
    Look((Code.EPOCHS,), epochs),
    Look((Code.KEYS_BACKUP,), copies),
)
