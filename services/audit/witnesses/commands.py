"""Asks one witness to cosign one log's last checkpoint, and verifies what it answers before it is believed."""

import asyncio
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus

import httpx2

from services.audit.ledger.notes import Note, NoteError
from services.audit.ledger.proving import consistency
from services.audit.ledger.queries import last_checkpoint
from services.audit.witnesses.domain import AddCheckpoint, Cosignature, cosignature_in
from services.audit.witnesses.policy import Witness
from services.audit.witnesses.projections import add_cosignature
from services.audit.witnesses.queries import cosigned_size
from services.chassis.clock import Clock
from services.chassis.database import Database
from services.chassis.errors import ServiceError

ANSWER_SECONDS = 10.0
"""For a whole answer of a witness."""
MAX_ANSWER = 16_384
"""Bytes of the largest answer that is read."""
MAX_SIZE_DIGITS = 18


class WitnessFault(StrEnum):
    """Why a witness did not cosign; its words are in the catalogue."""

    REFUSED = "refused"
    """It says that the log does not continue what it has seen: the loudest alarm."""
    AHEAD = "ahead"
    """It has seen more of the log than there is: this database is older, or another one was shown to it."""
    UNKNOWN_LOG = "unknown_log"
    """It does not know the log, or not by this key."""
    UNREACHABLE = "unreachable"
    """It does not answer, or not in time."""
    UNUSABLE = "unusable"
    """Its answer is not what the protocol says, is too long, or its signature is not valid."""
    NOT_PROVABLE = "not_provable"
    """Here: no proof can be made for what it has seen."""


class WitnessFaultError(Exception):
    """A witness did not cosign."""

    def __init__(self, fault: WitnessFault) -> None:
        """``fault``: why."""
        super().__init__(fault.value)
        self.fault = fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """One witness and one log."""

    witness: Witness
    ledger: str
    log: str
    database: Database
    clock: Clock
    client: httpx2.AsyncClient

    async def submit(self) -> bool:
        """Submits the last checkpoint unless this witness has cosigned it; whether it did so now.

        Raises:
            WitnessFaultError: it did not.
            StoreUnavailableError: PostgreSQL cannot be reached.
        """
        async with self.database.reading() as connection:
            last = await last_checkpoint(connection, self.log, self.ledger)
            upto, key = 0 if last is None else last.size, str(self.witness.key)
            known = await cosigned_size(connection, self.ledger, self.log, key, upto)
        if last is None or last.size <= known:
            return False
        note = Note.parse(last.note.encode())
        try:
            made = await self._ask(note, last.size, known)
        except _SeenError as seen:  # by another process, or what it answered was lost
            if seen.size > last.size:
                if await self._has_sealed(seen.size):  # by now, by another process
                    return False
                raise WitnessFaultError(WitnessFault.AHEAD) from None
            try:
                made = await self._ask(note, last.size, seen.size)
            except _SeenError:
                raise WitnessFaultError(WitnessFault.UNUSABLE) from None
        async with self.database.reading() as connection:
            key = str(self.witness.key)
            await add_cosignature(connection, self.ledger, self.log, key, last.size, made, self.clock())
        return True

    async def _has_sealed(self, size: int) -> bool:
        async with self.database.reading() as connection:
            last = await last_checkpoint(connection, self.log, self.ledger)
        return last is not None and last.size >= size

    async def _ask(self, note: Note, size: int, old: int) -> Cosignature:
        """Asks once, with the proof from what the witness has seen.

        Raises:
            _SeenError: it has seen another size last.
            WitnessFaultError: it does not cosign.
        """
        request = AddCheckpoint(old, await self._proof(old, size), note)
        status, kind, body = await self._post(str(request).encode())
        if status == HTTPStatus.OK:
            try:
                return cosignature_in(body, note.text, self.witness.key)
            except NoteError:
                raise WitnessFaultError(WitnessFault.UNUSABLE) from None
        if status == HTTPStatus.CONFLICT:
            digits = body.removesuffix("\n")
            if not kind.startswith("text/x.tlog.size") or not digits.isdecimal() or len(digits) > MAX_SIZE_DIGITS:
                raise WitnessFaultError(WitnessFault.UNUSABLE)
            raise _SeenError(int(digits))
        raise WitnessFaultError(
            {
                HTTPStatus.UNPROCESSABLE_ENTITY: WitnessFault.REFUSED,
                HTTPStatus.NOT_FOUND: WitnessFault.UNKNOWN_LOG,
                HTTPStatus.FORBIDDEN: WitnessFault.UNKNOWN_LOG,
            }.get(HTTPStatus(status) if status in set(HTTPStatus) else HTTPStatus.OK, WitnessFault.UNUSABLE)
        )

    async def _proof(self, old: int, size: int) -> tuple[bytes, ...]:
        if old == 0:
            return ()
        try:
            async with self.database.reading() as connection:
                return tuple((await consistency(connection, self.log, old, size)).hashes)
        except ServiceError as error:
            if error.status == HTTPStatus.SERVICE_UNAVAILABLE:
                raise
            raise WitnessFaultError(WitnessFault.NOT_PROVABLE) from None

    async def _post(self, body: bytes) -> tuple[int, str, str]:
        """Status, content type and text of the answer, of which no more is read than an answer may have."""
        found = bytearray()
        try:
            async with (
                asyncio.timeout(ANSWER_SECONDS),
                self.client.stream("POST", f"{self.witness.url}/add-checkpoint", content=body) as answer,
            ):
                async for part in answer.aiter_raw():
                    found += part
                    if len(found) > MAX_ANSWER:
                        raise WitnessFaultError(WitnessFault.UNUSABLE)
                return answer.status_code, answer.headers.get("content-type", ""), found.decode()
        except (httpx2.HTTPError, OSError, TimeoutError):
            raise WitnessFaultError(WitnessFault.UNREACHABLE) from None
        except (UnicodeDecodeError, httpx2.InvalidURL):
            raise WitnessFaultError(WitnessFault.UNUSABLE) from None


class _SeenError(Exception):
    """The witness has seen a checkpoint of another size last."""

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self.size = size
