"""The link of an alert over HTTP: its referral, and the acknowledgement by one tap."""

from fastapi import APIRouter

from services.chassis.authorization.policy import Action, Principal
from services.chassis.errors import NotFoundError
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.web.refusals import refuses
from services.referral.alert_links.queries import AlertLinks, LinkExpiredError
from services.referral.alert_links.schemas import AcknowledgeAlert, AlertReferral, Code
from services.referral.lifecycle.api import EVERY_STEP
from services.referral.lifecycle.commands import ReferralCommands, StepCommand
from services.referral.lifecycle.schemas import ReferralAfterStep


def router(links: AlertLinks, commands: ReferralCommands, tokens: Tokens) -> APIRouter:
    """``GET /alerts/{code}/referral`` and ``POST /alerts/{code}/acknowledge``."""
    routes = APIRouter()

    @routes.get("/alerts/{code}/referral", responses=refuses(NotFoundError, LinkExpiredError))
    async def get_alert_referral(
        code: Code, principal: Principal = requires(tokens, Action.ANSWER_REFERRAL)
    ) -> AlertReferral:
        """Returns the referral that an alert's link is about; only for the desk that was alerted."""
        referral = await links.resolve(code, principal, Action.ANSWER_REFERRAL)
        return AlertReferral(
            referral_id=referral.id, urgency=referral.urgency, state=referral.state, version=referral.version
        )

    @routes.post("/alerts/{code}/acknowledge", responses=refuses(*EVERY_STEP, LinkExpiredError))
    async def acknowledge_alert(
        code: Code, body: AcknowledgeAlert, principal: Principal = requires(tokens, Action.ANSWER_REFERRAL)
    ) -> ReferralAfterStep:
        """Acknowledges the referral that an alert is about, which stops its alerts and reminders."""
        referral = await links.resolve(code, principal, Action.ANSWER_REFERRAL)
        version = body.expected_version or referral.version
        command = StepCommand(
            referral=referral.id, step="acknowledge", command_id=body.command_id, expected_version=version
        )
        return await commands.execute_step(command, principal)

    return routes
