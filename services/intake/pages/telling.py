"""The person asks who has seen their data, and is told in person: ``POST …/quien-ha-visto`` records that they were."""

from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.chassis.authorization.policy import Action, Principal
from services.chassis.errors import NotFoundError, ServiceError
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.web.pages.answers import done
from services.chassis.web.pages.forms import form_of
from services.intake.pages.case_attempts import Attempt
from services.intake.pages.case_reading import PATH, CasePages, address
from services.intake.who_knew.commands import TellingCommands


def acts(drawn: CasePages, telling: TellingCommands, tokens: Tokens) -> APIRouter:
    """The one form."""
    router = APIRouter(include_in_schema=False)

    @router.post(PATH + "/quien-ha-visto")
    async def record_telling(
        request: Request, case_id: UUID, principal: Principal = requires(tokens, Action.TELL_PERSON, by_form=True)
    ) -> Response:
        """Records that the person, who asked, was read who was told of them and who read."""
        form = await form_of(request, principal)
        try:
            named = await drawn.who_knew.of(await drawn.status(case_id, principal))
            await telling.record(case_id, form.command_id, named, principal)
        except NotFoundError:
            raise
        except ServiceError as error:
            return await drawn.draw(request, principal, case_id, fault=error, attempt=Attempt.of("told", form.fields))
        return done(address(case_id), "case_told")

    return router
