"""Passkeys in a browser: signing in with one, proving again who is there, and one's own list at ``/cuenta/llaves``.

A script (``passkey.js``) asks for the options, lets the browser answer, and sends the answer as the form of the page.
"""

from collections.abc import Awaitable, Callable
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.chassis.errors import NotFoundError, NotSignedInError
from services.chassis.identity.browsers import binding, caller_of, forget_binding, remember_binding
from services.chassis.identity.page_forms import Form, PageForms, is_whole, refuse_another_person, to_proof, to_sign_in
from services.chassis.identity.pages import started
from services.chassis.identity.passkey_commands import Passkeys
from services.chassis.identity.passkeys import Purpose
from services.chassis.identity.policy import MAX_PASSKEYS, Stage
from services.chassis.identity.session_guard import ProvenSession
from services.chassis.identity.store import new_secret
from services.chassis.web.cookies import refuse_foreign_form, session_cookie, way_back
from services.chassis.web.pages.answers import done

LIST = "/cuenta/llaves"
PURPOSES = {Stage.SECOND_FACTOR: Purpose.SECOND_FACTOR, Stage.FULL: Purpose.PROOF}


def passkey_pages(forms: PageForms) -> APIRouter:
    """The pages and forms; ``forms`` has the ways of signing in."""
    router = APIRouter(include_in_schema=False)
    own = PasskeyPages(forms.signing_in, with_oidc=forms.with_oidc, passkeys=forms.passkeys)
    router.post("/entrar/llave/reto")(own.ask)
    router.post("/entrar/llave")(own.enter)
    router.get(LIST)(own.keys)
    router.post(f"{LIST}/reto")(own.offer)
    router.post(LIST)(own.add)
    router.post(f"{LIST}/quitar")(own.remove)
    return router


class PasskeyPages(PageForms):
    """One method per page, form or question of the script."""

    __slots__ = ()

    @property
    def _own(self) -> Passkeys:
        """The passkeys of this installation.

        Raises:
            NotFoundError: it has none: people reach it by no name.
        """
        if self.passkeys is None:
            raise NotFoundError
        return self.passkeys

    async def ask(self, request: Request) -> Response:
        """What the browser is asked for: to sign in, to complete a sign-in, or to prove again who is there."""
        refuse_foreign_form(request)
        found = await self.session_of(request)
        purpose = None if found is None else PURPOSES.get(found.session.stage)
        if found is not None and purpose is not None:
            person = found.session.person
            return _json(await self._own.ask(purpose, found.secret, person, caller_of(request)))
        browser = binding(request) or new_secret()
        answer = _json(await self._own.ask(Purpose.SIGN_IN, browser, None, caller_of(request)))
        remember_binding(request, answer, browser)
        return answer

    async def enter(self, request: Request) -> Response:
        """Signs in with a passkey: as the second step if a password was right, otherwise whole."""
        found = await self.session_of(request)
        half = found is not None and found.session.stage is Stage.SECOND_FACTOR

        async def step(given: Form) -> Response:
            answer, back = given.get("credencial", ""), way_back(given.get("volver"))
            if found is not None and half:
                signed = await self._own.second_step(found.session, found.secret, answer, caller_of(request))
            else:
                signed = await self._own.enter(answer, binding(request) or "", caller_of(request))
                before = session_cookie(request)
                if before is not None:
                    await self.signing_in.accounts.end(before, self.signing_in.now())
            led = started(request, signed, back)
            forget_binding(request, led)
            return led

        has_passkey = await self.has_passkey(found)
        return await self.run(request, step, "code.html" if half else "password.html", has_passkey=has_passkey)

    async def keys(self, request: Request) -> Response:
        """Lists the person's passkeys, to whoever proved again who they are."""
        found = await self.session_of(request)
        if found is None or not is_whole(found):
            return to_sign_in(LIST)
        if not await self.signing_in.is_proved(found.secret):
            return to_proof(LIST)
        return await self._list(request, found)

    async def offer(self, request: Request) -> Response:
        """What the browser is asked for to make a passkey."""
        refuse_foreign_form(request)
        found = await self.session_of(request)
        if found is None or not is_whole(found):
            raise NotSignedInError
        return _json(await self._own.offer(found.session, found.secret))

    async def add(self, request: Request) -> Response:
        """Adds the passkey that the browser made."""

        async def step(found: ProvenSession, given: Form) -> Response:
            answer, name = given.get("credencial", ""), given.get("nombre", "")
            await self._own.add(found.session, found.secret, answer, name)
            return done(LIST, "passkey_added")

        return await self._changed(request, step)

    async def remove(self, request: Request) -> Response:
        """Removes one of the person's passkeys."""

        async def step(found: ProvenSession, given: Form) -> Response:
            try:
                which = UUID(given.get("llave", ""))
            except ValueError:
                raise NotFoundError from None
            await self._own.remove(found.session, found.secret, which)
            return done(LIST, "passkey_removed")

        return await self._changed(request, step)

    async def _list(self, request: Request, found: ProvenSession, **parts: object) -> Response:
        kept = await self._own.of_person(found.session.person)
        return self.form(request, "passkeys.html", {"volver": LIST}, kept=kept, most=MAX_PASSKEYS, **parts)

    async def _changed(self, request: Request, step: Callable[[ProvenSession, Form], Awaitable[Response]]) -> Response:
        """Runs a form of the list; a refusal is shown on the list as it is now, with the name that was written.

        Whoever may not see the list sees nothing of it when the form is refused.
        """
        found = await self.session_of(request)

        async def whole(given: Form) -> Response:
            if found is None or not is_whole(found):
                return to_sign_in(LIST)
            refuse_another_person(given, found)
            return await step(found, {**given, "volver": LIST})

        if found is None or not is_whole(found) or not await self.signing_in.is_proved(found.secret):
            return await self.run(request, whole, "refused.html")
        kept = await self._own.of_person(found.session.person)
        return await self.run(request, whole, "passkeys.html", kept=kept, most=MAX_PASSKEYS)


def _json(content: str) -> Response:
    return Response(content, media_type="application/json")
