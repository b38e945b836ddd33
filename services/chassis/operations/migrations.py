"""The migrations that come with the program, and which of them an earlier program can live with.

A file whose first line is ``-- expand`` only adds what an earlier program does not see. Every other one contracts, also
those from before there was this rule: an earlier program cannot run on a database that has it.
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from services.chassis.names import SERVICES, postgres_role

EXPANDS = "-- expand"
OF_EVERY_SERVICE = ("0001_log.sql", "0002_heartbeat.sql")
"""The chassis' migrations of a service's schema, before the service's own."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One file of a schema."""

    schema: str
    name: str
    sql: str

    @property
    def expands(self) -> bool:
        """Whether a program that does not know it can run on a database that has it."""
        return self.sql.split("\n", 1)[0].strip() == EXPANDS


@cache
def migrations() -> tuple[Migration, ...]:
    """Every migration in order. Read once: each question about readiness compares their names."""
    found: list[Migration] = []
    chassis = files("services.chassis") / "migrations"
    for schema in ("vault", "accounts"):
        found += [
            Migration(schema, path.name, path.read_text())
            for path in _sorted(chassis)
            if path.name.startswith(f"{schema}_")
        ]
    for service in SERVICES:
        found += [Migration(service, name, _filled((chassis / name).read_text(), service)) for name in OF_EVERY_SERVICE]
        own = files("services") / service / "migrations"
        found += [Migration(service, path.name, path.read_text()) for path in _sorted(own)]
    return tuple(found)


def _filled(sql: str, service: str) -> str:
    return sql.replace("{schema}", service).replace("{role}", postgres_role(service))


def _sorted(folder: Traversable) -> list[Any]:
    if not folder.is_dir():
        return []
    return sorted((path for path in folder.iterdir() if path.name.endswith(".sql")), key=lambda path: path.name)
