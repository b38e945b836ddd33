"""Checkpoints and proofs over HTTP, read-only."""

import base64
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import PlainTextResponse

from events.vocabulary import AuditView
from services.audit.ledger.leaves import read_leaf
from services.audit.ledger.proving import NotProvenError, NotSealedYetError, consistency, inclusion, proof_of_event
from services.audit.ledger.queries import StoredCheckpoint, checkpoints, place_of
from services.audit.ledger.schemas import (
    CheckpointList,
    ConsistencyProof,
    InclusionProof,
    LogOfLedger,
    SealedCheckpoint,
)
from services.audit.readings.commands import AuditReadings
from services.chassis.authorization.policy import Action, Principal
from services.chassis.database import Database
from services.chassis.errors import MalformedRequestError, NotFoundError
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.web.cursors import MAX_LENGTH, Cursors, not_a_cursor
from services.chassis.web.refusals import refuses
from services.chassis.web.schemas import SAFE_INTEGER

MAX_PAGE_SIZE = 500
Position = Annotated[int, Query(ge=1, le=SAFE_INTEGER)]
Log = Annotated[LogOfLedger, Query()]
UNPROVEN = refuses(NotFoundError, NotSealedYetError, NotProvenError)


def add_routes(
    router: APIRouter, database: Database, readings: AuditReadings, tokens: Tokens, cursors: Cursors
) -> None:
    """``GET /audit/checkpoints/{log}`` and ``/audit/proofs/…``."""

    @router.get("/audit/checkpoints/{log}", responses=refuses(MalformedRequestError))
    async def list_checkpoints(
        log: LogOfLedger,
        principal: Principal = requires(tokens, Action.SEE_LEDGER),
        cursor: Annotated[str | None, Query(max_length=MAX_LENGTH)] = None,
        limit: Annotated[int, Query(ge=1, le=MAX_PAGE_SIZE)] = 100,
    ) -> CheckpointList:
        """Lists one log's signed checkpoints, newest first."""
        before = None if cursor is None else _size(cursors.read(cursor, f"checkpoints/{log}", principal))
        async with database.reading() as connection:
            found = await checkpoints(connection, log, before=before, limit=limit + 1)
        items = [sealed(one) for one in found[:limit]]
        more = cursors.issue(f"checkpoints/{log}", principal, str(items[-1].size)) if len(found) > limit else None
        return CheckpointList(items=items, next_cursor=more)

    @router.get("/audit/proofs/inclusion", responses=UNPROVEN)
    async def prove_inclusion(
        log: Log,
        position: Position,
        _principal: Principal = requires(tokens, Action.SEE_LEDGER),
        size: Position | None = None,
    ) -> InclusionProof:
        """Proves that the event at a position is in the tree of a size; without it, in the last that was sealed."""
        async with database.reading() as connection:
            found = await inclusion(connection, log, position, size)
        return InclusionProof(
            log=log,
            index=found.index,
            size=found.size,
            leaf=_text(found.leaf),
            root=_text(found.root),
            hashes=[_text(one) for one in found.hashes],
        )

    @router.get("/audit/proofs/consistency", responses=UNPROVEN)
    async def prove_consistency(
        log: Log,
        first: Annotated[int, Query(alias="from", ge=1, le=SAFE_INTEGER)],
        _principal: Principal = requires(tokens, Action.SEE_LEDGER),
        second: Annotated[int | None, Query(alias="to", ge=1, le=SAFE_INTEGER)] = None,
    ) -> ConsistencyProof:
        """Proves that the tree of a size begins with that of another; without ``to``, the last that was sealed."""
        async with database.reading() as connection:
            found = await consistency(connection, log, first, second)
        return ConsistencyProof(
            log=log,
            first=found.first,
            first_root=_text(found.first_root),
            second=found.second,
            second_root=_text(found.second_root),
            hashes=[_text(one) for one in found.hashes],
        )

    @router.get("/audit/proofs/event/{event_id}", responses=UNPROVEN, response_class=PlainTextResponse)
    async def prove_event(
        event_id: UUID, principal: Principal = requires(tokens, Action.EXPORT_HISTORY)
    ) -> PlainTextResponse:
        """One event as it is stored, with its proof and the signed checkpoint: a C2SP tlog-proof, for a file.

        Whoever has the log's public key verifies it, without this system and without any other event. What is sealed
        about a person stays sealed in it.
        """
        async with database.reading() as connection:
            place = await place_of(connection, event_id)
            if place is None:
                raise NotFoundError
            proof = await proof_of_event(connection, *place)
        await readings.record(AuditView.EXPORT, principal, case=read_leaf(proof.entry).case)
        name = f"{event_id}.tlog-proof"
        return PlainTextResponse(str(proof), headers={"Content-Disposition": f'attachment; filename="{name}"'})


def sealed(one: StoredCheckpoint) -> SealedCheckpoint:
    """A checkpoint as it is answered."""
    return SealedCheckpoint(
        log=one.log,
        size=one.size,
        root=_text(one.root),
        note=one.note,
        sealed_at=one.sealed_at,
    )


def _size(place: str) -> int:
    if not place.isdigit():
        raise not_a_cursor()
    return int(place)


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
