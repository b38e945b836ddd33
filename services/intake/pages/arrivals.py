"""A person arrives with a slip and a word: the shelter takes their case over, as far as they agree.

``/albergue/trabajo/llegada``. A family comes together: each member with a slip and an answer of their own.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from events.consent_rules import ALL_FIELDS
from events.vocabulary import ConsentForm, ConsentGiver
from services.chassis.authorization.policy import Action, Principal
from services.chassis.clock import Clock
from services.chassis.errors import ServiceError
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.web.pages.answers import done, page
from services.chassis.web.pages.forms import Form, form_of, validated
from services.chassis.web.pages.templating import PageTemplates
from services.chassis.web.pages.viewer import viewer_of
from services.intake.pages.read_aloud import read_aloud
from services.intake.submissions.document.screening import Screening
from services.intake.transfers.commands import TransferCommands
from services.intake.transfers.schemas import TransferRequest
from services.intake.wordings import Use, Wordings

TEMPLATES = PageTemplates(__name__, "pages/templates/arrivals")
HERE = "/albergue/trabajo/llegada"
MOST = 6
"""People on one form; a browser's form has a limit of fields."""
HEARD = "heard"
BASIC = ("language", "interpreter_needed", "danger_now", "medical_now", "needs", "planned_departure", "safe_contact")
"""What the next shelter needs on the first day."""
SOME = "some"
ANSWERS = tuple(Screening.model_fields)
"""What a person may choose from, in the order in which it was asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrivals:
    """Draws the form."""

    transfers: TransferCommands
    wordings: Wordings
    clock: Clock

    def form(
        self, request: Request, people: int, fault: ServiceError | None = None, kept: dict[str, str] | None = None
    ) -> Response:
        """The form for so many people; ``kept``: with what was written, but for the words."""
        text = read_aloud(Use.HANDOVER, viewer_of(request, TEMPLATES.words).language)
        shown: dict[str, Any] = {
            "people": people,
            "most": MOST,
            "order": uuid4(),
            "kept": {} if kept is None else kept,
            "read": text,
            "answers": ANSWERS,
            "ways": [one.value for one in ConsentForm],
        }
        address = HERE if people == 1 else f"{HERE}?personas={people}"
        return page(
            request,
            TEMPLATES,
            "arrival.html",
            fault=fault,
            now=self.clock(),
            confidential=True,
            address=address,
            **shown,
        )


def pages(drawn: Arrivals, tokens: Tokens) -> APIRouter:
    """``/albergue/trabajo/llegada``."""
    router = APIRouter(include_in_schema=False)

    @router.get(HERE)
    async def show_arrival(
        request: Request,
        personas: Annotated[int, Query(ge=1, le=MOST)] = 1,
        _: Principal = requires(tokens, Action.TAKE_OVER),
    ) -> Response:
        """Shows what is read to the person, and the form with slip, word and consent."""
        return drawn.form(request, personas)

    @router.post(HERE)
    async def take_over(
        request: Request, principal: Principal = requires(tokens, Action.TAKE_OVER, by_form=True)
    ) -> Response:
        """Takes the case over, with all of the family or none of it."""
        form = await form_of(request, principal)
        people = min(sum(name == "slip" or name.startswith("slip-") for name in form.fields), MOST) or 1
        try:
            said = validated(TransferRequest, _said(form, people))
            arrivals = [one.arrival(drawn.wordings, principal.label) for one in (said, *said.family)]
            taken = await drawn.transfers.take_over(said.command_id, arrivals, principal)
        except ServiceError as error:
            return drawn.form(request, people, error, form.fields)
        return done(f"/albergue/casos/{taken.case_id}", "case_taken_over")

    return router


def _said(form: Form, people: int) -> dict[str, Any]:
    first, *family = (_person(form, "" if number == 1 else f"-{number}") for number in range(1, people + 1))
    return {"command_id": form.command_id, **first, "family": family}


def _person(form: Form, end: str) -> dict[str, Any]:
    giver = form.text(f"given_by{end}")
    heard = {"assent": "yes", "basis": "assessment_started"} if giver == HEARD else None
    return {
        "slip": form.text(f"slip{end}") or "",
        "word": form.text(f"word{end}") or "",
        "consent": {
            "given_by": ConsentGiver.SELF.value if heard else giver,
            "fields": list(_fields(form, end)),
            "how": form.text("how"),
            "wording_version": form.text("wording_version"),
            "best_interests": heard,
        },
    }


def _fields(form: Form, end: str) -> Iterable[str]:
    match form.text(f"fields{end}"):
        case "all":
            return (ALL_FIELDS,)
        case "basic":
            return BASIC
        case "some":
            return (name for name in ANSWERS if form.text(f"campo-{name}"))
    return ()
