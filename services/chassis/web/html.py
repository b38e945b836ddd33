"""Pages for people: Spanish first, then English; no scripts, one inline stylesheet, nothing from other hosts."""

import base64
import hashlib
from typing import Any

from starlette.responses import HTMLResponse

from services.chassis.errors import ServiceError
from services.chassis.web.templating import STYLE, Templates


def source_of(style: str) -> str:
    """The hash of a stylesheet as a source of a content security policy."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()}'"


HEADERS = {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src {source_of(STYLE)}; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    # With no-referrer a browser hides the origin of a form, and the form would be refused.
    "Referrer-Policy": "same-origin",
}


def page(templates: Templates, name: str, *, fault: ServiceError | None = None, **parts: Any) -> HTMLResponse:
    """A page. ``fault`` is shown at its top and gives the answer its status."""
    html = templates.render(name, fault=fault, **parts)
    return HTMLResponse(html, status_code=200 if fault is None else fault.status, headers=HEADERS)
