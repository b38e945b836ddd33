"""The pages of one's own account under ``/cuenta``: who I am, password, second factor, sessions, language."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from services.chassis.errors import NotFoundError
from services.chassis.identity.account_commands import AccountCommands
from services.chassis.identity.browsers import caller_of, start_session
from services.chassis.identity.page_forms import (
    PROOF,
    Form,
    PageForms,
    is_whole,
    refuse_another_person,
    to_proof,
    to_sign_in,
)
from services.chassis.identity.session_guard import ProvenSession
from services.chassis.identity.zones import offered_zones
from services.chassis.web.cookies import way_back
from services.chassis.web.pages.answers import done
from services.chassis.web.pages.navigation import ACCOUNT

PASSWORD, FACTOR, SESSIONS, LANGUAGE = (f"{ACCOUNT}/{each}" for each in ("contrasena", "factor", "sesiones", "idioma"))
MOVED: Mapping[str, str] = {
    "/entrar/contrasena": PASSWORD,
    "/entrar/factor": FACTOR,
    "/entrar/sesiones": SESSIONS,
    "/entrar/comprobar": PROOF,
}
"""Addresses of before, which people have kept."""


def account_pages(forms: PageForms) -> APIRouter:
    """The pages. A browser without a whole session is sent to sign in first, and back."""
    router = APIRouter(include_in_schema=False)
    own = AccountPages(forms.signing_in, with_oidc=forms.with_oidc, passkeys=forms.passkeys)
    router.get(ACCOUNT)(own.home)
    router.get(PASSWORD)(own.password)
    router.post(PASSWORD)(own.change_password)
    router.get(PROOF)(own.proof)
    router.post(PROOF)(own.prove)
    router.get(FACTOR)(own.factor)
    router.post(f"{FACTOR}/codigos")(own.new_codes)
    router.get(SESSIONS)(own.sessions)
    router.post(f"{SESSIONS}/cerrar")(own.end_session)
    router.post(f"{SESSIONS}/cerrar-otras")(own.end_others)
    router.get(LANGUAGE)(own.language)
    router.post(LANGUAGE)(own.choose_language)
    for before in MOVED:
        router.get(before)(moved)
    return router


async def moved(request: Request) -> RedirectResponse:
    """Leads from an address of before to that of now, with its query."""
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(MOVED[request.url.path] + query, status_code=303)


class AccountPages(PageForms):
    """One method per page or form."""

    __slots__ = ()

    @property
    def _commands(self) -> AccountCommands:
        return AccountCommands(self.signing_in)

    async def home(self, request: Request) -> Response:
        """Says who is signed in and how, and leads to everything that can be changed."""

        async def show(found: ProvenSession) -> Response:
            accounts, session = self.signing_in.accounts, found.session
            parts = {
                "own": await accounts.account(session.person),
                "kept": 0 if self.passkeys is None else len(await self.passkeys.of_person(session.person)),
                "sessions": len(await accounts.sessions(found.secret, self.signing_in.now())),
                "session": session,
            }
            return self.form(request, "account.html", {}, **parts)

        return await self._shown(request, show)

    async def password(self, request: Request) -> Response:
        """Shows the form for another password."""

        async def show(_found: ProvenSession) -> Response:
            return self.form(request, "new_password.html", {"volver": PASSWORD})

        return await self._shown(request, show)

    async def change_password(self, request: Request) -> Response:
        """Changes the password; the person's other sessions end."""

        async def step(found: ProvenSession, given: Form) -> Response:
            present, new = given.get("clave", ""), given.get("nueva", "")
            signed = await self._commands.change_password(found.session, present, new, caller_of(request))
            answer = done(ACCOUNT, "password")
            start_session(request, answer, signed)
            return answer

        return await self._with_full(request, step, "new_password.html", PASSWORD)

    async def proof(self, request: Request, volver: str | None = None) -> Response:
        """Shows the forms for the password, a code or a passkey, again."""

        async def show(found: ProvenSession) -> Response:
            given = {"volver": way_back(volver)}
            return self.form(request, "proof.html", given, **await self._proofs(found))

        return await self._shown(request, show)

    async def prove(self, request: Request) -> Response:
        """Checks the password, a code or a passkey again, and leads back."""

        async def step(found: ProvenSession, given: Form) -> Response:
            if self.passkeys is not None and "credencial" in given:
                signed = await self.passkeys.prove(found.session, found.secret, given["credencial"])
            else:
                signed = await self._commands.prove(
                    found.session, found.secret, password=given.get("clave"), code=given.get("codigo")
                )
            answer = RedirectResponse(_back(given), status_code=303)
            start_session(request, answer, signed)
            return answer

        found = await self.session_of(request)
        return await self._with_full(request, step, "proof.html", PROOF, **await self._proofs(found))

    async def factor(self, request: Request) -> Response:
        """Shows what can be changed about the second factor, to whoever proved again who they are."""

        async def show(found: ProvenSession) -> Response:
            if not await self.signing_in.is_proved(found.secret):
                return to_proof(FACTOR)
            own = await self.signing_in.accounts.account(found.session.person)
            return self.form(request, "factor.html", {"volver": FACTOR}, own=own)

        return await self._shown(request, show)

    async def new_codes(self, request: Request) -> Response:
        """Makes new recovery codes and shows them, this once."""

        async def step(found: ProvenSession, given: Form) -> Response:
            codes = await self._commands.replace_recovery_codes(found.session, found.secret)
            return self.form(request, "confirmed.html", given, codes=codes, title="account.new_codes")

        return await self._with_full(request, step, "refused.html", FACTOR)

    async def sessions(self, request: Request) -> Response:
        """Lists the person's sessions, in their own time zone."""

        async def show(found: ProvenSession) -> Response:
            return self.form(request, "sessions.html", {"volver": SESSIONS}, sessions=await self._sessions(found))

        return await self._shown(request, show)

    async def end_session(self, request: Request) -> Response:
        """Ends one of the person's sessions."""

        async def step(found: ProvenSession, given: Form) -> Response:
            try:
                which = UUID(given.get("sesion", ""))
            except ValueError:
                raise NotFoundError from None
            await self._commands.end_session(found.secret, which, found.session.id)
            return done(SESSIONS, "session_ended")

        return await self._with_sessions(request, step)

    async def end_others(self, request: Request) -> Response:
        """Ends every session of the person but this one."""

        async def step(found: ProvenSession, _given: Form) -> Response:
            await self._commands.end_others(found.secret)
            return done(SESSIONS, "sessions_ended")

        return await self._with_sessions(request, step)

    async def language(self, request: Request) -> Response:
        """Shows in which language and by which clock pages are written."""

        async def show(found: ProvenSession) -> Response:
            return self.form(request, "language.html", {"volver": LANGUAGE}, **self._choices(found))

        return await self._shown(request, show)

    async def choose_language(self, request: Request) -> Response:
        """Stores the language and the time zone of the person's pages."""

        async def step(found: ProvenSession, given: Form) -> Response:
            await self._commands.choose_pages(found.session, given.get("idioma", ""), given.get("zona", ""))
            return done(ACCOUNT, "pages_chosen")

        found = await self.session_of(request)
        parts = {} if found is None else self._choices(found)
        return await self._with_full(request, step, "language.html", LANGUAGE, **parts)

    def _choices(self, found: ProvenSession) -> dict[str, Any]:
        zones = offered_zones(found.session.time_zone, self.signing_in.now())
        return {"zones": zones, "session": found.session}

    async def _proofs(self, found: ProvenSession | None) -> dict[str, Any]:
        own = None if found is None else await self.signing_in.accounts.account(found.session.person)
        return {"own": own, "has_passkey": await self.has_passkey(found)}

    async def _sessions(self, found: ProvenSession) -> list[dict[str, Any]]:
        return await self.signing_in.accounts.sessions(found.secret, self.signing_in.now())

    async def _with_sessions(
        self, request: Request, step: Callable[[ProvenSession, Form], Awaitable[Response]]
    ) -> Response:
        """A refusal is shown above the sessions as they are now."""
        found = await self.session_of(request)
        rows = [] if found is None else await self._sessions(found)
        return await self._with_full(request, step, "sessions.html", SESSIONS, sessions=rows)

    async def _shown(self, request: Request, show: Callable[[ProvenSession], Awaitable[Response]]) -> Response:
        found = await self.session_of(request)
        if found is None or not is_whole(found):
            there = request.url.path + (f"?{request.url.query}" if request.url.query else "")
            return RedirectResponse(f"/entrar?volver={quote(there, safe='')}", status_code=303)
        return await show(found)

    async def _with_full(
        self,
        request: Request,
        step: Callable[[ProvenSession, Form], Awaitable[Response]],
        again: str,
        its_page: str,
        **parts: Any,
    ) -> Response:
        """Runs a step of a whole session. ``its_page``: where the form is, to come back to after signing in.

        Whoever has only half a session is shown nothing of the account when the form is refused.
        """
        found = await self.session_of(request)
        if found is None or not is_whole(found):
            again, parts = "refused.html", {}

        async def whole(given: Form) -> Response:
            if found is None or not is_whole(found):
                return to_sign_in(its_page)
            refuse_another_person(given, found)
            return await step(found, given)

        return await self.run(request, whole, again, **parts)


def _back(given: Form) -> str:
    """The page that needed the proof; without one, the account's first."""
    there = way_back(given.get("volver"))
    return ACCOUNT if there == "/entrar" else there
