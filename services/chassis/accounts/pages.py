"""``/entrar``: signing in with a browser, without a script. A link that needs a session leads here, and back."""

from collections.abc import Awaitable, Callable
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from services.chassis.accounts.api import address_of
from services.chassis.accounts.cookies import (
    drop_cookie,
    refuse_foreign_form,
    session_cookie,
    set_cookie,
    way_back,
)
from services.chassis.accounts.gate import Held
from services.chassis.accounts.policy import Stage
from services.chassis.accounts.signing_in import Signed, SigningIn
from services.chassis.errors import ServiceError
from services.chassis.html import both, field, form, link, page
from services.chassis.requests import filled
from services.chassis.roles import ROLE

MOST = 8_192
ENTER = ("Entrar", "Sign in")

Form = dict[str, str]


def pages(signing_in: SigningIn, *, elsewhere: bool = False) -> APIRouter:  # noqa: C901, PLR0915 - one function a page
    """The pages. ``elsewhere``: people may sign in at their organisation's own."""
    router = APIRouter(include_in_schema=False)
    accounts = signing_in.accounts

    async def held(request: Request) -> Held | None:
        secret = session_cookie(request)
        session = None if secret is None else await accounts.session(secret, signing_in.now())
        return None if session is None or secret is None else Held(session, secret)

    def began(request: Request, signed: Signed, back: str) -> Response:
        to = back if signed.stage is Stage.FULL else f"/entrar?volver={quote(back, safe='')}"
        answer = RedirectResponse(to, status_code=303)
        set_cookie(request, answer, signed.secret)
        return answer

    async def tried(
        request: Request, step: Callable[[Form], Awaitable[Response]], again: Callable[[Form], str]
    ) -> Response:
        """A form's step; what is refused is said on the form itself."""
        given: Form = {}
        try:
            refuse_foreign_form(request)
            given = await filled(request, MOST)
            return await step(given)
        except ServiceError as error:
            answer = page(ENTER, again(given), fault=(error.es, error.en), status=error.status)
            if "retry_after" in error.details:
                answer.headers["Retry-After"] = str(error.details["retry_after"])
            return answer

    async def tried_halfway(
        request: Request, step: Callable[[Held, Form], Awaitable[Response]], again: Callable[[Form], str]
    ) -> Response:
        """A step of somebody who has begun to sign in; whoever has not begins at the beginning."""

        async def begun(given: Form) -> Response:
            found = await held(request)
            return RedirectResponse("/entrar", status_code=303) if found is None else await step(found, given)

        return await tried(request, begun, again)

    def password_form(given: Form) -> str:
        back = way_back(given.get("volver"))
        there = link(f"/entrar/organizacion?volver={quote(back, safe='')}", (
            "Entrar con la cuenta de mi organización", "Sign in with my organisation's account"))  # fmt: skip
        return (
            form("/entrar", field("cuenta", ("Cuenta (p-…)", "Account"), "username")
                 + field("clave", ("Contraseña", "Password"), "current-password", secret=True), ENTER, back)
            + (there if elsewhere else "")
            + link("/entrar/primera", ("Tengo un código de primera vez", "I have a first-time code"))
        )  # fmt: skip

    def code_form(given: Form) -> str:
        label = ("Código de su teléfono, o uno de los impresos", "Code from your phone, or a printed one")
        code = field("codigo", label, "one-time-code")
        back = way_back(given.get("volver"))
        return form("/entrar/codigo", code, ("Continuar", "Continue"), back)

    def first_form(_given: Form) -> str:
        fields = (
            field("cuenta", ("Cuenta (p-…)", "Account"), "username")
            + field("codigo", ("Código de primera vez", "First-time code"), "off")
            + field("clave", ("Contraseña nueva, 12 caracteres o más", "New password, 12 characters or more"),
                    "new-password", secret=True)
        )  # fmt: skip
        return form("/entrar/primera", fields, ENTER)

    def enrol_form(given: Form) -> str:
        why = ("Su papel necesita un segundo factor: una aplicación de códigos en su teléfono.",
               "Your role needs a second factor: an authenticator on your phone.")  # fmt: skip
        back = way_back(given.get("volver"))
        return f"<p>{both(*why)}</p>" + form("/entrar/segundo-factor", "", ("Empezar", "Begin"), back)

    def confirm_form(given: Form) -> str:
        label = ("Código que muestra la aplicación", "Code that it shows")
        code = field("codigo", label, "one-time-code", numeric=True)
        return form("/entrar/confirmar", code, ("Activar", "Turn on"), way_back(given.get("volver")))

    @router.get("/entrar")
    async def enter(request: Request, volver: str | None = None) -> Response:
        """Where one is: signed in, halfway, or not yet."""
        found, given = await held(request), {"volver": way_back(volver)}
        if found is None:
            return page(ENTER, password_form(given))
        if found.session.stage is Stage.SECOND_FACTOR:
            return page(ENTER, code_form(given))
        if found.session.stage is Stage.ENROLMENT:
            return page(ENTER, enrol_form(given))
        return _signed_in(found)

    @router.post("/entrar")
    async def with_password(request: Request) -> Response:
        """Account and password."""

        async def step(given: Form) -> Response:
            before = session_cookie(request)
            signed = await signing_in.with_password(
                given.get("cuenta", ""), given.get("clave", ""), address_of(request)
            )
            if before is not None:
                await accounts.end(before, signing_in.now())
            return began(request, signed, way_back(given.get("volver")))

        return await tried(request, step, password_form)

    @router.post("/entrar/codigo")
    async def with_code(request: Request) -> Response:
        """The second step."""

        async def step(found: Held, given: Form) -> Response:
            signed = await signing_in.with_code(
                found.session, found.secret, given.get("codigo", ""), address_of(request)
            )
            return began(request, signed, way_back(given.get("volver")))

        return await tried_halfway(request, step, code_form)

    @router.get("/entrar/primera")
    async def first() -> Response:
        """The form for a one-time code."""
        return page(("Primera vez", "First time"), first_form({}))

    @router.post("/entrar/primera")
    async def first_time(request: Request) -> Response:
        """With a one-time code and a new password."""

        async def step(given: Form) -> Response:
            account, code, password = (given.get(name, "") for name in ("cuenta", "codigo", "clave"))
            return began(request, await signing_in.first_time(account, code, password, address_of(request)), "/entrar")

        return await tried(request, step, first_form)

    @router.post("/entrar/segundo-factor")
    async def offer(request: Request) -> Response:
        """Shows a second factor's secret, this once."""

        async def step(found: Held, given: Form) -> Response:
            offered = await signing_in.offer(found.session)
            secret = " ".join(offered.secret[at : at + 4] for at in range(0, len(offered.secret), 4))
            what = ("Escriba esta clave en la aplicación:", "Enter this key into the authenticator:")
            opens = link(offered.uri, ("Abrir la aplicación en este teléfono", "Open it on this phone"))
            body = f"<p>{both(*what)}</p><p><code>{secret}</code></p>{opens}" + confirm_form(given)
            return page(("Segundo factor", "Second factor"), body)

        return await tried_halfway(request, step, enrol_form)

    @router.post("/entrar/confirmar")
    async def confirm(request: Request) -> Response:
        """Turns it on, and shows the codes to print, this once."""

        async def step(found: Held, given: Form) -> Response:
            signed, codes = await signing_in.confirm(
                found.session, found.secret, given.get("codigo", ""), address_of(request)
            )
            what = ("Imprima estos códigos; cada uno sirve una vez si pierde el teléfono.",
                    "Print these codes; each is good once if you lose the phone.")  # fmt: skip
            listed = "".join(f"<li><code>{code}</code></li>" for code in codes)
            back = link(way_back(given.get("volver")), ("Continuar", "Continue"))
            answer = page(("Segundo factor activo", "Second factor on"), f"<p>{both(*what)}</p><ol>{listed}</ol>{back}")
            set_cookie(request, answer, signed.secret)
            return answer

        return await tried_halfway(request, step, confirm_form)

    @router.post("/entrar/salir")
    async def leave(request: Request) -> Response:
        """Ends the session."""
        refuse_foreign_form(request)
        secret = session_cookie(request)
        if secret is not None:
            await accounts.end(secret, signing_in.now())
        answer = RedirectResponse("/entrar", status_code=303)
        drop_cookie(request, answer)
        return answer

    return router


def _signed_in(found: Held) -> HTMLResponse:
    session = found.session
    es, en = ROLE[session.role]
    who = both(f"{session.person} · {es} · {session.org}", en)
    return page(("Ha entrado", "You are signed in"), f"<p>{who}</p>" + form("/entrar/salir", "", ("Salir", "Sign out")))
