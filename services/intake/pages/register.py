"""The registration form, online: with scripts a screen for each topic, without them one long form."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

import orjson
from fastapi import APIRouter, Request
from starlette.responses import Response

from services.chassis.authorization.policy import Action, Principal, allowed
from services.chassis.errors import NotAllowedError, ServiceError
from services.chassis.identity.request_guard import requires
from services.chassis.locales import SPANISH, Translator
from services.chassis.web.pages.answers import done, page
from services.chassis.web.pages.assets import assets
from services.chassis.web.pages.forms import ORDER, form_of
from services.chassis.web.pages.templating import PageTemplates
from services.chassis.web.pages.viewer import viewer_of
from services.intake.pages.register_document import begun_at, document_of
from services.intake.pages.register_questions import LATE, MAX_HARM_ROWS, QUESTIONS, STEPS, for_scripts
from services.intake.pages.register_words import all_options, said_by_script
from services.intake.pages.shells import KEPT, language_of, shell_page
from services.intake.pages.wrong import Wrong
from services.intake.parts import Parts
from services.intake.submissions.document import Fault, InvalidSubmission, read_bytes
from services.programme.directory_file import programme

TEMPLATES = PageTemplates(__name__, "pages/templates/register")
HERE = "/albergue/registrar"
HARM_ROWS = 3
OPTIONAL_SCRIPTS = ("decide.js", "device.js", "drafts.js", "lock.js", "outbox.js")
"""Scripts of the form that it works without."""
OF_NOBODY = {"shelter": "", "worker": "", "shell": True, "begun": "", "frame": "shell.html"}
"""What the form that a telephone keeps says of its user."""


def pages(parts: Parts) -> APIRouter:
    """``/albergue/registrar``."""
    router = APIRouter(include_in_schema=False)
    tokens, clock = parts.tokens, parts.clock

    def drawn(
        request: Request, principal: Principal, kept: Mapping[str, str], faults: Sequence[Fault], **more: Any
    ) -> Response:
        viewer = viewer_of(request, TEMPLATES.words)
        say = TEMPLATES.words(viewer.language)
        own = {
            "shelter": principal.org,
            "worker": principal.person or "",
            "shell": False,
            "begun": begun_at(clock(), viewer.zone),
            "frame": "layout.html",
        }
        shown = form_parts(say, kept, faults) | own
        return page(request, TEMPLATES, "register.html", now=clock(), address=HERE, **shown, **more)

    @router.get(HERE)
    async def show_form(request: Request, principal: Principal = requires(tokens, Action.SUBMIT)) -> Response:
        """Shows the empty form."""
        return drawn(request, principal, {}, ())

    @router.get(f"{KEPT}/registrar")
    async def show_shell(request: Request) -> Response:
        """The same form for the service worker to keep: the telephone knows its shelter and its worker."""
        language = language_of(request)
        parts_of_form = form_parts(TEMPLATES.words(language), {}) | OF_NOBODY | {"order": ""}
        return shell_page(request, TEMPLATES, "register.html", language, **parts_of_form)

    @router.post(HERE)
    async def register(
        request: Request, principal: Principal = requires(tokens, Action.SUBMIT, by_form=True)
    ) -> Response:
        """Opens a case from what was written. With faults, the form comes back with them, and with what was written."""
        form = await form_of(request, principal)
        viewer = viewer_of(request, TEMPLATES.words)
        shelter = form.text("shelter") or principal.org
        if not allowed(principal, Action.SUBMIT, shelter=shelter):
            raise NotAllowedError  # begun for one shelter, and sent by staff of another
        document = document_of(
            form.fields,
            submission_id=str(form.command_id),
            shelter=shelter,
            worker=principal.person or "",
            now=clock(),
            zone=viewer.zone,
        )
        raw = orjson.dumps(document)
        try:
            read_bytes(raw, shelters=parts.shelters, wordings=parts.consent_texts)
        except InvalidSubmission as invalid:
            return drawn(request, principal, form.fields, invalid.faults, status=422, confidential=True)
        try:
            accepted = await parts.submissions.submit(raw, principal)
        except ServiceError as error:
            return drawn(request, principal, form.fields, (), fault=error, confidential=True)
        return done(f"/albergue/casos/{accepted.case}", "registered")

    return router


def form_parts(say: Translator, kept: Mapping[str, str], faults: Sequence[Fault] = ()) -> dict[str, Any]:
    """What the template of the form needs, whoever looks at it."""
    found = [_at_its_question(say, fault) for fault in faults]
    filled_in = [row for row in range(1, MAX_HARM_ROWS + 1) if kept.get(f"harm-{row}-kind")]
    return {
        "steps": STEPS,
        "spec": for_scripts(),
        "options": all_options(say),
        "script_words": said_by_script(say),
        "modules": [name for name in OPTIONAL_SCRIPTS if name in assets()],
        "emergency": programme()["emergency"],
        "order": kept.get(ORDER) or uuid4(),
        "kept": kept,
        "rows": max(HARM_ROWS, max(filled_in, default=0)),
        "summary": found,
        "problems": {one.name: one.words for one in found},
    }


def _at_its_question(say: Translator, fault: Fault) -> Wrong:
    """Names the question that asks for the field, or for a part of it."""
    name = next(
        (one.name for one in QUESTIONS if fault.field == one.path or fault.field.startswith(f"{one.path}.")),
        fault.field.rpartition(".")[2] if fault.field in LATE else "form",
    )
    label = say("register.title") if name == "form" else say(f"register.q.{name}")
    return Wrong(name, label, fault.es if say.locale == SPANISH else fault.en)
