"""What every renewal is: named steps, each of which may be done again, in an order that a kill cannot break.

The new value is written first, with the former one beside it (both are tried, or both are read); then the server or the
rows learn the new one; then the former one is dropped. A renewal that was killed is run again and goes on (ADR 0056).
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import asyncpg

from events.vocabulary import RenewedSecret
from services.chassis.security.acts import COMMAND_LINE, act_as
from services.chassis.settings import Settings
from services.rotation.files import SecretFiles


class NotOursError(Exception):
    """The secret is a server's of one's own: the message says in both languages what its owner does."""

    def __init__(self, es: str, en: str) -> None:
        super().__init__(en)
        self.es, self.en = es, en


@dataclass(frozen=True, slots=True)
class Place:
    """Where a renewal is done."""

    settings: Settings
    """With the addresses of both servers; of one's own, or embedded."""
    dsn: str = field(repr=False)
    """The administrator's."""
    files: SecretFiles
    own_postgres: bool
    own_nats: bool

    @asynccontextmanager
    async def administrator(self) -> AsyncIterator[asyncpg.Connection]:
        """The administrator's connection; to the embedded server with whichever of its two passwords it wants.

        What it changes is an act of whoever uses this machine's terminal.
        """
        words = (None,) if self.own_postgres else self.files.secrets().all_of("postgres_admin")
        connection = await _signed_in(self.dsn, words)
        try:
            await act_as(connection, self.settings.operator or COMMAND_LINE)
            yield connection
        finally:
            await connection.close()


async def _signed_in(dsn: str, passwords: Sequence[str | None]) -> asyncpg.Connection:
    *others, last = passwords
    for password in others:
        try:
            return await asyncpg.connect(dsn, password=password)
        except asyncpg.InvalidPasswordError:
            continue
    return await asyncpg.connect(dsn, password=last)


@dataclass(frozen=True, slots=True)
class Waits:
    """What somebody has to do before the renewal can go on: run again afterwards, it does."""

    es: str
    en: str


Step = tuple[str, Callable[[], Awaitable[Waits | None]]]
"""Its name, and what it does; what it answers ends the run: somebody else has to act first."""


@dataclass(frozen=True, slots=True)
class Renewal:
    """One kind of secret, and how it is replaced."""

    what: RenewedSecret
    steps: Callable[[Place], Sequence[Step]]
    """The first writes the files and touches no server."""
    lasting: tuple[str, ...] = ()
    """Keys of which the former ones go on reading until they are forgotten, by name of the field."""
    services: tuple[str, ...] = ()
    """The services that have it in their file, in the order in which their hosts get the new one."""


async def carry_out(steps: Sequence[Step], after: Callable[[str], None] = lambda _: None) -> Waits | None:
    """Runs the steps. ``after`` is told the name of each that is done."""
    for name, step in steps:
        waits = await step()
        after(name)
        if waits is not None:
            return waits
    return None
