"""The steps of a referral's life over HTTP: ``POST /referrals/{id}/<step>``."""

from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

from fastapi import APIRouter

from services.chassis.authorization.policy import Action, Principal
from services.chassis.errors import (
    CommandIdReusedError,
    ErasedError,
    KeysLostError,
    NotFoundError,
    ServiceError,
    VersionConflictError,
)
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.web.refusals import refuses
from services.referral.lifecycle.commands import (
    AgencyHasItError,
    NobodyMayReadError,
    NotReroutableError,
    ReferralCommands,
    StepCommand,
)
from services.referral.lifecycle.schemas import (
    BODIES,
    AnswerDesk,
    AskShelter,
    CancelReferral,
    ConfirmHelp,
    DeclineReferral,
    ExplainStep,
    ReferralAfterStep,
    ReportOutcome,
    RerouteReferral,
    ScheduleService,
    TakeStep,
)
from services.referral.lifecycle.transitions import IllegalStepError, NobodyCanAnswerError, StaleVersionError

EVERY_STEP = (NotFoundError, StaleVersionError, IllegalStepError, CommandIdReusedError, VersionConflictError)
"""Refusals of every step."""
LINKED = (ErasedError, KeysLostError, AgencyHasItError)
"""Further refusals of the steps that create a linked referral."""

Route = TypeVar("Route", bound=Callable[..., Any])


def router(commands: ReferralCommands, tokens: Tokens) -> APIRouter:  # noqa: C901 - sixteen steps, each a route
    """One route for each step."""
    routes = APIRouter()
    caller = requires(tokens, Action.ANSWER_REFERRAL)

    def step(name: str, *refusals: type[ServiceError]) -> Callable[[Route], Route]:
        _, summary = BODIES[name]
        return routes.post(
            f"/referrals/{{referral_id}}/{name}", summary=summary, responses=refuses(*EVERY_STEP, *refusals)
        )

    async def take(name: str, referral: UUID, body: TakeStep, principal: Principal) -> ReferralAfterStep:
        command = StepCommand(
            referral=referral,
            step=name,
            command_id=body.command_id,
            expected_version=body.expected_version,
            details=body.details(),
            text=body.text(),
        )
        return await commands.execute_step(command, principal)

    @step("acknowledge")
    async def acknowledge_referral(
        referral_id: UUID, body: TakeStep, principal: Principal = caller
    ) -> ReferralAfterStep:
        """Acknowledges a referral: a person at the desk has seen it."""
        return await take("acknowledge", referral_id, body, principal)

    @step("accept", NobodyMayReadError)
    async def accept_referral(referral_id: UUID, body: TakeStep, principal: Principal = caller) -> ReferralAfterStep:
        """Accepts a referral: the agency takes responsibility."""
        return await take("accept", referral_id, body, principal)

    @step("decline", ErasedError, KeysLostError)
    async def decline_referral(
        referral_id: UUID, body: DeclineReferral, principal: Principal = caller
    ) -> ReferralAfterStep:
        """Declines a referral with a coded reason; the rules may send it on at once."""
        return await take("decline", referral_id, body, principal)

    @step("request-info", ErasedError, KeysLostError, NobodyCanAnswerError)
    async def request_referral_info(
        referral_id: UUID, body: AskShelter, principal: Principal = caller
    ) -> ReferralAfterStep:
        """Asks the shelter the desk's one question, which pauses the time to decide."""
        return await take("request-info", referral_id, body, principal)

    @step("supply-info", ErasedError, KeysLostError)
    async def supply_referral_info(
        referral_id: UUID, body: AnswerDesk, principal: Principal = caller
    ) -> ReferralAfterStep:
        """Answers the desk's question."""
        return await take("supply-info", referral_id, body, principal)

    @step("schedule", KeysLostError)
    async def schedule_service(
        referral_id: UUID, body: ScheduleService, principal: Principal = caller
    ) -> ReferralAfterStep:
        """Schedules an appointment, or moves it."""
        return await take("schedule", referral_id, body, principal)

    @step("start")
    async def start_service(referral_id: UUID, body: TakeStep, principal: Principal = caller) -> ReferralAfterStep:
        """Records that the service has begun."""
        return await take("start", referral_id, body, principal)

    @step("deliver", KeysLostError)
    async def report_service(
        referral_id: UUID, body: ReportOutcome, principal: Principal = caller
    ) -> ReferralAfterStep:
        """Reports that the service was delivered, and its outcome."""
        return await take("deliver", referral_id, body, principal)

    @step("confirm")
    async def confirm_help(referral_id: UUID, body: ConfirmHelp, principal: Principal = caller) -> ReferralAfterStep:
        """Confirms whether help came, which closes the referral."""
        return await take("confirm", referral_id, body, principal)

    @step("fail", KeysLostError)
    async def fail_referral(referral_id: UUID, body: ReportOutcome, principal: Principal = caller) -> ReferralAfterStep:
        """Records that the person could not be served, and the outcome."""
        return await take("fail", referral_id, body, principal)

    @step("no-contact", KeysLostError)
    async def report_no_contact(
        referral_id: UUID, body: ReportOutcome, principal: Principal = caller
    ) -> ReferralAfterStep:
        """Records that the person cannot be found."""
        return await take("no-contact", referral_id, body, principal)

    @step("cancel", KeysLostError)
    async def cancel_referral(
        referral_id: UUID, body: CancelReferral, principal: Principal = caller
    ) -> ReferralAfterStep:
        """Cancels a referral."""
        return await take("cancel", referral_id, body, principal)

    @step("confirm-deletion")
    async def confirm_deletion(referral_id: UUID, body: TakeStep, principal: Principal = caller) -> ReferralAfterStep:
        """Confirms that what was disclosed is deleted, after a withdrawal."""
        return await take("confirm-deletion", referral_id, body, principal)

    @step("mark-in-error", ErasedError, KeysLostError)
    async def mark_in_error(referral_id: UUID, body: ExplainStep, principal: Principal = caller) -> ReferralAfterStep:
        """Marks a referral as entered in error, with a comment."""
        return await take("mark-in-error", referral_id, body, principal)

    @step("reopen", *LINKED)
    async def reopen_referral(referral_id: UUID, body: ExplainStep, principal: Principal = caller) -> ReferralAfterStep:
        """Reopens a closed referral as a new one that is linked to it."""
        return await take("reopen", referral_id, body, principal)

    @step("reroute", *LINKED, NotReroutableError)
    async def reroute_referral(
        referral_id: UUID, body: RerouteReferral, principal: Principal = caller
    ) -> ReferralAfterStep:
        """Sends a declined or expired referral to another agency, as a new one that is linked to it."""
        return await take("reroute", referral_id, body, principal)

    return routes
