"""What a form needs, over HTTP: the same for every shelter's own software as for our pages."""

import gzip
import hashlib
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel
from starlette.responses import Response

from services.chassis.authorization.policy import Action, Principal
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.locales import SPANISH
from services.chassis.web.pages.assets import accepts_gzip
from services.intake.reference.code_lists import code_lists
from services.intake.reference.queries import consent_wordings
from services.intake.reference.schemas import CodeLists, ConsentWordings

JSON = "application/json"
Language = Annotated[str, Query(pattern="^[a-z]{2,3}$", examples=[SPANISH])]
"""Two or three letters; a language without words is answered in Spanish."""
UNCHANGED: dict[int | str, dict[str, str]] = {304: {"description": "No ha cambiado · Unchanged"}}


def add_routes(router: APIRouter, tokens: Tokens) -> None:
    """``GET /consent-wordings`` and ``GET /code-lists``."""

    @router.get("/consent-wordings", response_model=ConsentWordings, responses=UNCHANGED)
    async def list_consent_wordings(
        request: Request,
        language: Language = SPANISH,
        _: Principal = requires(tokens, Action.READ_REFERENCE, by_script=True),
    ) -> Response:
        """Every text that is read to a person, by its version, and which of them is current."""
        return _if_changed(request, consent_wordings(language))

    @router.get("/code-lists", response_model=CodeLists, responses=UNCHANGED)
    async def list_codes(
        request: Request,
        language: Language = SPANISH,
        _: Principal = requires(tokens, Action.READ_REFERENCE, by_script=True),
    ) -> Response:
        """Every list of codes that a submission may name, with the words of each code."""
        return _if_changed(request, code_lists(language))


def _if_changed(request: Request, answer: BaseModel) -> Response:
    """The answer, or 304 for a caller that has this one."""
    content = answer.model_dump_json().encode()
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    known = {one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")}
    if known & {tag, "*"}:
        return Response(status_code=304, headers=headers)
    if accepts_gzip(request):  # the same for everybody: its length tells nothing
        content = gzip.compress(content, 6, mtime=0)
        headers["Content-Encoding"] = "gzip"
    return Response(content, media_type=JSON, headers=headers | {"Vary": "Accept-Encoding"})
