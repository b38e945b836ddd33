"""Every route, by who may use it, as the page for people says (docs/guides/access.md)."""

import re
from typing import Any
from uuid import uuid4

from events.vocabulary import Role
from services.chassis.authorization.policy import Action
from services.chassis.runtime.application import API
from tests.support.models.access_page import read_page

ORG = dict.fromkeys(Role, "*") | {
    Role.SHELTER_WORKER: "ALB-IXT-01",
    Role.SHELTER_COORDINATOR: "ALB-IXT-01",
    Role.INTEGRATOR: "ALB-IXT-01",
    Role.OFFICER: "UNICEF",
    Role.SUPERVISOR: "UNICEF",
}
ROLES = tuple(role for role in Role if role is not Role.OPERATOR)

PAGE = read_page()
NEEDS = {
    (method, path.removeprefix(API)): Action(entry.action)
    for (method, path), entry in PAGE.routes.items()
    if entry.action is not None and path.startswith(API)
}
"""What each route of the API asks for, as the page for people says (docs/guides/access.md)."""
PUBLIC = f"{API}/authority-demands/counts"
"""Counted in public (domain.md §7.6)."""
OPEN = {route for route, entry in PAGE.routes.items() if entry.whose == "público"}
BY_SLIP = {f"{API}/slips/withdraw", f"{API}/slips/confirm"}
"""Opened by the person's slip and word instead of a token (domain.md §7.8)."""

BY_SIGNATURE = {f"{API}/device-records", f"{API}/device-records/status"}
"""Opened by the signature of an enrolled telephone (ADR 0040)."""


def routes(description: dict[str, Any]) -> list[tuple[str, str]]:
    """Method and path of every operation."""
    return [(method.upper(), path) for path, operations in description["paths"].items() for method in operations]


def filled(path: str) -> str:
    """A path with ids of things that do not exist."""
    return re.sub(r"\{[^}]*\}", str(uuid4()), path)
