"""Every check, in the order in which it is reported: what others depend on first."""

from collections.abc import Sequence

from services.doctor.checks import (
    backups,
    certificates,
    configuration,
    keys,
    machine,
    nats,
    people,
    postgres,
    reaching,
    rights,
    running,
    schemas,
    streams,
)
from services.doctor.looking import Look

LOOKS: Sequence[Look] = (
    *machine.LOOKS,
    *configuration.LOOKS,
    *keys.LOOKS,
    *backups.LOOKS,
    *postgres.LOOKS,
    *rights.LOOKS,
    *schemas.LOOKS,
    *people.LOOKS,
    *nats.LOOKS,
    *streams.LOOKS,
    *certificates.LOOKS,
    *reaching.LOOKS,
    *running.LOOKS,
)

__all__ = ["LOOKS"]
