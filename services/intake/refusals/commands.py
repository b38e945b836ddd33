"""Hands a refused document back to who sent it, and sends its correction or sets it aside."""

import hmac
from base64 import b64encode
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal
from uuid import UUID

from events.intake import RefusalRead, RefusalSettled, SubmissionRefused
from services.chassis.authorization.policy import Action, Principal, allowed
from services.chassis.clock import Clock
from services.chassis.errors import MalformedRequestError, NotFoundError
from services.chassis.eventlog.commands import Decided, Facts, execute, led_to
from services.chassis.eventlog.log import Log
from services.chassis.eventlog.unit_of_work import UnitOfWork
from services.chassis.ids import receipt_of, uuid5
from services.chassis.vault.keyring import Keyring
from services.chassis.vault.sealing import Place, fingerprint, open_box
from services.intake.amendments.commands import AmendmentCommands
from services.intake.cases import domain as cases
from services.intake.cases.hidden_answers import with_kept_harm
from services.intake.refusals.domain import CONFLICT, Refusal, RefusalSettledError, fold, with_the_case
from services.intake.refusals.schemas import CorrectedRefusal, OpenedRefusal, SettledRefusal
from services.intake.submissions.commands import SubmissionCommands, SubmissionConflictError
from services.intake.submissions.domain import case_of
from services.intake.submissions.hidden_harm import as_handed_back, kept_harm
from services.intake.submissions.rejections import document_as_sent, stored_document, submission_id_in


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalCommands:
    """Reads, corrects and sets aside what was refused, for the organisation that sent it."""

    log: Log
    keyring: Keyring
    clock: Clock
    submissions: SubmissionCommands
    amendments: AmendmentCommands

    async def open(self, refusal: UUID, command: UUID, by: Principal) -> OpenedRefusal:
        """Hands back the document, without harm by staff. Every opening is recorded first, also for a repeated command.

        Raises:
            NotFoundError: nothing of the sender's that was refused has this id.
            RefusalSettledError: it was corrected or set aside.
            ErasedError: the person's data were erased.
            CommandIdReusedError: the id belongs to another command.
        """

        async def read(state: Refusal, work: UnitOfWork) -> Decided:
            _require_waiting(state)
            document, encoding = _as_text(as_handed_back(await self._document(state)))
            event = RefusalRead(org=by.org, refusal=refusal)
            cause = work.history(refusal)[-1] if repeated else command
            work.record(refusal, event, case=state.refused.case, actor=by.actor, cause=cause)
            return Decided(answer=OpenedRefusal(refusal_id=refusal, document=document, encoding=encoding))

        async def admit(work: UnitOfWork) -> Refusal:
            return await self._admit(work, refusal, by, Action.READ_REFUSAL)

        repeated = False
        same = led_to(RefusalRead, refusal=refusal)
        done = await execute(self.log, self.clock, command, by.actor, [refusal], admit=admit, decide=read, same=same)
        if done.repeated:
            repeated = True
            done = await execute(self.log, self.clock, None, by.actor, [refusal], admit=admit, decide=read)
        answer: OpenedRefusal = done.answer
        return answer

    async def correct(
        self, refusal: UUID, command: UUID, document: dict[str, Any], by: Principal, *, amends: bool
    ) -> CorrectedRefusal:
        """Sends the corrected document, as a submission or an amendment, and records that the refusal is settled.

        Raises:
            NotFoundError: nothing of the sender's that was refused has this id, or the case is another shelter's.
            RefusalSettledError: it was corrected or set aside before.
            SubmissionRefusedError: the correction is not valid either; it is stored sealed, too.
            SubmissionConflictError: the id has other content, and the correction is not sent as an amendment.
            MalformedRequestError: the correction has another submission's id.
            NotAllowedError: a submission of another shelter.
            ErasedError: the person's data were erased.
            CommandIdReusedError: the id belongs to another command.
        """
        raw = document_as_sent(document)

        async def admit(work: UnitOfWork) -> Refusal:
            return await self._admit(work, refusal, by, Action.HANDLE_REFUSALS)

        async def send(state: Refusal, work: UnitOfWork) -> None:
            _require_waiting(state)
            case = await self._send(state, uuid5(command, "correction"), document, raw, by, amends=amends)
            event = RefusalSettled(
                org=by.org,
                refusal=refusal,
                corrected=True,
                sent_as=case,
                fingerprint=await self._fingerprint(state, raw, amends=amends),
            )
            work.record(refusal, event, case=state.refused.case, actor=by.actor, cause=command)

        async def same(facts: Facts) -> bool:
            before = facts[0].event
            if not isinstance(before, RefusalSettled) or before.fingerprint is None:
                return False
            state = fold((await self.log.streams([refusal]))[refusal])
            assert state is not None  # noqa: S101 - it was settled
            return hmac.compare_digest(before.fingerprint, await self._fingerprint(state, raw, amends=amends))

        done = await execute(self.log, self.clock, command, by.actor, [refusal], admit=admit, decide=send, same=same)
        event = done.facts[0].event
        assert isinstance(event, RefusalSettled)  # noqa: S101 - ``same`` and ``send`` know no other
        assert event.sent_as is not None  # noqa: S101 - it was corrected
        opened = (await self.log.streams([event.sent_as]))[event.sent_as][0]
        return CorrectedRefusal(refusal_id=refusal, case_id=event.sent_as, receipt=receipt_of(opened.id))

    async def to_correct(self, refusal: UUID, command: UUID, by: Principal) -> bytes:
        """The document, without harm by staff, for a form that changes fields of it and shows none of them.

        Raises:
            NotFoundError: nothing of the sender's that was refused has this id.
            RefusalSettledError: it was corrected or set aside before, and not by this command.
            ErasedError: the person's data were erased.
        """
        work = UnitOfWork(self.log, self.clock)
        await work.load([refusal])
        found = await self._admit(work, refusal, by, Action.HANDLE_REFUSALS)
        if await self.log.carried_out(command) is None:
            _require_waiting(found)
        return as_handed_back(await self._document(found))

    async def discard(self, refusal: UUID, command: UUID, by: Principal) -> SettledRefusal:
        """Records that it is not to be sent again. It stays stored, sealed.

        Raises:
            NotFoundError: nothing of the sender's that was refused has this id.
            RefusalSettledError: it was corrected or set aside before.
            CommandIdReusedError: the id belongs to another command.
        """

        async def admit(work: UnitOfWork) -> Refusal:
            return await self._admit(work, refusal, by, Action.HANDLE_REFUSALS)

        async def settle(state: Refusal, work: UnitOfWork) -> None:
            _require_waiting(state)
            event = RefusalSettled(org=by.org, refusal=refusal, corrected=False)
            work.record(refusal, event, case=state.refused.case, actor=by.actor, cause=command)

        same = led_to(RefusalSettled, refusal=refusal, corrected=False)
        await execute(self.log, self.clock, command, by.actor, [refusal], admit=admit, decide=settle, same=same)
        return SettledRefusal(refusal_id=refusal, corrected=False)

    async def _admit(self, work: UnitOfWork, refusal: UUID, by: Principal, action: Action) -> Refusal:
        found = fold(work.history(refusal))
        if found is None or not allowed(by, action, shelter=found.org):
            raise NotFoundError
        if found.concerns is not None:
            await work.load([found.concerns])
            found = with_the_case(found, cases.fold(work.history(found.concerns)))
        if found is None:
            raise NotFoundError
        return found

    async def _document(self, refusal: Refusal) -> bytes:
        fact, event = refusal.refused, refusal.refused.event
        place = Place(fact.stream, fact.version, SubmissionRefused.NAME, "document")
        content = open_box(event.document, place, await self.keyring.load([event.document.key]))
        if content is None:
            raise await self.keyring.absence(event.document.key)
        return stored_document(content)

    async def _send(
        self, refusal: Refusal, command: UUID, document: dict[str, Any], raw: bytes, by: Principal, *, amends: bool
    ) -> UUID:
        """Sends the correction; the case that it opened or amended. Sent twice it has one effect."""
        refused, submission = refusal.refused.event, submission_id_in(raw)
        kept = kept_harm(await self._document(refusal))
        if refused.amends:
            assert refusal.refused.case is not None  # noqa: S101 - an amendment is always of a case
            return (await self.amendments.amend(refusal.refused.case, command, document, by, kept)).case_id
        same_id = None in (submission, refused.submission) or submission == refused.submission
        if refused.code != CONFLICT and not same_id:
            raise MalformedRequestError(
                faults=[{"field": "body.submission.submission_id", "code": "another_submission"}]
            )
        if amends and submission is not None:
            return (await self.amendments.amend(case_of(submission), command, document, by, kept)).case_id
        if refused.code == CONFLICT and same_id:
            raise SubmissionConflictError  # as before: it needs an id of its own, or to be sent as an amendment
        complete = partial(with_kept_harm, kept=kept) if kept else None
        return (await self.submissions.submit(raw, by, complete=complete)).case

    async def _fingerprint(self, refusal: Refusal, raw: bytes, *, amends: bool) -> str:
        """Identifies a correction, with the key that sealed what was refused.

        Raises:
            ErasedError: the person's key was destroyed.
        """
        key = refusal.refused.event.document.key
        secret = (await self.keyring.load([key])).get(key)
        if secret is None:
            raise await self.keyring.absence(key)
        return fingerprint(secret, b"amends\x00" * amends + raw).hex()


def _require_waiting(refusal: Refusal) -> None:
    if refusal.settled:
        raise RefusalSettledError


def _as_text(document: bytes) -> tuple[str, Literal["utf-8", "base64"]]:
    try:
        return document.decode(), "utf-8"
    except UnicodeDecodeError:
        return b64encode(document).decode(), "base64"
