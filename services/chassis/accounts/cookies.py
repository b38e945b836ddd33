"""The cookie of a session, and keeping other sites from using it."""

from urllib.parse import urlsplit

from fastapi import Request, Response

from services.chassis.errors import ServiceError
from services.chassis.settings import LOOPBACK

SECURE, ON_THIS_MACHINE = "__Host-canaliza", "canaliza"
"""``__Host-``: of this host alone, over TLS alone. Over http on this machine browsers refuse that name."""
HEADER = "X-Canaliza"
"""A header that a form or a link of another site cannot send."""
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class CrossSiteError(ServiceError):
    """A request that changes something came with a session's cookie, but not from a page of ours."""

    code = "cross_site"
    status = 403
    es = "La solicitud no viene de una página de este sistema."
    en = "The request does not come from a page of this system."


def _plain(request: Request) -> bool:
    return request.url.scheme == "http" and request.url.hostname in LOOPBACK


def cookie_name(request: Request) -> str:
    """The name for where the request came to."""
    return ON_THIS_MACHINE if _plain(request) else SECURE


def session_cookie(request: Request) -> str | None:
    """The session's secret, if the request has one."""
    return request.cookies.get(cookie_name(request))


def set_cookie(request: Request, response: Response, secret: str) -> None:
    """Hands the secret to the browser, for as long as it is open, and to no script."""
    response.set_cookie(
        cookie_name(request), secret, path="/", secure=not _plain(request), httponly=True, samesite="lax"
    )


def drop_cookie(request: Request, response: Response) -> None:
    """Takes it away, and what the browser kept of our pages."""
    response.delete_cookie(cookie_name(request), path="/", secure=not _plain(request), httponly=True, samesite="lax")
    response.headers["Clear-Site-Data"] = '"cache"'


def refuse_cross_site(request: Request) -> None:
    """For whatever changes something on the strength of a cookie.

    Raises:
        CrossSiteError: it comes from elsewhere, or lacks the header that only a page of ours sends.
    """
    if request.method not in SAFE and (HEADER.lower() not in request.headers or _from_elsewhere(request)):
        raise CrossSiteError


def refuse_foreign_form(request: Request) -> None:
    """For a form, which cannot send a header: the browser must say that it is a page of ours that sends it.

    Raises:
        CrossSiteError: it says otherwise, or nothing.
    """
    says = "sec-fetch-site" in request.headers or "origin" in request.headers
    if not says or _from_elsewhere(request):
        raise CrossSiteError


def _from_elsewhere(request: Request) -> bool:
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site is not None and site != "same-origin":
        return True
    return origin is not None and urlsplit(origin).netloc != request.headers.get("host")


def way_back(wanted: str | None) -> str:
    """Where to go after signing in: a path of ours, never another site's."""
    ours = wanted is not None and len(wanted) <= 300 and wanted.startswith("/") and wanted.isprintable()
    return wanted if ours and wanted and not wanted.startswith("//") and "\\" not in wanted else "/entrar"
