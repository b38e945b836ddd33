"""Answers with a shell: a page of Albergue with nobody's data, which a telephone keeps and opens without a network."""

from typing import Any

from fastapi import Request
from starlette.responses import Response

from services.chassis.clock import MEXICO
from services.chassis.locales import COMPLETE, SPANISH
from services.chassis.web.pages.answers import page
from services.chassis.web.pages.templating import PageTemplates
from services.chassis.web.pages.viewer import Viewer

KEPT = "/albergue/sin-red"
"""Where shells are fetched; the service worker answers ``/albergue/<name>`` with ``/albergue/sin-red/<name>``."""
LANGUAGE = "idioma"
"""The parameter of a shell's address that says its language; an account has none here."""


def language_of(request: Request) -> str:
    """The language that a shell is asked for in; Spanish, if it is none that is complete."""
    asked = request.query_params.get(LANGUAGE, SPANISH)
    return asked if asked in COMPLETE else SPANISH


def shell_page(request: Request, templates: PageTemplates, name: str, language: str, **parts: Any) -> Response:
    """A page that is the same for everybody: no name, no doors but the shelter's own row, nothing of a session.

    Its template extends ``shell.html``. ``path`` and ``address`` are those of the page that it stands for.
    """
    stands_for = request.url.path.replace(KEPT, "/albergue", 1)
    answer = page(
        request,
        templates,
        name,
        address=stands_for,
        viewer=Viewer(None, language, MEXICO),
        path=stands_for,
        done="",
        request_id="",
        **parts,
    )
    answer.headers["Vary"] = "Accept-Encoding"
    return answer
