"""What the pages about signing in share: whose session it is, and running the step of a form."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from fastapi import Request
from starlette.responses import RedirectResponse, Response

from services.chassis.errors import ServiceError
from services.chassis.identity.commands import ProofNeededError, SigningIn, code_of
from services.chassis.identity.passkey_commands import Passkeys
from services.chassis.identity.policy import Stage
from services.chassis.identity.session_guard import ProvenSession
from services.chassis.identity.tokens import principal_of
from services.chassis.locales import COMPLETE
from services.chassis.security.current import refused
from services.chassis.web.bodies import filled
from services.chassis.web.cookies import refuse_foreign_form, session_cookie, way_back
from services.chassis.web.pages.answers import page
from services.chassis.web.pages.forms import DRAWN_FOR, MAX_FORM_BYTES, AnotherPersonError
from services.chassis.web.pages.templating import PageTemplates

TEMPLATES = PageTemplates(__name__, "identity/templates")
PROOF = "/cuenta/comprobar"

Form = dict[str, str]


@dataclass(frozen=True, slots=True)
class PageForms:
    """Runs forms and shows them again with what was refused."""

    signing_in: SigningIn
    with_oidc: bool = False
    passkeys: Passkeys | None = None

    async def session_of(self, request: Request) -> ProvenSession | None:
        """The session of any stage that the browser has; a whole one is the viewer of the page."""
        secret = session_cookie(request)
        session = None if secret is None else await self.signing_in.accounts.session(secret, self.signing_in.now())
        if session is None or secret is None:
            return None
        if session.stage is Stage.FULL:
            request.state.principal = principal_of(session)
        return ProvenSession(session, secret)

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
            answer = self.form(request, again, given, fault=error, **parts)
            if "retry_after" in error.details:
                answer.headers["Retry-After"] = str(error.details["retry_after"])
            return answer

    async def run_with_session(
        self, request: Request, step: Callable[[ProvenSession, Form], Awaitable[Response]], again: str, **parts: Any
    ) -> Response:
        """Runs a step that needs a session of any stage; without one it redirects to the first form."""
        found = await self.session_of(request)

        async def with_session(given: Form) -> Response:
            if found is None:
                return to_sign_in(given.get("volver"))
            refuse_another_person(given, found)
            return await step(found, given)

        own = {"has_passkey": await self.has_passkey(found), "full": found is not None and is_whole(found)}
        return await self.run(request, with_session, again, **{**own, **parts})

    async def has_passkey(self, found: ProvenSession | None) -> bool:
        """Whether this session's person can answer with a passkey."""
        if self.passkeys is None or found is None:
            return False
        return await self.signing_in.accounts.has_passkey(found.session.person)

    def form(self, request: Request, template: str, given: Form, **parts: Any) -> Response:
        """A page with a form that leads back to where the person came from.

        Of what was written only a passkey's name is shown again, and the account's code if it is one: it may be a
        password.
        """
        return page(
            request,
            TEMPLATES,
            template,
            now=self.signing_in.now(),
            confidential=True,  # some show secrets beside what a request says
            back=way_back(given.get("volver")),
            account=code_of(given.get("cuenta", "")),
            called=given.get("nombre", ""),
            elsewhere=self.with_oidc,
            passkeys=self.passkeys is not None,
            languages=COMPLETE,
            **parts,
        )


def is_whole(found: ProvenSession) -> bool:
    """Whether the sign-in is complete."""
    return found.session.stage is Stage.FULL


def refuse_another_person(given: Form, found: ProvenSession) -> None:
    """Refuses a form that was drawn for whoever had signed in with this browser before.

    Raises:
        AnotherPersonError: it was.
    """
    if given.get(DRAWN_FOR) not in (None, "", found.session.person):
        raise AnotherPersonError


def to_proof(back: str | None) -> RedirectResponse:
    """Sends the browser to prove again who is there, and then back."""
    return RedirectResponse(f"{PROOF}?volver={quote(way_back(back), safe='')}", status_code=303)


def to_sign_in(back: str | None) -> RedirectResponse:
    """Sends the browser to sign in, and then back."""
    there = way_back(back)
    return RedirectResponse(
        "/entrar" if there == "/entrar" else f"/entrar?volver={quote(there, safe='')}", status_code=303
    )
