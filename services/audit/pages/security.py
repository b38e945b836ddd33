"""``/auditoria/seguridad``: what became of accounts, sessions and tokens, exceptional accesses and alarms."""

import re
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from events.vocabulary import AuditView
from services.audit.pages.frame import TEMPLATES, as_field, asked_or_now, query_of, written
from services.audit.prose.people import actor_in_words
from services.audit.readings.commands import AuditReadings
from services.audit.security.queries import security_list
from services.chassis.authorization.policy import Action, Principal
from services.chassis.clock import Clock
from services.chassis.database import Database
from services.chassis.errors import MalformedRequestError
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.ids import parse_uuid, short_code
from services.chassis.locales import ENGLISH
from services.chassis.web.pages.answers import page
from services.chassis.web.pages.viewer import viewer_of

PAGE_SIZE = 50
PATH = "/auditoria/seguridad"
CODE = re.compile(r"p-[0-9]{3,}|[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
"""Whom one may look for: an account or a token by its code. Nobody is found by a name."""
ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""A token's id in a sentence: on the page it is the token's code, which leads to all that became of it."""


def pages(database: Database, readings: AuditReadings, tokens: Tokens, clock: Clock) -> APIRouter:
    """``GET /auditoria/seguridad``."""
    router = APIRouter(include_in_schema=False)

    @router.get(PATH)
    async def show_security(
        request: Request,
        principal: Principal = requires(tokens, Action.SEE_SECURITY),
        desde: Annotated[str | None, Query(max_length=40)] = None,
        hasta: Annotated[str | None, Query(max_length=40)] = None,
        quien: Annotated[str | None, Query(max_length=200)] = None,
        sigue: Annotated[str | None, Query(max_length=60)] = None,
    ) -> Response:
        """Shows the facts of security, newest first."""
        viewer = viewer_of(request, TEMPLATES.words)
        (since, wrong), (until, also_wrong) = asked_or_now(desde, viewer.zone), asked_or_now(hasta, viewer.zone)
        who, fault = (quien or "").strip() or None, wrong or also_wrong
        if who is not None and not CODE.fullmatch(who):
            who, fault = None, MalformedRequestError(faults=[{"field": "quien", "code": "not_valid"}])
        listed = partial(security_list, database, since=since, until=until, who=who, limit=PAGE_SIZE, viewer=principal)
        try:
            found = await listed(cursor=sigue)
        except MalformedRequestError as error:
            fault = error
            found = await listed(cursor=None)
        await readings.record(AuditView.SECURITY, principal)
        english = viewer.language == ENGLISH
        say = TEMPLATES.words(viewer.language)
        chosen = {"desde": written(since), "hasta": written(until), "quien": who}
        return page(
            request,
            TEMPLATES,
            "security.html",
            fault=fault,
            now=clock(),
            entries=[
                (one.occurred_at, _parts(one.en if english else one.es), actor_in_words(one.actor, say))
                for one in found.items
            ],
            since=as_field(since, viewer.zone),
            until=as_field(until, viewer.zone),
            who=who or "",
            filtered=any(chosen.values()),
            next_page=PATH + query_of(**chosen, sigue=found.next_cursor) if found.next_cursor else "",
            first_page=PATH + query_of(**chosen) if sigue else "",
        )

    return router


def _parts(sentence: str) -> list[tuple[str, str]]:
    """A sentence in pieces: text, or the code of a token with the address of all that became of it."""
    pieces, at = list[tuple[str, str]](), 0
    for found in ID.finditer(sentence):
        pieces.append((sentence[at : found.start()], ""))
        pieces.append((short_code(parse_uuid(found[0])), PATH + query_of(quien=found[0])))
        at = found.end()
    return [*pieces, (sentence[at:], "")]
