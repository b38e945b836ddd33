"""``/albergue/casos/{case_id}/corregir``: the answers of a case to correct. Opening them is a recorded reading."""

from typing import Any
from uuid import UUID, uuid4

from fastapi import APIRouter, Request
from starlette.responses import Response

from events.answers import HARM_EVENTS
from events.vocabulary import CaseKind
from services.chassis.authorization.policy import Action, Principal
from services.chassis.errors import MalformedRequestError, NotFoundError, ServiceError
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.locales import Translator
from services.chassis.web.pages.answers import done, page
from services.chassis.web.pages.forms import Form, form_of
from services.chassis.web.pages.viewer import viewer_of
from services.intake.amendments.commands import AmendmentCommands
from services.intake.case_list.queries import head_of
from services.intake.disclosures.commands import AnswerReader
from services.intake.opaque_codes import WORKER_FORM
from services.intake.pages.amend_form import (
    GROUPS,
    HARM,
    LANGUAGE,
    SHOWN,
    correction_of,
    options_of,
    written_in,
)
from services.intake.pages.case_attempts import Attempt
from services.intake.pages.case_reading import PATH, TEMPLATES, CasePages, address
from services.intake.pages.register_questions import LANGUAGES
from services.intake.pages.wrong import Wrong

HERE = PATH + "/corregir"
AMEND_CLOSES_AFTER = 900
"""Seconds: somebody who talks with a person does not touch the screen all the time."""


def pages(drawn: CasePages, reader: AnswerReader, amendments: AmendmentCommands, tokens: Tokens) -> APIRouter:
    """``POST …/corregir`` opens the form, ``POST …/corregir/guardar`` takes what was corrected."""
    router = APIRouter(include_in_schema=False)

    async def form_page(
        request: Request,
        principal: Principal,
        case: UUID,
        fields: dict[str, str],
        wrong: list[Wrong] | None = None,
        **kept: Any,
    ) -> Response:
        say = TEMPLATES.words(viewer_of(request, TEMPLATES.words).language)
        head = await head_of(drawn.database, case, principal)
        shown: dict[str, Any] = {
            "version": await drawn.version(case, principal),
            "shown_at": drawn.clock(),
            "order": uuid4(),
        } | kept
        return page(
            request,
            TEMPLATES,
            "amend.html",
            status=422 if wrong else 200,
            wrong=wrong or [],
            now=drawn.clock(),
            confidential=True,
            address=address(case),
            head=head,
            closes_after=AMEND_CLOSES_AFTER,
            groups=GROUPS if head is not None and head.kind is CaseKind.PERSON else (),
            codes=options_of(say),
            harm=HARM,
            languages=_languages(fields.get(LANGUAGE, "")),
            said=fields,
            asks_worker=WORKER_FORM.fullmatch(principal.label) is None,
            **shown,
        )

    @router.post(HERE)
    async def open_answers(
        request: Request, case_id: UUID, principal: Principal = requires(tokens, Action.READ_ANSWERS, by_form=True)
    ) -> Response:
        """Opens the answers that the shelter may read, in the form that corrects them."""
        await form_of(request, principal)
        version = await drawn.version(case_id, principal)
        try:
            read = await reader.answers(case_id, principal)
        except NotFoundError:
            raise
        except ServiceError as error:
            return await drawn.draw(request, principal, case_id, fault=error, attempt=Attempt("amend"))
        return await form_page(request, principal, case_id, written_in(read.answers), version=version)

    @router.post(HERE + "/guardar")
    async def correct_answers(
        request: Request, case_id: UUID, principal: Principal = requires(tokens, Action.SUBMIT, by_form=True)
    ) -> Response:
        """Corrects the answers; what cannot be accepted comes back with its faults, and nothing is lost."""
        form = await form_of(request, principal)
        command, version = form.command_id, form.version
        codes = options_of(TEMPLATES.words(viewer_of(request, TEMPLATES.words).language))
        correction = correction_of(form, principal, drawn.clock(), codes)
        try:
            await amendments.correct(case_id, command, correction, version, principal)
        except NotFoundError:
            raise
        except MalformedRequestError as error:
            again = {"version": version, "shown_at": correction.asked_at, "order": command}
            wrong = _wrong(request, error)
            if not wrong:
                raise  # not from our page
            return await form_page(request, principal, case_id, _written(form), wrong, **again)
        except ServiceError as error:
            return await drawn.draw(request, principal, case_id, fault=error, attempt=Attempt("amend"))
        return done(address(case_id), "case_amended")

    return router


def _wrong(request: Request, error: MalformedRequestError) -> list[Wrong]:
    """What cannot be accepted, each at the answer that it is about."""
    say = TEMPLATES.words(viewer_of(request, TEMPLATES.words).language)
    return [_at_its_answer(say, fault["field"], fault["code"]) for fault in error.details.get("faults", ())]


def _at_its_answer(say: Translator, field: str, code: str) -> Wrong:
    parts = field.split(".")
    name = parts[1] if len(parts) > 1 and parts[0] == "screening" else parts[0]
    label = say("case.worker") if name == "worker" else say.first(f"field.{name}", "field_label.other")
    return Wrong(
        name="harm_kind" if name == HARM_EVENTS else name, label=label, words=say.first(f"fault.{code}", "other.fault")
    )


def _written(form: Form) -> dict[str, str]:
    return {name: value for name, value in form.fields.items() if name != SHOWN}


def _languages(spoken: str) -> list[tuple[str, str]]:
    """The languages of the route, and the one that was written before."""
    known = dict(LANGUAGES)
    return [*LANGUAGES, *([(spoken, spoken)] if spoken and spoken not in known else [])]
