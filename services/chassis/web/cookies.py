"""The cookie of a session, and its protection against requests from other sites."""

from urllib.parse import urlsplit

from fastapi import Request, Response

from services.chassis.errors import ServiceError
from services.chassis.settings import LOOPBACK

SECURE, ON_THIS_MACHINE = "__Host-canaliza", "canaliza"
"""``__Host-`` limits a cookie to this host and to TLS. Browsers refuse that name over http on this machine."""
HEADER = "X-Canaliza"
"""A header that forms and links of other sites cannot send."""
API = "/api/"
ELSEWHERE = frozenset({"cross-site", "same-site"})
"""What a browser says of a request that a page of another origin made, a link on it included (Fetch Metadata)."""
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class CrossSiteError(ServiceError):
    """A request came with a session's cookie, but from a page of another site, or not from one of ours."""

    code = "cross_site"
    status = 403


def _plain(request: Request) -> bool:
    return request.url.scheme == "http" and request.url.hostname in LOOPBACK


def cookie_name(request: Request) -> str:
    """The name of the cookie: over http on this machine another than over TLS."""
    return ON_THIS_MACHINE if _plain(request) else SECURE


def session_cookie(request: Request) -> str | None:
    """The session's secret; ``None``: the request has none."""
    return request.cookies.get(cookie_name(request))


def set_cookie(request: Request, response: Response, secret: str) -> None:
    """Sets the session's cookie until the browser is closed, hidden from scripts."""
    response.set_cookie(
        cookie_name(request), secret, path="/", secure=not _plain(request), httponly=True, samesite="lax"
    )


def drop_cookie(request: Request, response: Response) -> None:
    """Deletes the cookie, and the browser's cache of our pages."""
    response.delete_cookie(cookie_name(request), path="/", secure=not _plain(request), httponly=True, samesite="lax")
    response.headers["Clear-Site-Data"] = '"cache"'


def refuse_cross_site(request: Request) -> None:
    """Checks a request by a session's cookie that changes something, or reads from the API.

    A link on another site sends the cookie along, and the reading of a disclosure is recorded: whoever follows such a
    link would have read it. A page for people changes nothing by being shown, and mails link to it.

    Raises:
        CrossSiteError: it comes from another site, or changes something and lacks the header that only our pages send.
    """
    if request.method in SAFE:
        refused = request.url.path.startswith(API) and request.headers.get("sec-fetch-site") in ELSEWHERE
    else:
        refused = HEADER.lower() not in request.headers or _from_elsewhere(request)
    if refused:
        raise CrossSiteError


def refuse_foreign_form(request: Request) -> None:
    """Checks a form, which cannot send our header: the browser must say that it comes from one of our pages.

    Raises:
        CrossSiteError: the browser says that it comes from another site, or nothing.
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
    """The page to go to after signing in: ``wanted`` if it is a path of this site, else ``/entrar``."""
    ours = wanted is not None and len(wanted) <= 300 and wanted.startswith("/") and wanted.isprintable()
    return wanted if ours and wanted and not wanted.startswith("//") and "\\" not in wanted else "/entrar"
