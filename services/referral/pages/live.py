"""What keeps an open page of Mesa true: a stream of ids, what was missed, and how one referral is now."""

from collections.abc import AsyncIterator
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.responses import JSONResponse
from fastapi.sse import EventSourceResponse, ServerSentEvent

from events.referral_states import OPEN
from events.vocabulary import ReferralState
from services.chassis.authorization.policy import Action, Principal
from services.chassis.clock import Clock
from services.chassis.eventlog.change_stream import READ_AGAIN
from services.chassis.identity.request_guard import requires
from services.chassis.identity.stream_guard import Watched, watches
from services.chassis.identity.tokens import Tokens
from services.chassis.web.cursors import MAX_LENGTH
from services.chassis.web.pages.forms import refuse_another_person
from services.referral.live.domain import concerns
from services.referral.live.stream import ReferralStream
from services.referral.worklist.queries import Worklist
from services.referral.worklist.schemas import Referral


async def _admit(request: Request) -> None:
    """Compares who a page was drawn for with who asks; after the guard, which leaves the principal with the request.

    Raises:
        AnotherPersonError: the page was drawn for somebody else.
    """
    refuse_another_person(request, request.state.principal)


ADMITTED: Any = Depends(_admit)


def pages(worklist: Worklist, stream: ReferralStream, clock: Clock, tokens: Tokens, most_streams: int) -> APIRouter:
    """``/mesa/cambios``, ``/mesa/cambios/desde`` and ``/mesa/vivo/{referral_id}``: for scripts of pages only."""
    router = APIRouter(include_in_schema=False)

    @router.get("/mesa/cambios", response_class=EventSourceResponse)
    async def stream_changes(
        reader: Watched = watches(tokens, Action.WATCH_REFERRALS, most_streams),
        _admitted: None = ADMITTED,
        last_event_id: Annotated[str | None, Header(max_length=MAX_LENGTH)] = None,
    ) -> AsyncIterator[ServerSentEvent]:
        """Streams the ids of referrals that changed, as long as the session lasts."""
        missed = last_event_id is not None
        async for change in stream.changes(partial(concerns, reader.principal), reader.still_here, missed=missed):
            if change is READ_AGAIN:
                yield ServerSentEvent(event="again", data={})
            else:
                place = stream.found.place(reader.principal, change.position)
                yield ServerSentEvent(event="changed", id=place, data={"referral": str(change.referral)})

    @router.get("/mesa/cambios/desde")
    async def get_missed(
        desde: Annotated[str, Query(max_length=MAX_LENGTH)] = "",
        principal: Principal = requires(tokens, Action.WATCH_REFERRALS, by_script=True),
        _admitted: None = ADMITTED,
    ) -> JSONResponse:
        """Returns the ids of the referrals that changed since a page was drawn, or since it last heard."""
        missed = await stream.found.since(principal, desde)
        return JSONResponse({"referrals": [str(one) for one in missed.referrals], "all": missed.all, "now": missed.now})

    @router.get("/mesa/vivo/{referral_id}")
    async def get_referral_now(
        referral_id: UUID,
        principal: Principal = requires(tokens, Action.WATCH_REFERRALS, by_script=True),
        _admitted: None = ADMITTED,
    ) -> JSONResponse:
        """Returns the version of a referral, and whether its agency may still read what was disclosed to it."""
        found = await worklist.one(principal, referral_id, None)
        return JSONResponse({"version": found.version, "readable": is_readable(found, clock)})

    return router


def is_readable(referral: Referral, clock: Clock) -> bool:
    """Whether an open page may go on showing what was disclosed. What is read anew is decided by the disclosure."""
    if referral.state not in OPEN or referral.state is ReferralState.BLOCKED_CONSENT or referral.frozen is not None:
        return False
    consent = referral.consent
    return consent is None or (consent.lapsed_at is None and consent.until > clock())
