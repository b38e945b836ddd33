"""What an example of a command is, and the people who send the examples."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx2

from events.vocabulary import Role
from tests.support.builders.slips import NEXT_SHELTER
from tests.support.people.people import SHELTER, Item, Programme, an_adult, consent_to

Route = tuple[str, str]
DESK, OTHER_DESK = "ACNUR-CHP", "ACNUR-TAB"


@dataclass(frozen=True, slots=True)
class Other:
    """What else the id is used for: other fields, at another path, or by somebody else."""

    changes: Item = field(default_factory=dict)
    path: str | None = None
    by: httpx2.AsyncClient | None = None


@dataclass(frozen=True, slots=True)
class Example:
    """A command that is carried out. ``repeated``: the answer to the same again where it is not the first one's."""

    by: httpx2.AsyncClient
    path: str
    body: Item
    others: Sequence[Other]
    repeated: Callable[[Item], tuple[int, Item]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """Everybody who sends commands, twice: the second may do the same and is somebody else."""

    programme: Programme
    shelter: tuple[httpx2.AsyncClient, httpx2.AsyncClient]
    shelter_coordinator: tuple[httpx2.AsyncClient, httpx2.AsyncClient]
    next_shelter: tuple[httpx2.AsyncClient, httpx2.AsyncClient]
    officer: tuple[httpx2.AsyncClient, httpx2.AsyncClient]
    supervisor: tuple[httpx2.AsyncClient, httpx2.AsyncClient]
    other_supervisor: httpx2.AsyncClient
    coordinator: tuple[httpx2.AsyncClient, httpx2.AsyncClient]
    administrator: tuple[httpx2.AsyncClient, httpx2.AsyncClient]
    nobody: httpx2.AsyncClient

    @classmethod
    async def of(cls, programme: Programme, nobody: httpx2.AsyncClient) -> "Cast":
        async def two(role: Role, org: str) -> tuple[httpx2.AsyncClient, httpx2.AsyncClient]:
            sign = programme.system.signed_in
            return await sign(role, org, "x-001"), await sign(role, org, "x-002")

        (other,) = [await programme.system.signed_in(Role.SUPERVISOR, "OIM", "x-001")]
        return cls(
            programme=programme,
            shelter=await two(Role.SHELTER_WORKER, SHELTER),
            shelter_coordinator=await two(Role.SHELTER_COORDINATOR, SHELTER),
            next_shelter=await two(Role.SHELTER_WORKER, NEXT_SHELTER),
            officer=await two(Role.OFFICER, "ACNUR"),
            supervisor=await two(Role.SUPERVISOR, "ACNUR"),
            other_supervisor=other,
            coordinator=await two(Role.PROGRAMME_COORDINATOR, "*"),
            administrator=await two(Role.ADMINISTRATOR, "*"),
            nobody=nobody,
        )

    async def case(self) -> str:
        """A new case, which two agencies may be told of."""
        return await self.programme.flag(an_adult(consent_to("ACNUR"), consent_to("PNUD")))

    async def referral(self) -> Item:
        """A new referral at ACNUR's desk."""
        return await self.programme.referral_to("ACNUR", await self.case(), state="requested")


Make = Callable[[Cast], Awaitable[Example]]


def new(**says: Any) -> Item:
    return {"command_id": str(uuid4()), **says}
