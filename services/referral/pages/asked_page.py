"""The page of an agency that was asked in another's stead: a code and how urgent it is, and two answers."""

from uuid import UUID, uuid4

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.chassis.authorization.policy import Action, Principal
from services.chassis.clock import Clock
from services.chassis.errors import MalformedRequestError
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.web.pages.answers import done, page
from services.chassis.web.pages.forms import form_of
from services.referral.offers.commands import OfferCommands
from services.referral.offers.queries import AskedReferrals
from services.referral.pages.referral_page import TEMPLATES, address

PATH = "/mesa/preguntas/{referral_id}"
ANSWERS = {"si": True, "no": False}


def pages(asked: AskedReferrals, commands: OfferCommands, clock: Clock, tokens: Tokens) -> APIRouter:
    """``/mesa/preguntas/{referral_id}``; to anybody who was not asked there is no such page."""
    router = APIRouter(include_in_schema=False)

    @router.get(PATH)
    async def show_question(
        request: Request, referral_id: UUID, principal: Principal = requires(tokens, Action.ANSWER_REQUEST)
    ) -> Response:
        """Shows what is asked."""
        found = await asked.one(referral_id, principal)
        return page(
            request,
            TEMPLATES,
            "asked.html",
            now=clock(),
            it=found,
            address=PATH.format(referral_id=referral_id),
            order=uuid4,
        )

    @router.post(PATH)
    async def answer_question(
        request: Request,
        referral_id: UUID,
        principal: Principal = requires(tokens, Action.ANSWER_REQUEST, by_form=True),
    ) -> Response:
        """Records the answer. Who offers help and gets the referral, is led to it."""
        form = await form_of(request, principal)
        can = ANSWERS.get(form.text("puede") or "")
        if can is None:
            raise MalformedRequestError
        answer = await commands.record(referral_id, principal, command_id=form.command_id, can=can)
        if answer.rerouted:
            linked = await asked.sent_instead(referral_id, principal)
            if linked is not None:
                return done(address(linked), "offered_and_sent")
        return done(PATH.format(referral_id=referral_id), answer.answer)

    return router
