"""An installation as the doctor meets it."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg

from services.chassis.settings import Settings
from services.doctor.checks import LOOKS
from services.doctor.domain import Code, Found
from services.doctor.ground import Ground
from services.doctor.looking import examine
from services.system import Installation


@dataclass
class Installed:
    """Migrated servers of their own; no service runs."""

    installation: Installation
    here: Settings
    """As the settings are on that machine: the embedded servers are not named."""

    def ground(self, **changed: Any) -> Ground:
        """What the doctor finds there, with these settings changed."""
        return Ground.here(self.here.model_copy(update=changed))

    @property
    def dsn(self) -> str:
        assert self.installation.settings.postgres_dsn is not None
        return self.installation.settings.postgres_dsn.get_secret_value()

    async def execute(self, *statements: str) -> None:
        """As the database's administrator."""
        connection = await asyncpg.connect(self.dsn)
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()


async def looked(ground: Ground, code: Code) -> list[Found]:
    """What the check of a code finds of it."""
    found = await examine(ground, [look for look in LOOKS if code in look.codes])
    return [one for one in found if one.code is code]


def secrets_in(value: Any) -> Iterable[str]:
    """Every text in a dump of the secrets."""
    if isinstance(value, dict):
        for inner in value.values():
            yield from secrets_in(inner)
    elif isinstance(value, str) and len(value) > 16:
        yield value


def folder_of(settings: Settings) -> Path:
    """The folder of the keys."""
    return settings.data.with_name(f"{settings.data.name}-keys")
