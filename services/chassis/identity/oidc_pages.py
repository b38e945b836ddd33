"""``/entrar/organizacion``: to an organisation's own provider, and back.

It begins with a click on a page of ours (OWASP ASVS 5.0, 7.6.2). The answer to that form is a page that leads on, not a
redirect: browsers apply ``form-action`` to every redirect after a form, and an organisation may have several.
"""

from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from services.chassis.errors import ServiceError
from services.chassis.identity.browsers import caller_of, start_session
from services.chassis.identity.commands import SigningIn
from services.chassis.identity.oidc import OidcFailedError, OidcSignIn
from services.chassis.identity.page_forms import TEMPLATES
from services.chassis.identity.policy import SECOND_STEP_LIFETIME, Stage
from services.chassis.locales import COMPLETE
from services.chassis.security.current import refused
from services.chassis.web.bodies import filled
from services.chassis.web.cookies import cookie_name, refuse_foreign_form, session_cookie, way_back
from services.chassis.web.pages.answers import page
from services.chassis.web.pages.forms import MAX_FORM_BYTES

BACK = "/entrar/organizacion/vuelta"


def oidc_pages(oidc: OidcSignIn | None, signing_in: SigningIn, public_url: str | None) -> APIRouter:
    """The pages; without a provider, or without a public URL to return to, they answer with a refusal."""
    router = APIRouter(include_in_schema=False)
    redirect_to = (public_url or "").rstrip("/") + BACK
    arranged = oidc if public_url is not None else None

    @router.get("/entrar/organizacion")
    async def ask(request: Request, volver: str | None = None) -> Response:
        """Asks whether to go to the organisation's provider. Nothing is begun, and nobody else is asked."""
        if arranged is None:
            return _refused(request, OidcFailedError())
        return page(request, TEMPLATES, "organisation.html", back=way_back(volver), languages=COMPLETE)

    @router.post("/entrar/organizacion")
    async def leave(request: Request) -> Response:
        """Sends the browser to the organisation's provider."""
        try:
            refuse_foreign_form(request)
            if arranged is None:
                raise OidcFailedError
            given = await filled(request, MAX_FORM_BYTES)
            there, proves = way_back(given.get("volver")), "comprobar" in given
            attempt = await arranged.begin(redirect_to, there, caller_of(request), proves=proves)
        except ServiceError as error:
            return _refused(request, error)
        answer = page(request, TEMPLATES, "leaving.html", there=attempt.address, back="/entrar", languages=COMPLETE)
        _remember(request, answer, attempt.browser)
        return answer

    @router.get(BACK)
    async def come_back(request: Request, state: str = "", code: str = "", iss: str | None = None) -> Response:
        """Ends the sign-in with the provider's answer, which is accepted once."""
        before = session_cookie(request)
        try:
            if arranged is None:
                raise OidcFailedError
            browser = request.cookies.get(_browser_cookie(request), "")
            signed, return_to = await arranged.finish(
                redirect_to, state=state, code=code, issuer=iss, browser=browser, caller=caller_of(request)
            )
        except ServiceError as error:
            return _refused(request, error)
        if before is not None:
            await signing_in.accounts.end(before, signing_in.now())
        there = return_to if signed.stage is Stage.FULL else f"/entrar?volver={quote(return_to, safe='')}"
        answer = RedirectResponse(there, status_code=303)
        start_session(request, answer, signed)
        name = _browser_cookie(request)
        answer.delete_cookie(name, path="/", secure=name.startswith("__Host-"), httponly=True)
        return answer

    return router


def _refused(request: Request, error: ServiceError) -> Response:
    refused(error)
    answer = page(request, TEMPLATES, "elsewhere.html", fault=error, back="/entrar", languages=COMPLETE)
    if "retry_after" in error.details:
        answer.headers["Retry-After"] = str(error.details["retry_after"])
    return answer


def _remember(request: Request, answer: Response, browser: str) -> None:
    """Ties a sign-in to the browser that began it."""
    name = _browser_cookie(request)
    answer.set_cookie(
        name,
        browser,
        max_age=int(SECOND_STEP_LIFETIME.total_seconds()),
        path="/",
        secure=name.startswith("__Host-"),
        httponly=True,
        samesite="lax",
    )


def _browser_cookie(request: Request) -> str:
    """The name of the cookie that ties a sign-in to the browser that began it."""
    return f"{cookie_name(request)}-elsewhere"
