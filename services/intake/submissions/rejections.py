"""Stores rejected submissions and amendments, sealed, so that nothing a shelter sent is lost.

One sent twice is stored once. The shelter that sent it reads and corrects it (``refusals``).
"""

import json
import zlib
from base64 import b64decode, b64encode
from codecs import BOM_UTF8
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from pydantic_core import from_json

from events.intake import Fault, SubmissionRefused
from events.vocabulary import BoxClass
from services.chassis.authorization.policy import EVERYWHERE, Principal
from services.chassis.clock import Clock
from services.chassis.database import Database
from services.chassis.errors import ErasedError, ServiceError, StoreUnavailableError, VersionConflictError
from services.chassis.eventlog.append import Append
from services.chassis.eventlog.log import Log
from services.chassis.eventlog.side_rows import Rows, RowsExistError
from services.chassis.eventlog.unit_of_work import UnitOfWork
from services.chassis.throttle import Throttle, TooManyAttemptsError
from services.chassis.vault.keyring import Key, Keyring
from services.chassis.vault.sealing import Place, fingerprint, open_box, seal
from services.intake.opaque_codes import DEVICE_FORM
from services.intake.submissions.document.canonical_json import MAX_NUMBER
from services.intake.submissions.domain import subject_of
from services.intake.submissions.hidden_harm import kept_harm
from services.intake.submissions.policy import limits_of_refused
from services.intake.submissions.queries import amendments_refused_before, refused_before
from services.intake.submissions.refused_index import digest_of, find_refused, refused_row

MAX_STORED_FAULTS = 100


class TooManyRefusedError(ServiceError):
    """So much of the organisation's was refused lately that this is not kept: the sender keeps it and tries later."""

    code = "too_many_refused"
    status = 429


