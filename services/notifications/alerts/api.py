"""Alerts over HTTP: the list, and a stream of ids after which an open page reads the list again."""

from collections.abc import AsyncIterator
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Query
from fastapi.sse import EventSourceResponse, ServerSentEvent

from events.vocabulary import AlertAbout
from services.chassis.authorization.policy import Action, Principal, Scope, allowed, scope_of
from services.chassis.database import Database
from services.chassis.errors import CommandIdReusedError, NotFoundError, VersionConflictError
from services.chassis.eventlog.change_stream import READ_AGAIN
from services.chassis.identity.request_guard import requires
from services.chassis.identity.stream_guard import TooManyStreamsError, Watched, watches
from services.chassis.identity.tokens import Tokens
from services.chassis.web.cursors import MAX_LENGTH, Cursors
from services.chassis.web.refusals import refuses
from services.notifications.alerts import queries
from services.notifications.alerts.commands import AlertCommands, AlertNeedsAnActError
from services.notifications.alerts.schemas import AlertList, AlertSeen, AlertSeenCommand, AlertState
from services.notifications.alerts.stream import AlertChange, AlertStream

EVENTS = """Server-sent events (`text/event-stream`), from now on and until either side closes.

`event` is `raised` or `answered`, `id` the place of that change (opaque), `data` one JSON object with one member,
`alert_id` (a UUID); lines that begin with a colon keep the connection open. Nothing else is in it: read
`GET /alerts`. `read_again`, without `id` and with an empty object, says that changes were missed: it comes first where
the request has a `Last-Event-ID`, since nothing is sent a second time, and to a reader that is too slow.

The stream ends when its token is revoked, its session ends, or the account is disabled or changed: that is looked up
before anything is sent and every `CANALIZA_ALERT_STREAM_CHECK` seconds. At most `CANALIZA_ALERT_STREAMS` are open to
one account, or to one token without an account (429 `too_many_streams`)."""


def routes(
    commands: AlertCommands,
    stream: AlertStream,
    database: Database,
    cursors: Cursors,
    tokens: Tokens,
    most_streams: int,
) -> APIRouter:
    """``GET /alerts``, ``GET /alerts/stream`` and ``POST /alerts/{alert_id}/seen``."""
    router = APIRouter(tags=["notifications"])

    @router.get("/alerts")
    async def list_alerts(
        principal: Principal = requires(tokens, Action.SEE_ALERTS),
        after: Annotated[str, Query(max_length=MAX_LENGTH)] = queries.BEGINNING,
        state: Annotated[AlertState | None, Query()] = None,
        about: Annotated[AlertAbout | None, Query()] = None,
        shelter: Annotated[str | None, Query(pattern=r"^[A-Z0-9-]{1,32}$")] = None,
        code: Annotated[str | None, Query(pattern=r"^[0-9A-Z]{4}$")] = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
    ) -> AlertList:
        """Lists the alerts of the desk or of the shelter, oldest first.

        ``after`` is the sequence of the last one already seen. The programme's coordinator sees those of every desk
        and the programme's own; with ``shelter`` those of that shelter, and with ``code`` the one that a message named.
        """
        return await queries.list_alerts(
            database, cursors, principal, after=after, limit=limit, state=state, about=about, shelter=shelter, code=code
        )

    @router.get(
        "/alerts/stream",
        response_class=EventSourceResponse,
        responses={200: {"description": EVENTS}, **refuses(TooManyStreamsError)},
    )
    async def stream_alerts(
        reader: Watched = watches(tokens, Action.SEE_ALERTS, most_streams),
        last_event_id: Annotated[str | None, Header(max_length=MAX_LENGTH)] = None,
    ) -> AsyncIterator[ServerSentEvent]:
        """Streams changes of the alerts as server-sent events with ids only."""
        concerns, missed = partial(_concerns, reader.principal), last_event_id is not None
        async for change in stream.changes(concerns, reader.still_here, missed=missed):
            if change is READ_AGAIN:
                yield ServerSentEvent(event="read_again", data={})
            else:
                place = queries.sequence_for(cursors, reader.principal, change.sequence)
                yield ServerSentEvent(event=change.kind, id=place, data={"alert_id": change.alert})

    @router.post(
        "/alerts/{alert_id}/seen",
        responses=refuses(NotFoundError, AlertNeedsAnActError, CommandIdReusedError, VersionConflictError),
    )
    async def mark_alert_seen(
        alert_id: UUID, body: AlertSeenCommand, principal: Principal = requires(tokens, Action.SEE_ALERTS)
    ) -> AlertSeen:
        """Ends an alert that asks for nothing: an answer, a change, a time that ran out, an offer.

        Only a shelter's or the programme's: a desk's ends by the desk's next step.
        """
        return await commands.mark_seen(body.command_id, alert_id, principal)

    return router


def _concerns(principal: Principal, change: AlertChange) -> bool:
    """Whether the principal's list has the alert; that of the programme has no shelter's."""
    if scope_of(principal, Action.SEE_ALERTS) is Scope.ANY:
        return change.shelter is None
    agency = change.agency if change.of_desk else None
    return allowed(principal, Action.SEE_ALERTS, shelter=change.shelter, agency=agency)
