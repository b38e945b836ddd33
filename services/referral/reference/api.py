"""What a form needs over HTTP: the rules in force and the directory, each with a tag: unchanged, it is not sent."""

import hashlib
from typing import Annotated, Any

from fastapi import APIRouter, Header
from fastapi.responses import Response

from services.chassis.authorization.policy import Action, Principal
from services.chassis.clock import Clock
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.web.schemas import Answer
from services.referral.bodies.ports import Bodies
from services.referral.deadlines.calendar import day_in_mexico
from services.referral.phones.ports import PhoneBook
from services.referral.reference.directory import directory_of
from services.referral.reference.rules import rules_in_force
from services.referral.reference.schemas import DirectoryOfAShelter, Language, RulesInForce
from services.referral.routing.policy import RuleSet

NOT_MODIFIED = 304
Known = Annotated[str, Header(alias="If-None-Match", description="The `ETag` of the answer that the form has.")]
UNCHANGED: dict[int | str, dict[str, Any]] = {NOT_MODIFIED: {"description": "It is what the form has already."}}


def router(rules: RuleSet, phones: PhoneBook, bodies: Bodies, clock: Clock, tokens: Tokens) -> APIRouter:
    """``/rules`` and ``/directory``."""
    routes = APIRouter()

    @routes.get("/rules", response_model=RulesInForce, responses=UNCHANGED)
    async def read_rules(known: Known = "", _: Principal = requires(tokens, Action.READ_REFERENCE)) -> Response:
        """Answers the rules in force with their version, to decide by where there is no network."""
        return _unless_known(rules_in_force(rules, day_in_mexico(clock())), known)

    @routes.get("/directory", response_model=DirectoryOfAShelter, responses=UNCHANGED)
    async def read_directory(
        language: Language = "es", known: Known = "", principal: Principal = requires(tokens, Action.READ_REFERENCE)
    ) -> Response:
        """Answers whom to call from the caller's shelter: the desks and bodies of its state, nobody's own number."""
        return _unless_known(directory_of(principal.org, language, phones, bodies), known)

    return routes


def _unless_known(answer: Answer, known: str) -> Response:
    """The answer, or 304 if its tag is among those that the form named."""
    body = answer.model_dump_json().encode()
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if tag in {one.strip().removeprefix("W/") for one in known.split(",")}:
        return Response(status_code=NOT_MODIFIED, headers=headers)
    return Response(body, media_type="application/json", headers=headers)
