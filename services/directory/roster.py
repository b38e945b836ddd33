"""The people that a desk's alerts and escalations go to, by their codes, as the directory lists them."""

from collections.abc import Mapping
from dataclasses import dataclass

from events.vocabulary import Role
from services.chassis.authorization.policy import EVERYWHERE
from services.directory.loading import load_directory
from services.directory.model import Directory


@dataclass(frozen=True, slots=True)
class People:
    """The people of a directory by their role in an alert."""

    desks: Mapping[str, tuple[str, tuple[str, ...]]]
    """Each desk's agency and its on-call order."""
    every_hour: Mapping[str, str]
    supervisors: Mapping[str, tuple[str, ...]]
    coordinators: tuple[str, ...]
    shelters: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]
    """Each shelter's workers and coordinators, as far as they are listed."""
    everybody: frozenset[str]
    disabled: frozenset[str]

    @classmethod
    def of(cls, directory: Directory) -> "People":
        """The people of a valid directory."""

        def with_role(role: Role, org: str) -> tuple[str, ...]:
            return tuple(code for code, one in directory.people.items() if (one.role, one.org) == (role, org))

        return cls(
            desks={code: (str(desk.agency), tuple(desk.on_call)) for code, desk in directory.duty_desks.items()},
            every_hour={str(agency): entry.fallback for agency, entry in directory.agencies.items()},
            supervisors={str(agency): with_role(Role.SUPERVISOR, agency) for agency in directory.agencies},
            coordinators=with_role(Role.PROGRAMME_COORDINATOR, EVERYWHERE),
            shelters={
                code: (with_role(Role.SHELTER_WORKER, code), with_role(Role.SHELTER_COORDINATOR, code))
                for code in directory.shelters
            },
            everybody=frozenset(directory.people),
            disabled=frozenset(code for code, one in directory.people.items() if one.disabled),
        )


def people() -> People:
    """The people of the directory in force.

    Raises:
        PolicyFaultsError: it has faults.
    """
    return People.of(load_directory())
