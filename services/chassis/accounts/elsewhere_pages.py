"""``/entrar/organizacion``: to an organisation's own sign-in, and back."""

from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from services.chassis.accounts.api import address_of
from services.chassis.accounts.cookies import cookie_name, session_cookie, set_cookie, way_back
from services.chassis.accounts.oidc import Elsewhere, ElsewhereFailedError
from services.chassis.accounts.policy import HALF, Stage
from services.chassis.accounts.signing_in import SigningIn
from services.chassis.errors import ServiceError
from services.chassis.html import link, page

BACK = "/entrar/organizacion/vuelta"
TITLE = ("Entrar con su organización", "Sign in with your organisation")


def elsewhere_pages(elsewhere: Elsewhere | None, signing_in: SigningIn, public_url: str | None) -> APIRouter:
    """Both pages; where nothing was arranged they say so."""
    router = APIRouter(include_in_schema=False)

    def redirect_to(request: Request) -> str:
        return (public_url or str(request.base_url)).rstrip("/") + BACK

    def told(error: ServiceError) -> Response:
        again = link("/entrar", ("Entrar de otra manera", "Sign in another way"))
        return page(TITLE, again, fault=(error.es, error.en), status=error.status)

    @router.get("/entrar/organizacion")
    async def leave(request: Request, volver: str | None = None) -> Response:
        """Sends the browser to the organisation's sign-in."""
        if elsewhere is None:
            return told(ElsewhereFailedError())
        try:
            begun = await elsewhere.begin(redirect_to(request), way_back(volver))
        except ServiceError as error:
            return told(error)
        answer = RedirectResponse(begun.address, status_code=303)
        answer.set_cookie(
            _kept(request),
            begun.browser,
            max_age=int(HALF.total_seconds()),
            path="/",
            secure=_kept(request).startswith("__Host-"),
            httponly=True,
            samesite="lax",
        )
        return answer

    @router.get(BACK)
    async def come_back(request: Request, state: str = "", code: str = "", iss: str | None = None) -> Response:
        """Takes what the organisation says of somebody, once."""
        before = session_cookie(request)
        try:
            if elsewhere is None:
                raise ElsewhereFailedError
            browser = request.cookies.get(_kept(request), "")
            signed, return_to = await elsewhere.finish(
                redirect_to(request), state=state, code=code, issuer=iss, browser=browser, address=address_of(request)
            )
        except ServiceError as error:
            return told(error)
        if before is not None:
            await signing_in.accounts.end(before, signing_in.now())
        there = return_to if signed.stage is Stage.FULL else f"/entrar?volver={quote(return_to, safe='')}"
        answer = RedirectResponse(there, status_code=303)
        set_cookie(request, answer, signed.secret)
        answer.delete_cookie(_kept(request), path="/", secure=_kept(request).startswith("__Host-"), httponly=True)
        return answer

    return router


def _kept(request: Request) -> str:
    return f"{cookie_name(request)}-elsewhere"
