"""Takes the list of the board out as a file. What it was for is recorded before the first row leaves."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar
from uuid import uuid4

from fastapi import APIRouter, Request
from starlette.responses import Response, StreamingResponse

from events.vocabulary import Agency, ExportPurpose, ExportSelection
from services.chassis.authorization.policy import Action, Principal
from services.chassis.errors import MalformedRequestError, ServiceError
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.web.pages.forms import Form, form_of
from services.chassis.web.pages.viewer import viewer_of
from services.referral.exports.commands import ExportCommands
from services.referral.exports.domain import ExportRequest
from services.referral.pages.board import TEMPLATES, BoardPages
from services.referral.pages.board_filters import Search, View
from services.referral.pages.export_table import SEPARATORS, Viewpoint, table

Choice = TypeVar("Choice")

EVERYTHING = "todas"
"""What the form says instead of the list that is shown."""


def pages(board: BoardPages, exports: ExportCommands, tokens: Tokens) -> APIRouter:
    """``POST /mesa/exportar``."""
    router = APIRouter(include_in_schema=False)

    @router.post("/mesa/exportar")
    async def export_list(
        request: Request, principal: Principal = requires(tokens, Action.EXPORT_REFERRALS, by_form=True)
    ) -> Response:
        """Sends the list as a file, or shows the board again with what is missing."""
        form = await form_of(request, principal)
        search = replace(Search.of(form.fields), cursor=None)
        try:
            wanted = _request(form, search, board, Agency(principal.org))
            separator = _chosen(SEPARATORS, form, "separador")
            export = uuid4()
            ids = await exports.begin(export, wanted, principal)
        except ServiceError as error:
            return await board.draw(request, principal, search, fault=error)
        viewer, now = viewer_of(request, TEMPLATES.words), board.clock()
        by = Viewpoint(TEMPLATES.words(viewer.language), viewer.zone, now)
        name = f"canaliza-mesa-{now.astimezone(viewer.zone):%Y-%m-%d}.csv"
        return StreamingResponse(
            table(exports.found.rows(principal, export, ids), by, separator),
            media_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )

    return router


def _request(form: Form, search: Search, board: BoardPages, agency: Agency) -> ExportRequest:
    """What the form asks for: all that is recorded of it, and nothing else, decides which rows leave.

    A code is recorded nowhere, so it narrows no list; a desk is one of the directory's, since it is recorded in clear.

    Raises:
        MalformedRequestError: it does not say what for, or names a desk that the agency does not have.
    """
    purpose = _chosen({one.value: one for one in ExportPurpose}, form, "para")
    if form.text("que") == EVERYTHING:
        search = Search(view=View.ALL)
    if search.desk and search.desk not in board.desks.of_agency(agency):
        raise MalformedRequestError(faults=[{"field": "mesa", "code": "enum"}])
    search = replace(search, code="", cursor=None)
    filters = search.filters(board.clock())
    return ExportRequest(purpose, ExportSelection[search.view.name], filters)


def _chosen(choices: Mapping[str, Choice], form: Form, name: str) -> Choice:
    """One of the choices of a field.

    Raises:
        MalformedRequestError: nothing was chosen, or something else.
    """
    given = form.text(name)
    if given is None or given not in choices:
        raise MalformedRequestError(faults=[{"field": name, "code": "missing" if given is None else "enum"}])
    return choices[given]
