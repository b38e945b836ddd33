"""The settings that can be used and are yet not what an installation needs, and the files that they name."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from services.audit.witnesses.policy import WitnessPolicy, WitnessPolicyError
from services.chassis.settings import LOOPBACK
from services.directory.loading import load_directory
from services.directory.stranded import stranded
from services.doctor.domain import Code, Found, fails, holds, judged, warns
from services.doctor.ground import Ground
from services.doctor.looking import Look
from services.notifications.app import channels
from services.notifications.contacts.domain import ContactFaultsError
from services.notifications.contacts.file_format import Known
from services.notifications.contacts.loader import load_contacts
from services.programme.policy_file import PolicyFaultsError
from services.system import roster


async def addresses(ground: Ground) -> list[Found]:
    """The address that people open, and the proxies in front of it."""
    settings = ground.settings
    said = [(holds if settings.public_url else warns)(Code.PUBLIC_URL)]
    by_proxy = (settings.public_url or "").startswith("https://") and settings.tls_cert is None
    hidden = by_proxy and settings.host in LOOPBACK and not settings.proxies
    return [*said, (warns if hidden else holds)(Code.PROXIES)]


async def ways_out(ground: Ground) -> list[Found]:
    """Whether alerts have any channel, and whether its settings can be used."""
    faults = _faults(partial(channels, ground.settings))
    if faults:
        return [fails(Code.CHANNELS, fault) for fault in faults]
    there = sorted(channels(ground.settings))
    return [judged(Code.CHANNELS, bool(there), channels=", ".join(there))]


async def contacts(ground: Ground) -> list[Found]:
    """Whether the file of contacts can be used."""
    path, listed = ground.settings.contacts, roster()
    faults = _faults(lambda: load_contacts(path, Known(listed.shelters, listed.people)))
    if faults:
        return [fails(Code.CONTACTS, fault) for fault in faults]
    return [holds(Code.CONTACTS)]


async def witnesses(ground: Ground) -> list[Found]:
    """Whether the policy of witnesses can be used."""
    path = ground.settings.witnesses
    try:
        found = WitnessPolicy.parse(path.read_text(encoding="utf-8")) if path is not None else None
    except OSError as error:
        return [fails(Code.WITNESSES, str(path), fault=str(error.strerror))]
    except (WitnessPolicyError, UnicodeDecodeError) as error:
        return [fails(Code.WITNESSES, str(path), fault=str(error))]
    return [holds(Code.WITNESSES, number=0 if found is None else len(found.witnesses))]


async def directory(ground: Ground) -> list[Found]:
    """Whether the directory can be used, and whom it leaves without anybody."""
    faults = _faults(lambda: load_directory(ground.settings.directory))
    if faults:
        return [fails(Code.DIRECTORY, fault) for fault in faults]
    read = load_directory(ground.settings.directory)
    alone = [(fails if one.at_once else warns)(Code.ON_CALL, one.who, es=one.es, en=one.en) for one in stranded(read)]
    return [
        holds(Code.DIRECTORY, shelters=len(read.shelters), desks=len(read.duty_desks)),
        *(alone or [holds(Code.ON_CALL)]),
    ]


def _faults(read: Callable[[], Any]) -> list[str]:
    """What is wrong with a file, a line each; nothing of its contents is repeated."""
    try:
        read()
    except (PolicyFaultsError, ContactFaultsError) as error:
        return [str(each) for each in error.faults]
    except OSError as error:
        return [f"{error.filename}: {error.strerror}"]
    except ValueError as error:
        return [type(error).__name__]
    return []


LOOKS: Sequence[Look] = (
    Look((Code.PUBLIC_URL, Code.PROXIES), addresses),
    Look((Code.CHANNELS,), ways_out),
    Look((Code.CONTACTS,), contacts),
    Look((Code.WITNESSES,), witnesses),
    Look((Code.DIRECTORY, Code.ON_CALL), directory),
)
