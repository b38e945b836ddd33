"""What would have happened by other rules or deadlines: the form, how far a comparison is, and what came of it."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from services.chassis.authorization.policy import Action, Principal
from services.chassis.clock import MEXICO, Clock
from services.chassis.errors import MalformedRequestError, NotFoundError, ServiceError
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.web.cursors import MAX_LENGTH
from services.chassis.web.pages.answers import done, page
from services.chassis.web.pages.forms import Form, form_of
from services.chassis.web.pages.templating import PageTemplates
from services.chassis.web.pages.viewer import viewer_of
from services.referral.what_if import words
from services.referral.what_if.chart import load_chart
from services.referral.what_if.commands import OtherPolicyFaultsError, Question, WhatIf
from services.referral.what_if.policy import DEADLINES, RULES
from services.referral.what_if.queries import ReplayRuns
from services.referral.what_if.schemas import RunState

TEMPLATES = PageTemplates(__name__, "pages/templates/what_if")
HERE = "/coordinacion/que-pasaria"
COMPARE = f"{HERE}/comparar"
MAX_UPLOAD_BYTES = 524_288
"""Of the form as a browser sends it: two policy files, whose marks and line ends take three bytes each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIfPages:
    """What the pages read and do."""

    commands: WhatIf
    runs: ReplayRuns
    texts: dict[str, str]
    """Today's policy files, to begin with."""


def pages(of: WhatIfPages, tokens: Tokens, clock: Clock) -> APIRouter:
    """``/coordinacion/que-pasaria``."""
    router = APIRouter(include_in_schema=False)

    async def form_page(
        request: Request,
        principal: Principal,
        *,
        cursor: str | None = None,
        fault: ServiceError | None = None,
        form: Form | None = None,
    ) -> Response:
        runs, following = await of.runs.page(principal, cursor, clock())
        kept = {} if form is None else form.fields
        return page(
            request,
            TEMPLATES,
            "ask.html",
            fault=fault,
            now=clock(),
            address=HERE,
            order=uuid4(),
            kept=kept,
            rules=kept.get("reglas", of.texts[RULES]),
            deadlines_today=of.texts[DEADLINES],
            lines=fault.lines if isinstance(fault, OtherPolicyFaultsError) else (),
            today=clock().astimezone(MEXICO).date(),
            runs=runs,
            next=following,
        )

    @router.get(HERE)
    async def show_form(
        request: Request,
        cursor: Annotated[str | None, Query(max_length=MAX_LENGTH)] = None,
        principal: Principal = requires(tokens, Action.REPLAY_RULES),
    ) -> Response:
        """Shows the form, and the comparisons that were made."""
        return await form_page(request, principal, cursor=cursor)

    @router.post(COMPARE, max_body_size=MAX_UPLOAD_BYTES)
    async def begin_replay(
        request: Request, principal: Principal = requires(tokens, Action.REPLAY_RULES, by_form=True)
    ) -> Response:
        """Records a comparison, begins it, and leads to its page."""
        form = await form_of(request, principal, MAX_UPLOAD_BYTES)
        try:
            begun = await of.commands.begin(form.command_id, _asked(form), principal)
        except ServiceError as error:
            return await form_page(request, principal, fault=error, form=form)
        of.commands.start(begun)
        return done(f"{HERE}/{begun.run}")

    @router.get(HERE + "/{run_id}")
    async def show_run(
        request: Request, run_id: UUID, principal: Principal = requires(tokens, Action.REPLAY_RULES)
    ) -> Response:
        """Shows how far a comparison is, or what came of it."""
        run = await of.runs.one(principal, run_id, clock())
        return page(request, TEMPLATES, "run.html", now=clock(), run=run, state=RunState, words=words)

    @router.get(HERE + "/{run_id}/carga.svg")
    async def draw_load(
        request: Request, run_id: UUID, principal: Principal = requires(tokens, Action.REPLAY_RULES)
    ) -> Response:
        """Draws the desks' load; the page has the same numbers in a table."""
        run = await of.runs.one(principal, run_id, clock())
        if run.result is None:
            raise NotFoundError
        say = TEMPLATES.words(viewer_of(request, TEMPLATES.words).language)
        return Response(load_chart(run.result.load, say), media_type="image/svg+xml")

    return router


def _asked(form: Form) -> Question:
    """What the form asks.

    Raises:
        MalformedRequestError: a day is none.
    """
    return Question(
        first_day=_day(form, "desde"),
        last_day=_day(form, "hasta"),
        rules=_text(form, "reglas"),
        deadlines=_text(form, "plazos"),
    )


def _day(form: Form, name: str) -> date:
    try:
        return date.fromisoformat(form.text(name) or "")
    except ValueError:
        raise MalformedRequestError(faults=[{"field": name, "code": "not_a_time"}]) from None


def _text(form: Form, name: str) -> bytes | None:
    written = form.text(name)
    return None if written is None else f"{written}\n".encode()
