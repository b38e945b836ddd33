"""What a shelter does with a case by the forms of its page: decisions of the person, a withdrawal's check, the slip."""

from collections.abc import Awaitable
from dataclasses import dataclass
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from services.chassis.authorization.policy import Action, Principal
from services.chassis.errors import NotFoundError, ServiceError
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.web.pages.answers import done
from services.chassis.web.pages.forms import Form, form_of, validated
from services.chassis.web.pages.viewer import viewer_of
from services.intake.consents.commands import ConsentCommands
from services.intake.pages.case_attempts import Attempt
from services.intake.pages.case_forms import consent_of
from services.intake.pages.case_reading import PATH, TEMPLATES, CasePages, address
from services.intake.slips.commands import SlipCommands
from services.intake.slips.pages import POLICY
from services.intake.slips.pages import page as printed_slip
from services.intake.slips.schemas import SlipRequest
from services.intake.withdrawals.commands import WithdrawalCommands
from services.intake.withdrawals.schemas import WithdrawalCheck
from services.intake.wordings import Wordings


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseActs:
    """The commands behind the forms."""

    drawn: CasePages
    consents: ConsentCommands
    wordings: Wordings
    withdrawals: WithdrawalCommands
    slips: SlipCommands

    async def carry_out(
        self, request: Request, principal: Principal, case: UUID, act: str, form: Form, command: Awaitable[object]
    ) -> Response:
        """Carries out an act; a refused one shows the page as it is now, with what was written.

        Raises:
            NotFoundError: no such case, or the principal may not see it.
        """
        try:
            await command
        except NotFoundError:
            raise
        except ServiceError as error:
            attempt = Attempt.of(act, form.fields)
            return await self.drawn.draw(request, principal, case, fault=error, attempt=attempt)
        return done(address(case), f"case_{act}")


def acts(them: CaseActs, tokens: Tokens) -> APIRouter:
    """One route for each form."""
    router = APIRouter(include_in_schema=False)

    @router.post(PATH + "/consentimiento")
    async def record_decision(
        request: Request, case_id: UUID, principal: Principal = requires(tokens, Action.SUBMIT, by_form=True)
    ) -> Response:
        """Records what the person decided about one recipient."""
        form = await form_of(request, principal)

        async def record() -> None:
            said = consent_of(form, viewer_of(request, TEMPLATES.words))
            receipt = said.receipt(them.wordings, asked_by=principal.label)
            await them.consents.record(case_id, said.command_id, receipt, principal, expected_version=form.version)

        return await them.carry_out(request, principal, case_id, "consent", form, record())

    @router.post(PATH + "/consentimiento/{receipt}")
    async def take_back_consent(
        request: Request,
        case_id: UUID,
        receipt: UUID,
        principal: Principal = requires(tokens, Action.SUBMIT, by_form=True),
    ) -> Response:
        """Withdraws a consent; the agency has 72 hours to delete."""
        form = await form_of(request, principal)
        command = them.consents.withdraw(case_id, receipt, principal)
        return await them.carry_out(request, principal, case_id, "withdrawn", form, command)

    @router.post(PATH + "/retiro")
    async def check_withdrawal(
        request: Request,
        case_id: UUID,
        principal: Principal = requires(tokens, Action.CHECK_WITHDRAWAL, by_form=True),
    ) -> Response:
        """Records what the person said of a withdrawal made with the slip."""
        form = await form_of(request, principal)

        async def check() -> None:
            said = validated(WithdrawalCheck, {"command_id": form.command_id, "answer": form.text("answer")})
            await them.withdrawals.check(case_id, said.command_id, said.answer, principal)

        return await them.carry_out(request, principal, case_id, "check", form, check())

    @router.post(PATH + "/hoja")
    async def issue_slip(
        request: Request, case_id: UUID, principal: Principal = requires(tokens, Action.ISSUE_SLIP, by_form=True)
    ) -> Response:
        """Issues a slip and answers with it, to be printed: its code is shown once."""
        form = await form_of(request, principal)
        try:
            said = validated(
                SlipRequest,
                {"command_id": form.command_id, "word": form.text("word"), "override": form.text("override") == "si"},
            )
            issued = await them.slips.issue(case_id, said.command_id, said.word, principal, override=said.override)
        except NotFoundError:
            raise
        except ServiceError as error:  # the word is the person's, and not shown again
            attempt = Attempt("slip", {"override": form.text("override") or ""})
            return await them.drawn.draw(request, principal, case_id, fault=error, attempt=attempt)
        shown = printed_slip(issued.code, issued.language)
        return HTMLResponse(shown, status_code=201, headers={"Content-Security-Policy": POLICY})

    @router.post(PATH + "/hoja/anular")
    async def revoke_slip(
        request: Request, case_id: UUID, principal: Principal = requires(tokens, Action.ISSUE_SLIP, by_form=True)
    ) -> Response:
        """Revokes the slip, because it was lost or is not wanted any more."""
        form = await form_of(request, principal)
        command = them.slips.revoke(case_id, principal)
        return await them.carry_out(request, principal, case_id, "slip_revoked", form, command)

    return router
