"""Links with which a browser signs in to the demonstration, each once; only its throw-away system has them.

No account of the demonstration has a password. A link is a secret of 256 bits, kept in this process alone and printed
to the terminal that plays the day; the system answers on this machine only, and ends with its data.
"""

from dataclasses import dataclass, field

import asyncpg
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
from services.chassis.names import SIGN_IN
from services.chassis.runtime.service import Service
from services.chassis.security.acts import INSTALLATION, act_as
from services.chassis.web.pages.navigation import first_page

PATH = "/demostracion"
TIME_ZONE = "America/Mexico_City"


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody as whom a newcomer looks around. ``person`` is the code of the account."""

    person: str
    role: Role
    org: str
    words: str


GUESTS = (
    Guest("p-013", Role.OFFICER, "ACNUR", "Mesa de guardia de ACNUR · ACNUR's duty desk"),
    Guest("p-900", Role.PROGRAMME_COORDINATOR, EVERYWHERE, "Coordinación · Coordination"),
    Guest("p-901", Role.AUDITOR, EVERYWHERE, "Auditoría · Audit"),
)
"""The first is on call at that desk in the programme's directory; the others have codes that nobody there has."""


@dataclass(slots=True)
class SignInLinks:
    """The links that have not been followed yet, by the hash of their secret."""

    signing_in: SigningIn
    _waiting: dict[bytes, Guest] = field(default_factory=dict)

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
        await create_person(
            connection,
            guest.person,
            label="Demostración",
            role=guest.role,
            org=guest.org,
            language="es",
            time_zone=TIME_ZONE,
            at=self.signing_in.now(),
        )
        secret = new_secret()
        self._waiting[hashed(secret)] = guest
        return f"{PATH}/{secret}"

    async def follow(self, request: Request, secret: str) -> Response:
        """Signs in as the link's guest.

        Raises:
            NotFoundError: there is no such link, or it was followed before.
        """
        guest = self._waiting.pop(hashed(secret), None)
        if guest is None:
            raise NotFoundError
        signed = await self.signing_in.begin(guest.person, Stage.FULL, caller_of(request))
        answer = RedirectResponse(first_page(guest.role), status_code=303)
        start_session(request, answer, signed)
        return answer


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
