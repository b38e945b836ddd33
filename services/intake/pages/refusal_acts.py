"""What is done with a refused document: read, corrected and sent again, or set aside."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.chassis.authorization.policy import Action, Principal
from services.chassis.errors import ErasedError, MalformedRequestError, NotFoundError, ServiceError
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.web.pages.answers import done
from services.chassis.web.pages.forms import Form, form_of
from services.chassis.web.pages.viewer import Viewer, viewer_of
from services.intake.pages.correcting import Correcting, answers_in
from services.intake.pages.refusals import HERE, TEMPLATES, RefusalPages
from services.intake.refusals.commands import RefusalCommands

CLOSES_AFTER = 300
"""Seconds without use after which what was opened is taken off the screen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalActs:
    """Carries out what the forms of the page ask for, and draws it again."""

    drawn: RefusalPages
    commands: RefusalCommands
    correcting: Correcting

    async def opened(self, request: Request, principal: Principal, refusal: UUID) -> Response:
        """The page with what was sent, after recording that it was read."""
        form = await form_of(request, principal)
        read = await self.commands.open(refusal, form.command_id, principal)
        told = self.correcting.opened(read, self._viewer(request).language)
        return await self.drawn.one(request, principal, refusal, **told, kept={}, closes_after=CLOSES_AFTER)

    async def corrected(self, request: Request, principal: Principal, refusal: UUID) -> Response:
        """Sends the document with the answers of the form; if something is still wrong, asks for that, too."""
        viewer, form = self._viewer(request), await form_of(request, principal)
        stored = await self.commands.to_correct(refusal, form.command_id, principal)
        attempt = self.correcting.attempt(
            stored, answers_in(form, viewer), principal, form.command_id, as_new=form.text("como") == "nuevo"
        )
        if attempt.faults:
            told = self.correcting.again(attempt, form, viewer.language)
            return await self._again(request, principal, refusal, form, told)
        try:
            sent = await self.commands.correct(
                refusal, form.command_id, attempt.document, principal, amends=form.text("como") == "correccion"
            )
        except (NotFoundError, ErasedError):
            raise
        except ServiceError as error:
            told = self.correcting.again(attempt, form, viewer.language)
            return await self._again(request, principal, refusal, form, told, error)
        return done(f"/albergue/casos/{sent.case_id}", "refusal_corrected")

    async def put_aside(self, request: Request, principal: Principal, refusal: UUID) -> Response:
        """Records that it is not to be sent again."""
        form = await form_of(request, principal)
        await self.commands.discard(refusal, form.command_id, principal)
        return done(HERE, "refusal_set_aside")

    async def _again(
        self,
        request: Request,
        principal: Principal,
        refusal: UUID,
        form: Form,
        told: dict[str, Any],
        fault: ServiceError | None = None,
    ) -> Response:
        """The page with what was answered; without a refusal of the command, its own list says what is wrong."""
        status = MalformedRequestError.status if fault is None else None
        return await self.drawn.one(
            request, principal, refusal, fault, status=status, **told, kept=form.fields, closes_after=CLOSES_AFTER
        )

    def _viewer(self, request: Request) -> Viewer:
        return viewer_of(request, TEMPLATES.words)


def acts(one: RefusalActs, tokens: Tokens) -> APIRouter:
    """``POST /albergue/trabajo/rechazos/{refusal_id}/…``."""
    router = APIRouter(include_in_schema=False)

    @router.post(HERE + "/{refusal_id}/abrir")
    async def open_refused(
        request: Request, refusal_id: UUID, principal: Principal = requires(tokens, Action.READ_REFUSAL, by_form=True)
    ) -> Response:
        """Shows what was sent. Every time is recorded."""
        try:
            return await one.opened(request, principal, refusal_id)
        except NotFoundError:
            raise
        except ServiceError as error:
            return await one.drawn.one(request, principal, refusal_id, error)

    @router.post(HERE + "/{refusal_id}/corregir")
    async def correct_refused(
        request: Request,
        refusal_id: UUID,
        principal: Principal = requires(tokens, Action.HANDLE_REFUSALS, by_form=True),
    ) -> Response:
        """Sends it again with the faulty fields answered anew: it opens the case, or amends it."""
        try:
            return await one.corrected(request, principal, refusal_id)
        except NotFoundError:
            raise
        except ServiceError as error:
            return await one.drawn.one(request, principal, refusal_id, error)

    @router.post(HERE + "/{refusal_id}/apartar")
    async def set_aside(
        request: Request,
        refusal_id: UUID,
        principal: Principal = requires(tokens, Action.HANDLE_REFUSALS, by_form=True),
    ) -> Response:
        """Sets it aside. It stays stored, sealed."""
        try:
            return await one.put_aside(request, principal, refusal_id)
        except NotFoundError:
            raise
        except ServiceError as error:
            return await one.drawn.one(request, principal, refusal_id, error)

    return router
