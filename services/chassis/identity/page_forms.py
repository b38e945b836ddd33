"""What the pages about signing in share: whose session it is, and running the step of a form."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from fastapi import Request
from starlette.responses import RedirectResponse, Response

from services.chassis.errors import ServiceError
from services.chassis.identity.commands import ProofNeededError, SigningIn
from services.chassis.identity.session_guard import ProvenSession
from services.chassis.security.current import refused
from services.chassis.web.bodies import filled
from services.chassis.web.cookies import refuse_foreign_form, session_cookie, way_back
from services.chassis.web.html import page
from services.chassis.web.templating import Templates

MAX_FORM_BYTES = 8_192
TEMPLATES = Templates(__name__, "web/templates/identity")

Form = dict[str, str]


@dataclass(frozen=True, slots=True)
class PageForms:
    """Runs forms and shows them again with what was refused."""

    signing_in: SigningIn
    with_oidc: bool = False

    async def session_of(self, request: Request) -> ProvenSession | None:
        """The session of any stage that the browser has."""
        secret = session_cookie(request)
        session = None if secret is None else await self.signing_in.accounts.session(secret, self.signing_in.now())
        return None if session is None or secret is None else ProvenSession(session, secret)

    async def run(
        self, request: Request, step: Callable[[Form], Awaitable[Response]], again: str, **parts: Any
    ) -> Response:
        """Runs the step of a form; a refusal is shown on the form itself, which is the template ``again``.

        Where the password or a code must be given again, the browser is sent there, and back.
        """
        given: Form = {}
        try:
            refuse_foreign_form(request)
            given = await filled(request, MAX_FORM_BYTES)
            return await step(given)
        except ProofNeededError:
            return to_proof(given.get("volver"))
        except ServiceError as error:
            refused(error)
            answer = self.form(again, given, fault=error, **parts)
            if "retry_after" in error.details:
                answer.headers["Retry-After"] = str(error.details["retry_after"])
            return answer

    async def run_with_session(
        self, request: Request, step: Callable[[ProvenSession, Form], Awaitable[Response]], again: str, **parts: Any
    ) -> Response:
        """Runs a step that needs a session of any stage; without one it redirects to the first form."""

        async def with_session(given: Form) -> Response:
            found = await self.session_of(request)
            return RedirectResponse("/entrar", status_code=303) if found is None else await step(found, given)

        return await self.run(request, with_session, again, **parts)

    def form(self, template: str, given: Form, **parts: Any) -> Response:
        """A page with a form that leads back to where the person came from."""
        return page(TEMPLATES, template, back=way_back(given.get("volver")), elsewhere=self.with_oidc, **parts)


def to_proof(back: str | None) -> RedirectResponse:
    """Sends the browser to prove again who is there, and then back."""
    return RedirectResponse(f"/entrar/comprobar?volver={quote(way_back(back), safe='')}", status_code=303)
