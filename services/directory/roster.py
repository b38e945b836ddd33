"""Whom a desk's alert and a desk's silence go to, as the directory says: people in order, by their codes."""

from collections.abc import Mapping
from dataclasses import dataclass

from events.vocabulary import Role
from services.chassis.access import EVERYWHERE
from services.directory.loading import load_directory
from services.directory.model import Directory


@dataclass(frozen=True, slots=True)
class People:
    """Everybody with a role in an alert."""

    desks: Mapping[str, tuple[str, tuple[str, ...]]]
    """Each desk's agency, and who is on call there, in order."""
    every_hour: Mapping[str, str]
    supervisors: Mapping[str, tuple[str, ...]]
    coordinators: tuple[str, ...]
    disabled: frozenset[str]

    @classmethod
    def of(cls, directory: Directory) -> "People":
        """Those of a directory that has no fault."""

        def with_role(role: Role, org: str) -> tuple[str, ...]:
            return tuple(code for code, one in directory.people.items() if (one.role, one.org) == (role, org))

        return cls(
            desks={code: (str(desk.agency), tuple(desk.on_call)) for code, desk in directory.duty_desks.items()},
            every_hour={str(agency): entry.fallback for agency, entry in directory.agencies.items()},
            supervisors={str(agency): with_role(Role.SUPERVISOR, agency) for agency in directory.agencies},
            coordinators=with_role(Role.PROGRAMME_COORDINATOR, EVERYWHERE),
            disabled=frozenset(code for code, one in directory.people.items() if one.disabled),
        )


def people() -> People:
    """Those of the directory in force.

    Raises:
        PolicyFaultsError: it has faults.
    """
    return People.of(load_directory())
