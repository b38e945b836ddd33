"""``/auditoria/casos/{case_id}``: what happened to a case, as sentences, up to a moment that is chosen."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from events.vocabulary import AuditView
from services.audit.history.clocks import Clocks, clocks_of
from services.audit.history.commands import Histories
from services.audit.history.queries import Line, until
from services.audit.history.sealing import Erasure, Sealing, erasures_of, sealing_of
from services.audit.pages.frame import TEMPLATES, as_field, asked_or_now, head_of, query_of, written
from services.audit.prose import describe_in
from services.audit.prose.people import actor_in_words
from services.chassis.authorization.policy import Action, Principal
from services.chassis.clock import MEXICO, Clock
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.locales import Translator
from services.chassis.web.pages.answers import page
from services.chassis.web.pages.moments import lasting
from services.chassis.web.pages.viewer import viewer_of

PAGE_SIZE = 100
"""Facts of one page; the whole history can be asked for to be printed."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One fact as the page shows it."""

    at: datetime
    sentence: str
    who: str
    log: str
    clocks: Clocks | None
    late: str
    """By how much it came later than it happened, in words; empty: it did not."""
    sealing: Sealing
    erasure: Erasure | None
    seal: str
    """Whether it is what was sealed."""
    until_here: str
    """The address of this page as it was right after this fact."""


def pages(histories: Histories, tokens: Tokens, clock: Clock) -> APIRouter:
    """``GET /auditoria/casos/{case_id}``."""
    router = APIRouter(include_in_schema=False)

    @router.get("/auditoria/casos/{case_id}")
    async def show_history(
        request: Request,
        case_id: UUID,
        principal: Principal = requires(tokens, Action.SEE_HISTORY),
        hasta: Annotated[str | None, Query(max_length=40)] = None,
        pagina: Annotated[int, Query(ge=1, le=100_000)] = 1,
        todo: Annotated[str, Query(max_length=2)] = "",
    ) -> Response:
        """Shows the facts that had been recorded at a moment, oldest first; ``todo=si`` all of them on one page."""
        viewer = viewer_of(request, TEMPLATES.words)
        at, fault = asked_or_now(hasta, viewer.zone)
        everything = await histories.of_case(case_id, principal, AuditView.HISTORY, at=at)
        lines = until(everything, at)
        whole = todo == "si"
        first = 0 if whole else (pagina - 1) * PAGE_SIZE
        shown = lines if whole else lines[first : first + PAGE_SIZE]
        path, chosen = f"/auditoria/casos/{case_id}", written(at)
        more = first + len(shown) < len(lines)
        erasures = erasures_of(line.fact for line in lines)
        say = TEMPLATES.words(viewer.language)
        return page(
            request,
            TEMPLATES,
            "history.html",
            fault=fault,
            now=clock(),
            head=head_of(case_id, everything),
            at=at,
            field=as_field(at, viewer.zone),
            chosen=query_of(hasta=chosen),
            entries=[_entry(line, path, erasures, viewer.language, say) for line in shown],
            before=first,
            number=len(lines),
            later=len(everything) - len(lines),
            next_page=path + query_of(hasta=chosen, pagina=pagina + 1) if more else "",
            first_page=path + query_of(hasta=chosen) if first else "",
            whole="" if whole or len(lines) <= PAGE_SIZE else path + query_of(hasta=chosen, todo="si"),
            own_zone=viewer.zone.key == MEXICO.key,
        )

    return router


def _entry(line: Line, path: str, erasures: Mapping[UUID, Erasure], language: str, say: Translator) -> Entry:
    fact = line.fact
    sealing, erasure = sealing_of(fact, erasures)
    clocks = clocks_of(fact)
    return Entry(
        at=fact.recorded_at,
        sentence=describe_in(language, fact),
        who=actor_in_words(fact.actor, say),
        log=line.log,
        clocks=clocks,
        late="" if clocks is None or clocks.late is None else lasting(clocks.late, say),
        sealing=sealing,
        erasure=erasure,
        seal=line.seal,
        until_here=path + query_of(hasta=written(fact.recorded_at)),
    )
