"""What was looked at, and what was found: every check has a code, and each finding says how it stands. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Code(StrEnum):
    """What a check looks at. Its words are in the catalogue: ``holds.``, ``fault.`` and ``fix.``."""

    PROGRAM = "program"
    OPEN_FILES = "open_files"
    MEMORY = "memory"
    CORE_DUMPS = "core_dumps"
    TIME_ZONES = "time_zones"
    DISK = "disk"
    PUBLIC_URL = "public_url"
    PROXIES = "proxies"
    CHANNELS = "channels"
    CONTACTS = "contacts"
    WITNESSES = "witnesses"
    DIRECTORY = "directory"
    ON_CALL = "on_call"
    REACHED = "reached"
    KEYS = "keys"
    EPOCHS = "epochs"
    KEYS_BACKUP = "keys_backup"
    BACKUP = "backup"
    POSTGRES = "postgres"
    POSTGRES_VERSION = "postgres_version"
    POSTGRES_TLS = "postgres_tls"
    POSTGRES_CLOCK = "postgres_clock"
    DURABLE = "durable"
    CONNECTIONS = "connections"
    ADMINISTRATOR = "administrator"
    ROLE = "role"
    ROLE_RIGHTS = "role_rights"
    SCHEMA_PENDING = "schema_pending"
    SCHEMA_NEWER = "schema_newer"
    SECOND_FACTOR = "second_factor"
    ENDLESS_TOKEN = "endless_token"  # noqa: S105 - what is looked at, no token
    TOKEN_EXPIRING = "token_expiring"  # noqa: S105 - likewise
    OPERATOR_TOKEN = "operator_token"  # noqa: S105 - likewise
    NATS = "nats"
    NATS_VERSION = "nats_version"
    NATS_USER = "nats_user"
    NATS_CLOCK = "nats_clock"
    STREAM = "stream"
    STREAM_FORM = "stream_form"
    STREAM_COPIES = "stream_copies"
    STREAM_END = "stream_end"
    STREAM_ROOM = "stream_room"
    CERTIFICATE = "certificate"
    RUNNING = "running"
    CREDENTIAL = "credential"
    RUNNING_VERSION = "running_version"
    HEALTH = "health"
    POLICIES = "policies"


class Why(StrEnum):
    """Why a server was not reached, or a check not made. Its words are ``why.`` in the catalogue."""

    REFUSED = "refused"
    UNKNOWN_HOST = "unknown_host"
    TIMEOUT = "timeout"
    CERTIFICATE = "certificate"
    NO_AUTHORITY = "no_authority"
    NO_TLS = "no_tls"
    WRONG_PASSWORD = "wrong_password"  # noqa: S105 - a reason, no password
    NO_DATABASE = "no_database"
    NO_PERMISSION = "no_permission"
    STARTING = "starting"
    FULL = "full"
    NOT_A_SERVER = "not_a_server"
    OTHER = "other"
    NOT_SET = "not_set"
    NOT_RUNNING = "not_running"
    NOT_THE_ADMINISTRATOR = "not_the_administrator"
    NO_KEYS_HERE = "no_keys_here"
    ELSEWHERE = "elsewhere"
    OLD_SCHEMA = "old_schema"
    NO_BACKUPS_KNOWN = "no_backups_known"


class Level(StrEnum):
    """How it stands."""

    OK = "ok"
    WARN = "warn"
    """It works; whoever operates it should know."""
    BAD = "bad"
    UNSEEN = "unseen"
    """It could not be looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What one check found. ``values`` fill the sentence: numbers, names of services, folders; never a secret."""

    code: Code
    level: Level
    about: str | None = None
    """The service, folder, server or desk."""
    values: Mapping[str, Any] = field(default_factory=dict)
    why: Why | None = None
    health: str | None = None
    """The code of a running system's own check, which has its own words."""


def holds(code: Code, about: str | None = None, **values: Any) -> Found:
    """It is as it should be."""
    return Found(code=code, level=Level.OK, about=about, values=values)


def fails(code: Code, about: str | None = None, *, why: Why | None = None, **values: Any) -> Found:
    """It has to be mended."""
    return Found(code=code, level=Level.BAD, about=about, values=values, why=why)


def warns(code: Code, about: str | None = None, **values: Any) -> Found:
    """It works, and should be looked at."""
    return Found(code=code, level=Level.WARN, about=about, values=values)


def unseen(code: Code, why: Why, about: str | None = None) -> Found:
    """It could not be looked at."""
    return Found(code=code, level=Level.UNSEEN, about=about, why=why)


def judged(code: Code, good: bool, about: str | None = None, **values: Any) -> Found:  # noqa: FBT001 - the verdict
    """It holds or it has to be mended."""
    return holds(code, about, **values) if good else fails(code, about, **values)


GOOD, SOMETHING_BAD, NOTHING_SEEN = 0, 1, 3


def exit_code(found: Iterable[Found]) -> int:
    """0: nothing is bad. 1: something is. 3: neither a server nor a running system answered."""
    levels = {(one.code, one.level) for one in found}
    if not any(level in (Level.OK, Level.WARN) for code, level in levels if code in REACHING):
        return NOTHING_SEEN
    return SOMETHING_BAD if any(level is Level.BAD for _, level in levels) else GOOD


REACHING = frozenset({Code.POSTGRES, Code.NATS, Code.RUNNING})
"""Whether there is anything at all to look at."""