@dataclass(frozen=True, slots=True)
class AmendedCase:
    """The case that a rejected document was to amend, and whose keys seal it."""

    case: UUID
    subject: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedSubmissions:
    """Stores rejected submissions and amendments."""

    log: Log
    keyring: Keyring
    database: Database
    clock: Clock
    throttle: Throttle
    index_key: bytes = field(repr=False)
    """Key of the digests by which a document of nobody known is found when it is sent again."""

    async def store(
        self,
        raw: bytes,
        principal: Principal,
        code: str,
        faults: Sequence[tuple[str, str]],
        amended: AmendedCase | None = None,
    ) -> None:
        """Stores one under the person's key if it has a submission id, otherwise under a key of its own.

        A person who was erased gets no key any more: what names their submission is sealed under one of its own, too.

        Raises:
            TooManyRefusedError: the organisation had as much stored lately as it may; one stored before is no more.
        """
        submission = submission_id_in(raw)
        what = f"{code}\x00{principal.org}\x00"
        subject = None if submission is None else subject_of(submission)
        if amended is not None:  # whatever id it names, it was sent about this person
            subject, what = amended.subject, f"{what}{amended.case}\x00"
        key, rows = await self._key_for(subject, what.encode() + raw)
        # A keyed digest of the content: a repetition has the same id, and the content cannot be guessed from it.
        stream = UUID(bytes=fingerprint(key.secret, what.encode() + raw)[:16])
        if await self.log.carried_out(stream) is not None:
            return  # the same was stored before
        await self._admit(principal)
        work = UnitOfWork(self.log, self.clock)
        work.begin(stream)
        event = SubmissionRefused(
            org=principal.org,
            code=code,
            faults=tuple(Fault(field=field, code=fault) for field, fault in faults[:MAX_STORED_FAULTS]),
            subject=key.subject,
            amends=amended is not None,
            submission=submission,
            **numbered_by_device(raw),
            document=seal(
                {"zlib": b64encode(zlib.compress(raw, 9)).decode()},
                key_id=key.id,
                key=key.secret,
                kind=BoxClass.IDENTITY,
                place=Place(stream, 1, SubmissionRefused.NAME, "document"),
            ),
        )
        work.record(stream, event, case=None if amended is None else amended.case, actor=principal.actor, cause=stream)
        try:
            await self.log.append(Append(entries=work.entries, command=stream, side_rows=rows))
        except (VersionConflictError, RowsExistError):
            if not rows or await find_refused(self.database, digest_of(self.index_key, what.encode() + raw)):
                return  # the same request arrived twice at once, and the other stored it
            raise StoreUnavailableError from None  # the epoch of the keys changed: sending again is safe

    async def kept_harm(self, submission: UUID, shelter: str) -> list[dict[str, Any]]:
        """Harm by staff in what was refused under this id, which what the shelter sends in its place does not take out.

        Raises:
            StoreUnavailableError: the vault or the log cannot be reached.
        """
        return await self._kept_harm_in(await refused_before(self.database, submission, shelter))

    async def kept_harm_of_case(self, case: UUID, submission: UUID, shelter: str) -> list[dict[str, Any]]:
        """The same for an amendment: also what is in refused amendments of the case.

        Raises:
            StoreUnavailableError: the vault or the log cannot be reached.
        """
        refused = await refused_before(self.database, submission, shelter)
        return await self._kept_harm_in([*refused, *await amendments_refused_before(self.database, case)])

    async def _kept_harm_in(self, refused: Sequence[UUID]) -> list[dict[str, Any]]:
        facts = [history[0] for history in (await self.log.streams(refused)).values() if history]
        events = [(fact, fact.event) for fact in facts if isinstance(fact.event, SubmissionRefused)]
        keys = await self.keyring.load({event.document.key for _, event in events})
        opened = [
            open_box(event.document, Place(fact.stream, fact.version, SubmissionRefused.NAME, "document"), keys)
            for fact, event in events
        ]
        return [harm for content in opened if content is not None for harm in kept_harm(stored_document(content))]

    async def _key_for(self, subject: UUID | None, content: bytes) -> tuple[Key, Rows]:
        """The key that seals a document, and the rows to commit with it: those of a key of its own."""
        if subject is not None:
            try:
                return (await self.keyring.obtain(subject, [BoxClass.IDENTITY]))[BoxClass.IDENTITY], {}
            except ErasedError:
                pass
        digest = digest_of(self.index_key, content)
        known = await find_refused(self.database, digest)
        if known is not None:
            return (await self.keyring.obtain(known, [BoxClass.IDENTITY]))[BoxClass.IDENTITY], {}
        key = self.keyring.make(uuid4(), [BoxClass.IDENTITY])[BoxClass.IDENTITY]
        return key, {**self.keyring.rows([key]), **refused_row(digest, key.id)}

    async def _admit(self, principal: Principal) -> None:
        whose = principal.actor if principal.org == EVERYWHERE else principal.org
        try:
            await self.throttle.admit(limits_of_refused(whose), self.clock())
        except TooManyAttemptsError as error:
            raise TooManyRefusedError from error


def stored_document(content: Mapping[str, str]) -> bytes:
    """The rejected document, from the content of its box, exactly as it was sent."""
    return zlib.decompress(b64decode(content["zlib"]))


def document_as_sent(document: Any) -> bytes:
    """The bytes to store of a document that arrived as a part of a body; any parsed JSON can be written so."""
    return json.dumps(document).encode()


def submission_id_in(raw: bytes) -> UUID | None:
    """The submission's own id, if there is a valid one in it."""
    try:
        document: Any = from_json(raw.removeprefix(BOM_UTF8))
        return UUID(document["submission_id"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def numbered_by_device(raw: bytes) -> dict[str, Any]:
    """The device and the record's number on it, as fields of the event; empty unless both have their form.

    Only what can hold no name leaves the document: a code of the form of a device's, and a number.
    """
    try:
        device: Any = from_json(raw.removeprefix(BOM_UTF8))["device"]
        code, number = device["id"], device["sequence"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return {}
    if not (isinstance(code, str) and DEVICE_FORM.fullmatch(code)):
        return {}
    if not (type(number) is int and 0 <= number <= MAX_NUMBER):
        return {}
    return {"device": code, "device_sequence": number}
