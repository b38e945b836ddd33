"""``/entrar``: signing in with a browser. A page that needs a session redirects here, and back."""

from datetime import timedelta
from urllib.parse import quote

from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.responses import RedirectResponse, Response

from services.chassis.identity.browsers import caller_of, start_session
from services.chassis.identity.commands import SessionStarted
from services.chassis.identity.page_forms import Form, PageForms
from services.chassis.identity.policy import Stage
from services.chassis.identity.session_guard import ProvenSession
from services.chassis.locales import COMPLETE
from services.chassis.web.cookies import cookie_name, drop_cookie, refuse_foreign_form, session_cookie, way_back
from services.chassis.web.pages.navigation import first_page
from services.chassis.web.pages.viewer import LANGUAGE_COOKIE

FORM_OF_STAGE = {Stage.SECOND_FACTOR: "code.html", Stage.ENROLMENT: "enrol.html"}
"""The form of the next step, by the stage of the session."""
LANGUAGE_FOR = timedelta(days=365)
"""How long a browser keeps the language that was chosen in it."""


def pages(forms: PageForms) -> APIRouter:
    """The pages; ``forms`` has the ways of signing in."""
    router = APIRouter(include_in_schema=False)
    entry = EntryPages(forms.signing_in, with_oidc=forms.with_oidc, passkeys=forms.passkeys)
    router.get("/entrar")(entry.enter)
    router.post("/entrar")(entry.with_password)
    router.post("/entrar/codigo")(entry.with_code)
    router.get("/entrar/primera")(entry.first)
    router.post("/entrar/primera")(entry.first_time)
    for path in ("/entrar/segundo-factor", "/cuenta/factor/telefono"):
        router.post(path)(entry.offer)
    for path in ("/entrar/confirmar", "/cuenta/factor/confirmar"):
        router.post(path)(entry.confirm)
    router.post("/entrar/idioma")(entry.choose_language)
    router.post("/entrar/salir")(entry.leave)
    return router


class EntryPages(PageForms):
    """One method per page or form."""

    __slots__ = ()

    async def enter(self, request: Request, volver: str | None = None) -> Response:
        """Shows the form of the next step; whoever has signed in is led on to their page."""
        found, given = await self.session_of(request), {"volver": way_back(volver)}
        if found is None:
            return self.form(request, "password.html", given)
        if found.session.stage in FORM_OF_STAGE:
            has_passkey = await self.has_passkey(found)
            return self.form(request, FORM_OF_STAGE[found.session.stage], given, has_passkey=has_passkey)
        there = given["volver"]
        return RedirectResponse(first_page(found.session.role) if there == "/entrar" else there, status_code=303)

    async def with_password(self, request: Request) -> Response:
        """Signs in with account and password."""

        async def step(given: Form) -> Response:
            before = session_cookie(request)
            signed = await self.signing_in.with_password(
                given.get("cuenta", ""), given.get("clave", ""), caller_of(request)
            )
            if before is not None:
                await self.signing_in.accounts.end(before, self.signing_in.now())
            return started(request, signed, way_back(given.get("volver")))

        return await self.run(request, step, "password.html")

    async def with_code(self, request: Request) -> Response:
        """Completes a sign-in with a code of the second factor."""

        async def step(found: ProvenSession, given: Form) -> Response:
            signed = await self.signing_in.with_code(
                found.session, found.secret, given.get("codigo", ""), caller_of(request)
            )
            return started(request, signed, way_back(given.get("volver")))

        return await self.run_with_session(request, step, "code.html")

    async def first(self, request: Request) -> Response:
        """Shows the form for a one-time code."""
        return self.form(request, "first_time.html", {})

    async def first_time(self, request: Request) -> Response:
        """Signs in for the first time, with a one-time code and a new password."""

        async def step(given: Form) -> Response:
            account, code, password = (given.get(name, "") for name in ("cuenta", "codigo", "clave"))
            signed = await self.signing_in.first_time(account, code, password, caller_of(request))
            return started(request, signed, "/entrar")

        return await self.run(request, step, "first_time.html")

    async def offer(self, request: Request) -> Response:
        """Makes a second factor and shows its secret, this once."""

        async def step(found: ProvenSession, given: Form) -> Response:
            offered = await self.signing_in.offer(found.session, found.secret)
            secret = " ".join(offered.secret[at : at + 4] for at in range(0, len(offered.secret), 4))
            parts = {"secret": secret, "uri": offered.uri, "picture": _picture(offered.uri)}
            return self.form(request, "offered.html", given, full=found.session.stage is Stage.FULL, **parts)

        return await self.run_with_session(request, step, "enrol.html")

    async def confirm(self, request: Request) -> Response:
        """Confirms the second factor and shows the recovery codes, this once."""

        async def step(found: ProvenSession, given: Form) -> Response:
            signed, codes = await self.signing_in.confirm(found.session, given.get("codigo", ""), caller_of(request))
            answer = self.form(request, "confirmed.html", given, codes=codes, title="entry.second_factor_on")
            start_session(request, answer, signed)
            return answer

        return await self.run_with_session(request, step, "confirm.html")

    async def choose_language(self, request: Request) -> Response:
        """Keeps a language in this browser, for whoever has not signed in."""

        async def step(given: Form) -> Response:
            there = way_back(given.get("volver"))
            answer = RedirectResponse(there, status_code=303)
            if given.get("idioma") in COMPLETE:
                answer.set_cookie(
                    LANGUAGE_COOKIE,
                    given["idioma"],
                    max_age=int(LANGUAGE_FOR.total_seconds()),
                    path="/",
                    secure=cookie_name(request).startswith("__Host-"),
                    httponly=True,
                    samesite="lax",
                )
            return answer

        return await self.run(request, step, "password.html")

    async def leave(self, request: Request) -> Response:
        """Ends the session."""
        refuse_foreign_form(request)
        secret = session_cookie(request)
        if secret is not None:
            await self.signing_in.accounts.end(secret, self.signing_in.now())
        answer = RedirectResponse("/entrar", status_code=303)
        drop_cookie(request, answer)
        return answer


def started(request: Request, signed: SessionStarted, back: str) -> Response:
    """Leads on after a step: to where the person wanted to go, or by ``/entrar`` to the next step or their page."""
    to = back if signed.stage is Stage.FULL or back == "/entrar" else f"/entrar?volver={quote(back, safe='')}"
    answer = RedirectResponse(to, status_code=303)
    start_session(request, answer, signed)
    return answer


def _picture(uri: str) -> Markup:
    """The QR code of a URI, part of the page itself: browsers keep pictures that have an address."""
    import segno  # noqa: PLC0415 - loaded only when somebody puts a factor into a telephone

    drawn = segno.make(uri, error="m").svg_inline(scale=4, light="#fff")
    return Markup(drawn)  # noqa: S704 - drawn here, of squares
