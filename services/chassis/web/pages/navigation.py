"""The doors that each role finds at the top of every page: the work that the role has, by the access table.

A door leads to a page of one of the services. Run apart, they share one origin: the proxy sends ``/mesa`` and
``/coordinacion`` to referral, ``/avisos`` to notifications, ``/auditoria`` to audit, the others to intake.
"""

from dataclasses import dataclass

from events.vocabulary import Role
from services.chassis.authorization.policy import Principal

STAFF = frozenset({Role.SHELTER_WORKER, Role.SHELTER_COORDINATOR})
DESK = frozenset({Role.OFFICER, Role.SUPERVISOR})
EVERYBODY = frozenset(Role)
ACCOUNT = "/cuenta"


@dataclass(frozen=True, slots=True)
class Door:
    """A page that is linked at the top of every other."""

    path: str
    text: str
    """The key of its name."""
    roles: frozenset[Role]
    besides: tuple[str, ...] = ()
    """Where its people find what others share with them, such as tasks: behind this door unless behind another."""

    def leads_to(self, path: str) -> bool:
        """Whether a page lies behind this door."""
        return path == self.path or path.startswith(f"{self.path}/")

    def shares(self, path: str) -> bool:
        """Whether a page is of those that its people share with others."""
        return path.startswith(self.besides) if self.besides else False


DOORS: tuple[Door, ...] = (
    Door("/albergue", "nav.shelter", STAFF, ("/mesa/", "/coordinacion/")),
    Door("/mesa", "nav.desk", DESK),
    Door("/coordinacion", "nav.coordination", frozenset({Role.PROGRAMME_COORDINATOR})),
    Door("/auditoria", "nav.audit", frozenset({Role.AUDITOR}), ("/coordinacion/que-pasaria",)),
    Door("/avisos", "nav.alerts", STAFF | DESK | {Role.PROGRAMME_COORDINATOR}),
    Door(ACCOUNT, "nav.account", EVERYBODY),
)
"""In the order in which they are shown; the first is where signing in leads."""


def doors_of(principal: Principal) -> tuple[Door, ...]:
    """The doors of somebody who has signed in."""
    return tuple(door for door in DOORS if principal.role in door.roles)


def first_page(role: Role) -> str:
    """Where signing in leads."""
    return next(door.path for door in DOORS if role in door.roles)


def current(doors: tuple[Door, ...], path: str) -> Door | None:
    """The door behind which a page lies: the one with the longest path."""
    shared = next((door for door in doors if door.shares(path)), None)
    return max((door for door in doors if door.leads_to(path)), key=lambda door: len(door.path), default=shared)
