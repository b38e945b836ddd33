"""Answers with a page: its language, its security policy, the viewer's doors, and its size on a slow line."""

import gzip
import secrets
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from starlette.responses import RedirectResponse, Response

from services.chassis.errors import ServiceError
from services.chassis.security.current import current_request
from services.chassis.web.pages.assets import accepts_gzip
from services.chassis.web.pages.navigation import current, doors_of
from services.chassis.web.pages.templating import PageTemplates
from services.chassis.web.pages.viewer import Viewer, viewer_of

WORTH_COMPRESSING = 1_400
"""Bytes that one packet carries anyway."""
DONE = "hecho"
"""The parameter of an address that says which act has just been carried out."""


def policy(nonce: str) -> str:
    """The content security policy of a page: our own stylesheet and scripts, nothing inline, nothing from elsewhere."""
    return (
        f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; img-src 'self';"
        " connect-src 'self'; manifest-src 'self'; worker-src 'self'; font-src 'none'; object-src 'none';"
        " form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )


def page(
    request: Request,
    templates: PageTemplates,
    name: str,
    *,
    fault: ServiceError | None = None,
    status: int | None = None,
    confidential: bool = False,
    now: datetime | None = None,
    address: str | None = None,
    viewer: Viewer | None = None,
    **parts: Any,
) -> Response:
    """A page.

    ``fault`` is shown at its top and gives the answer its status, unless ``status`` says another. ``confidential``: it
    shows what is sealed, so its length must not tell what a compressor found in it (BREACH). ``now``: the service's
    clock, by which it says how much time is left. ``address``: where the page is found again, if it answers a form that
    was sent to another path. ``viewer``: nobody, for a page that browsers keep, whoever asked for it.
    """
    viewer, nonce = viewer or viewer_of(request, templates.words), secrets.token_urlsafe(16)
    doors = () if viewer.principal is None else doors_of(viewer.principal)
    asked = current_request()
    html = templates.render(
        name,
        viewer,
        now or datetime.now(UTC),
        fault=fault,
        nonce=nonce,
        doors=doors,
        here=current(doors, request.url.path),
        **{
            "path": request.url.path,
            "address": address or _address(request),
            "done": request.query_params.get(DONE, ""),
            "request_id": "" if asked is None else str(asked.id),
            **parts,
        },
    )
    headers = {
        "Content-Security-Policy": policy(nonce),
        "Content-Language": viewer.language,
        "Referrer-Policy": "same-origin",  # with no-referrer a browser hides a form's origin, and it would be refused
        "Vary": "Accept-Encoding, Accept-Language, Cookie",
    }
    content = html.encode()
    if not confidential and len(content) > WORTH_COMPRESSING and accepts_gzip(request):
        content = gzip.compress(content, 5)
        headers["Content-Encoding"] = "gzip"
    code = status or (200 if fault is None else fault.status)
    return Response(content, status_code=code, media_type="text/html; charset=utf-8", headers=headers)


def done(path: str, act: str = "") -> RedirectResponse:
    """Sends the browser to a page after an act (303), so that reloading it repeats nothing.

    ``act`` is the end of a key ``done.<act>``, which that page says.
    """
    joined = "&" if "?" in path else "?"
    return RedirectResponse(f"{path}{joined}{DONE}={act}" if act else path, status_code=303)


def _address(request: Request) -> str:
    """The path with its query, without what was done."""
    kept = [(name, value) for name, value in request.query_params.multi_items() if name != DONE]
    return f"{request.url.path}?{urlencode(kept)}" if kept else request.url.path
