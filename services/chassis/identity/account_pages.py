"""The pages of one's own account under ``/entrar``: password, second factor, sessions. Without scripts."""

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from services.chassis.errors import NotFoundError
from services.chassis.identity.account_commands import AccountCommands
from services.chassis.identity.browsers import caller_of, start_session
from services.chassis.identity.commands import SigningIn
from services.chassis.identity.page_forms import Form, PageForms, to_proof
from services.chassis.identity.policy import Stage
from services.chassis.identity.session_guard import ProvenSession
from services.chassis.web.cookies import way_back

SESSIONS, FACTOR = "/entrar/sesiones", "/entrar/factor"


def account_pages(signing_in: SigningIn, *, with_oidc: bool = False) -> APIRouter:
    """The pages. A browser without a whole session is sent to sign in first, and back.

    ``with_oidc``: people may also prove who they are at their organisation.
    """
    router = APIRouter(include_in_schema=False)
    own = AccountPages(signing_in, with_oidc=with_oidc)
    router.get("/entrar/contrasena")(own.password)
    router.post("/entrar/contrasena")(own.change_password)
    router.get("/entrar/comprobar")(own.proof)
    router.post("/entrar/comprobar")(own.prove)
    router.get(FACTOR)(own.factor)
    router.post("/entrar/codigos-impresos")(own.new_codes)
    router.get(SESSIONS)(own.sessions)
    router.post("/entrar/sesiones/cerrar")(own.end_session)
    router.post("/entrar/sesiones/cerrar-otras")(own.end_others)
    return router


class AccountPages(PageForms):
    """One method per page or form."""

    __slots__ = ()

    @property
    def _commands(self) -> AccountCommands:
        return AccountCommands(self.signing_in)

    async def password(self, request: Request) -> Response:
        """Shows the form for another password."""
        found = await self._full(request)
        if found is None:
            return _sign_in_first(request)
        return self.form("new_password.html", {}, person=found.session.person)

    async def change_password(self, request: Request) -> Response:
        """Changes the password; the person's other sessions end."""

        async def step(found: ProvenSession, given: Form) -> Response:
            present, new = given.get("clave", ""), given.get("nueva", "")
            signed = await self._commands.change_password(found.session, present, new, caller_of(request))
            answer = self.form("done.html", {}, said="account.password_changed")
            start_session(request, answer, signed)
            return answer

        return await self._with_full(request, step, "new_password.html")

    async def proof(self, request: Request, volver: str | None = None) -> Response:
        """Shows the forms for the password, or a code, again."""
        found = await self._full(request)
        if found is None:
            return _sign_in_first(request)
        return self.form("proof.html", {"volver": way_back(volver)}, person=found.session.person)

    async def prove(self, request: Request) -> Response:
        """Checks the password or a code again, and leads back."""

        async def step(found: ProvenSession, given: Form) -> Response:
            signed = await self._commands.prove(
                found.session, found.secret, password=given.get("clave"), code=given.get("codigo")
            )
            answer = RedirectResponse(way_back(given.get("volver")), status_code=303)
            start_session(request, answer, signed)
            return answer

        return await self._with_full(request, step, "proof.html")

    async def factor(self, request: Request) -> Response:
        """Shows what can be changed about the second factor, to whoever proved again who they are."""
        found = await self._full(request)
        if found is None:
            return _sign_in_first(request)
        if not await self.signing_in.is_proved(found.secret):
            return to_proof(FACTOR)
        own = await self.signing_in.accounts.account(found.session.person)
        return self.form("factor.html", {"volver": FACTOR}, own=own)

    async def new_codes(self, request: Request) -> Response:
        """Makes new recovery codes and shows them, this once."""

        async def step(found: ProvenSession, given: Form) -> Response:
            codes = await self._commands.replace_recovery_codes(found.session, found.secret)
            return self.form("confirmed.html", given, codes=codes, title="account.new_codes")

        return await self._with_full(request, step, "done.html", said="")

    async def sessions(self, request: Request) -> Response:
        """Lists the person's sessions, in their own time zone."""
        found = await self._full(request)
        if found is None:
            return _sign_in_first(request)
        rows = await self.signing_in.accounts.sessions(found.secret, self.signing_in.now())
        zone = ZoneInfo(found.session.time_zone)
        listed = [
            {"id": str(row["id"]), "own": row["own"], "began": row["created_at"].astimezone(zone),
             "seen": row["seen_at"].astimezone(zone)}
            for row in rows
        ]  # fmt: skip
        return self.form("sessions.html", {"volver": SESSIONS}, sessions=listed)

    async def end_session(self, request: Request) -> Response:
        """Ends one of the person's sessions."""

        async def step(found: ProvenSession, given: Form) -> Response:
            try:
                which = UUID(given.get("sesion", ""))
            except ValueError:
                raise NotFoundError from None
            await self._commands.end_session(found.secret, which, found.session.id)
            return RedirectResponse(SESSIONS, status_code=303)

        return await self._with_full(request, step, "done.html", said="")

    async def end_others(self, request: Request) -> Response:
        """Ends every session of the person but this one."""

        async def step(found: ProvenSession, _given: Form) -> Response:
            await self._commands.end_others(found.secret)
            return RedirectResponse(SESSIONS, status_code=303)

        return await self._with_full(request, step, "done.html", said="")

    async def _full(self, request: Request) -> ProvenSession | None:
        found = await self.session_of(request)
        return found if found is not None and found.session.stage is Stage.FULL else None

    async def _with_full(
        self, request: Request, step: Callable[[ProvenSession, Form], Awaitable[Response]], again: str, **parts: Any
    ) -> Response:
        found = await self._full(request)

        async def whole(given: Form) -> Response:
            return RedirectResponse("/entrar", status_code=303) if found is None else await step(found, given)

        return await self.run(request, whole, again, person=found and found.session.person, **parts)


def _sign_in_first(request: Request) -> RedirectResponse:
    there = quote(request.url.path + (f"?{request.url.query}" if request.url.query else ""), safe="")
    return RedirectResponse(f"/entrar?volver={there}", status_code=303)
