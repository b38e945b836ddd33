"""Links with which a browser signs in to the demonstration, each once; only its throw-away system has them.

No account of the demonstration has a password. A link is a secret of 256 bits, kept in this process alone and printed
to the terminal that plays the day; the system answers on this machine only, and ends with its data.
"""

from dataclasses import dataclass, field
from uuid import uuid4

import asyncpg
import httpx2
from fastapi import APIRouter, FastAPI, Request
from rich.console import Console
from starlette.responses import RedirectResponse, Response

from events.vocabulary import Role
from services.chassis.authorization.policy import EVERYWHERE
from services.chassis.errors import NotFoundError
from services.chassis.identity.administration import create_person
from services.chassis.identity.browsers import caller_of, start_session
from services.chassis.identity.commands import SigningIn
from services.chassis.identity.policy import Stage
from services.chassis.identity.store import hashed, new_secret
from services.chassis.identity.tokens import create_token
from services.chassis.names import SIGN_IN
from services.chassis.runtime.service import Service
from services.chassis.security.acts import INSTALLATION, act_as
from services.chassis.web.pages.navigation import first_page

PATH = "/demostracion"
TIME_ZONE = "America/Mexico_City"
SHELTER = "ALB-TAP-01"
"""UNICEF's desk above answers for its state."""
ENROL = "/albergue/telefono"


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody as whom a newcomer looks around. ``person`` is the code of the account."""

    person: str
    role: Role
    org: str
    words: str
    coordinator: str | None = None
    """The account that lets this person's telephone hand in cases; the link then leads to where that is done."""


GUESTS = (
    Guest(
        "p-902",
        Role.SHELTER_WORKER,
        SHELTER,
        "Albergue, en un teléfono · A shelter, on a telephone",
        coordinator="p-903",
    ),
    Guest("p-049", Role.OFFICER, "UNICEF", "Mesa de guardia de UNICEF · UNICEF's duty desk"),
    Guest("p-013", Role.OFFICER, "ACNUR", "Mesa de guardia de ACNUR · ACNUR's duty desk"),
    Guest("p-900", Role.PROGRAMME_COORDINATOR, EVERYWHERE, "Coordinación · Coordination"),
    Guest("p-901", Role.AUDITOR, EVERYWHERE, "Auditoría · Audit"),
)
"""Who is at a desk is on call there in the programme's directory; the others have codes that nobody there has."""


@dataclass(slots=True)
class SignInLinks:
    """The links that have not been followed yet, by the hash of their secret."""

    signing_in: SigningIn
    _waiting: dict[bytes, Guest] = field(default_factory=dict)
    _tokens: dict[str, str] = field(default_factory=dict, repr=False)
    """The tokens of the coordinators, by their accounts."""

    def routes(self) -> APIRouter:
        """``/demostracion/{secret}``: signs in and leads to the role's first page."""
        router = APIRouter(include_in_schema=False)
        router.get(f"{PATH}/{{secret}}")(self.follow)
        return router

    async def invite(self, dsn: str) -> list[tuple[Guest, str]]:
        """Makes an account for each guest, and a link. ``dsn`` is the administrator's. Returns the links' paths."""
        connection = await asyncpg.connect(dsn)
        try:
            await act_as(connection, INSTALLATION)
            return [(guest, await self._invited(connection, guest)) for guest in GUESTS]
        finally:
            await connection.close()

    async def _invited(self, connection: asyncpg.Connection, guest: Guest) -> str:
        await self._account(connection, guest.person, guest.role, guest.org)
        if guest.coordinator is not None:
            role, at = Role.SHELTER_COORDINATOR, self.signing_in.now()
            await self._account(connection, guest.coordinator, role, guest.org)
            self._tokens[guest.coordinator] = await create_token(
                connection, role=role, org=guest.org, label="Demostración", at=at, person=guest.coordinator
            )
        secret = new_secret()
        self._waiting[hashed(secret)] = guest
        return f"{PATH}/{secret}"

    async def _account(self, connection: asyncpg.Connection, person: str, role: Role, org: str) -> None:
        at = self.signing_in.now()
        named = {"label": "Demostración", "language": "es", "time_zone": TIME_ZONE}
        await create_person(connection, person, role=role, org=org, at=at, **named)

    async def follow(self, request: Request, secret: str) -> Response:
        """Signs in as the link's guest.

        Raises:
            NotFoundError: there is no such link, or it was followed before.
        """
        guest = self._waiting.pop(hashed(secret), None)
        if guest is None:
            raise NotFoundError
        signed = await self.signing_in.begin(guest.person, Stage.FULL, caller_of(request))
        answer = RedirectResponse(await self._first_page(request, guest), status_code=303)
        start_session(request, answer, signed)
        return answer

    async def _first_page(self, request: Request, guest: Guest) -> str:
        """Where the link leads; the code for a telephone is in the part of the address that no server is sent."""
        if guest.coordinator is None:
            return first_page(guest.role)
        by = {"Authorization": f"Bearer {self._tokens[guest.coordinator]}"}
        async with httpx2.AsyncClient(
            transport=httpx2.ASGITransport(request.app), base_url=str(request.base_url), headers=by
        ) as coordinator:
            given = await coordinator.post("/api/v1/devices/codes", json={"command_id": str(uuid4())})
        return f"{ENROL}#codigo={given.raise_for_status().json()['code']}"


def sign_in_links(app: FastAPI) -> SignInLinks:
    """Adds the links to the demonstration's own application; no other has them."""
    services: list[Service] = app.state.services
    links = SignInLinks(next(each.context.signing_in() for each in services if each.name == SIGN_IN))
    app.include_router(links.routes())
    return links


def show_links(console: Console, url: str, links: list[tuple[Guest, str]]) -> None:
    """Prints the links, which are for this terminal alone."""
    console.print("\n[bold]Para entrar con el navegador[/bold] · To sign in with a browser")
    for guest, path in links:
        console.print(f"  {guest.words:<46} {url}{path}", soft_wrap=True)
    console.print("  Cada enlace vale una vez, en esta máquina · Each link works once, on this machine", soft_wrap=True)
