"""The witness's own HTTP server: no database, no NATS, no other part of the installation (C2SP tlog-witness)."""

import asyncio
from datetime import UTC, datetime
from http import HTTPStatus

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from services.audit.ledger.checkpoints import Checkpoint
from services.audit.ledger.notes import Note
from services.audit.witnesses.domain import MAX_REQUEST, SIZE_TYPE, AddCheckpoint, RefusedError, cosignature_in
from services.audit.witnesses.record import WitnessRecord
from services.chassis.private_files import UnsafeSecretsError

BODY_SECONDS = 10.0
"""For the whole of a request's body."""


def witness_application(record: WitnessRecord) -> Starlette:
    """``POST /add-checkpoint``, ``GET /<hash>/checkpoint``, and ``GET /`` for people."""

    async def add_checkpoint(request: Request) -> Response:
        try:
            asked = AddCheckpoint.parse(await _body(request))
            signature = await asyncio.to_thread(record.cosign, asked)
        except RefusedError as error:
            if error.known is not None:
                return Response(f"{error.known}\n", error.status, {"Content-Type": SIZE_TYPE})  # without a charset
            return PlainTextResponse(f"{error.status.phrase}\n", error.status)
        except UnsafeSecretsError:
            return PlainTextResponse("what was stored cannot be used\n", HTTPStatus.INTERNAL_SERVER_ERROR)
        return PlainTextResponse(f"{signature}\n")

    async def last_checkpoint(request: Request) -> Response:
        origin = record.origin_of_hash(request.path_params["digest"])
        note = None if origin is None else await asyncio.to_thread(record.last, origin)
        return PlainTextResponse("Not Found\n", HTTPStatus.NOT_FOUND) if note is None else PlainTextResponse(str(note))

    async def told(_request: Request) -> Response:
        seen = await asyncio.to_thread(lambda: list(record.seen()))
        return PlainTextResponse("\n".join([*_head(record), *(_line(record, *one) for one in seen)]) + "\n")

    return Starlette(
        routes=[
            Route("/add-checkpoint", add_checkpoint, methods=["POST"]),
            Route("/{digest:str}/checkpoint", last_checkpoint, methods=["GET"]),
            Route("/", told, methods=["GET"]),
        ]
    )


async def _body(request: Request) -> bytes:
    """The request's body; one that is too long, or that does not come, is not waited for.

    Raises:
        RefusedError: 400.
    """
    found = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for part in request.stream():
                found += part
                if len(found) > MAX_REQUEST:
                    raise RefusedError(HTTPStatus.BAD_REQUEST)
    except TimeoutError:
        raise RefusedError(HTTPStatus.BAD_REQUEST) from None
    return bytes(found)


def _head(record: WitnessRecord) -> list[str]:
    return [
        f"Testigo · Witness: {record.key.name}",
        str(record.key.verifier),
        "",
        "Lo último que ha firmado de cada registro · The last that it cosigned of each log:",
    ]


def _line(record: WitnessRecord, origin: str, note: Note | None) -> str:
    if note is None:
        return f"- {origin}: nada todavía · nothing yet"
    checkpoint = Checkpoint.parse(note.text)
    mine = cosignature_in("".join(f"{one}\n" for one in note.signatures), note.text, record.key.verifier)
    at = datetime.fromtimestamp(mine.at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    return f"- {origin}: {checkpoint.size} hechos · events, {at}"
