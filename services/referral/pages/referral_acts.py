"""What people do with a referral by the forms of its page: steps, votes of a contest, milestones."""

from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from events.vocabulary import ContestDecision, Milestone
from services.chassis.authorization.policy import Action, Principal
from services.chassis.errors import MalformedRequestError, NotFoundError, ServiceError
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.web.pages.answers import done, page
from services.chassis.web.pages.forms import Form, form_of
from services.chassis.web.pages.viewer import viewer_of
from services.referral.contests.commands import ContestCommands
from services.referral.lifecycle.commands import ReferralCommands
from services.referral.milestones.commands import MilestoneCommands
from services.referral.pages.attempts import Attempt
from services.referral.pages.referral_page import PATH, TEMPLATES, ReferralPages, address
from services.referral.pages.steps import step_command

Code = TypeVar("Code", bound=StrEnum)
DRAWN = frozenset({"orden", "version", "quien"})
"""Fields that the page put into the form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralActs:
    """The commands behind the forms."""

    drawn: ReferralPages
    commands: ReferralCommands
    contests: ContestCommands
    milestones: MilestoneCommands

    async def carry_out(
        self, request: Request, principal: Principal, referral: UUID, act: str, form: Form, command: Awaitable[object]
    ) -> Response:
        """Carries out an act; a refused one shows the page as it is now, with what was written.

        Raises:
            NotFoundError: no such referral, or the principal may not see it.
        """
        try:
            await command
        except NotFoundError:
            raise
        except ServiceError as error:
            return await self.refused(request, principal, referral, act, form, error)
        return done(address(referral), act)

    async def refused(
        self, request: Request, principal: Principal, referral: UUID, act: str, form: Form, error: ServiceError
    ) -> Response:
        """The page after a refusal; after a failure of ours, what was written, to be sent again as the same command.

        Raises:
            NotFoundError: the principal may not see the referral any more.
        """
        if error.status >= 500:
            return page(
                request,
                TEMPLATES,
                "unsent.html",
                fault=error,
                now=self.drawn.clock(),
                kept=form.fields,
                confidential=True,
            )
        typed = {name: value for name, value in form.fields.items() if name not in DRAWN}
        return await self.drawn.draw(request, principal, referral, fault=error, attempt=Attempt(act, typed))


def acts(them: ReferralActs, tokens: Tokens) -> APIRouter:
    """One route for the steps, one for the votes, one for the milestones."""
    router = APIRouter(include_in_schema=False)

    @router.post(PATH + "/decidir")
    async def settle_contest(
        request: Request,
        referral_id: UUID,
        principal: Principal = requires(tokens, Action.SETTLE_CONTEST, by_form=True),
    ) -> Response:
        """Decides, as one of two people, whether a contested referral goes on."""
        form = await form_of(request, principal)
        decision = _code(ContestDecision, form, "decision")
        command = them.contests.settle(referral_id, form.command_id, form.version, decision, principal)
        return await them.carry_out(request, principal, referral_id, "settle", form, command)

    @router.post(PATH + "/hito")
    async def record_milestone(
        request: Request,
        referral_id: UUID,
        principal: Principal = requires(tokens, Action.RECORD_MILESTONE, by_form=True),
    ) -> Response:
        """Records an event in the person's life with which a legal clock begins."""
        form = await form_of(request, principal)
        try:
            which, on = _code(Milestone, form, "milestone"), _day(form)
        except MalformedRequestError as error:
            return await them.refused(request, principal, referral_id, "milestone", form, error)
        command = them.milestones.record(referral_id, form.command_id, which, on, principal)
        return await them.carry_out(request, principal, referral_id, "milestone", form, command)

    @router.post(PATH + "/{step}")
    async def take_step(
        request: Request,
        referral_id: UUID,
        step: str,
        principal: Principal = requires(tokens, Action.ANSWER_REFERRAL, by_form=True),
    ) -> Response:
        """Takes a step of the state table."""
        form = await form_of(request, principal)
        try:
            command = step_command(step, referral_id, form, viewer_of(request, TEMPLATES.words))
        except MalformedRequestError as error:
            if not error.details.get("faults"):
                raise  # not from our page
            return await them.refused(request, principal, referral_id, step, form, error)
        executed = them.commands.execute_step(command, principal)
        return await them.carry_out(request, principal, referral_id, step, form, executed)

    return router


def _code(kind: type[Code], form: Form, name: str) -> Code:
    try:
        return kind(form.text(name) or "")
    except ValueError:
        raise MalformedRequestError(faults=[{"field": name, "code": "enum"}]) from None


def _day(form: Form) -> date:
    try:
        return date.fromisoformat(form.text("on") or "")
    except ValueError:
        raise MalformedRequestError(faults=[{"field": "on", "code": "not_a_time"}]) from None
