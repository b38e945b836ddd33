"""What a shelter may add to a case it holds: corrected answers, a consent, a consent taken back."""

import hmac
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

from events.consent import ConsentReceipt
from events.contract import Event, Recorded
from events.intake import AnswersAmended, CaseOpened, ConsentRecorded, ConsentWithdrawn
from events.vocabulary import Agency, BoxClass
from services.chassis.access import Action, Principal
from services.chassis.clock import Clock
from services.chassis.errors import CommandIdReusedError, NotFoundError, VersionConflictError
from services.chassis.identity import derived
from services.chassis.keyring import Keyring, key_id
from services.chassis.log import Append, Log
from services.chassis.permitting import permit
from services.chassis.workspace import Workspace
from services.intake import submission as documents
from services.intake.case_commands import Within, answers_of
from services.intake.commands import SubmissionConflictError, SubmissionRefusedError
from services.intake.continuity import carried_on, held
from services.intake.person_index import change, digests
from services.intake.sealing import fingerprint_of, seal_submission
from services.intake.submission import InvalidSubmission
from services.intake.wordings import Wordings

E = TypeVar("E", bound=Event)

ATTEMPTS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Amending:
    """Carries out what is asked of a case after it was opened. Each command id takes effect once."""

    log: Log
    keyring: Keyring
    clock: Clock
    shelters: Collection[str]
    wordings: Wordings
    """Those that a consent may rest on."""
    index_key: bytes = field(repr=False)
    """What digests of a person are made with (``person_index``)."""

    async def amend(self, case: UUID, command: UUID, document: Any, principal: Principal) -> dict[str, Any]:
        """Corrects the answers with a whole new document of the same submission. Consents are changed apart.

        Raises:
            NotFoundError: no such case, or another shelter's.
            SubmissionRefusedError: the document is not valid.
            SubmissionConflictError: it is another submission's.
            CommandIdReusedError: the id was used for something else.
        """
        try:
            submission = documents.read(document, shelters=self.shelters, wordings=self.wordings)
        except InvalidSubmission as invalid:
            faults = [{"field": f.field, "code": f.code, "es": f.es, "en": f.en} for f in invalid.faults]
            raise SubmissionRefusedError(faults=faults) from None

        async def decide(opened: Recorded[CaseOpened], workspace: Workspace) -> Event:
            event = opened.event
            holds = _holder(workspace.history(case))
            if (submission.submission_id, submission.kind, submission.shelter) != (event.submission, event.kind, holds):
                raise SubmissionConflictError
            keys = await self.keyring.obtain(event.subject, list(BoxClass))
            version = workspace.next_version(case)
            as_held = held(workspace.history(case))
            carried = None
            if as_held is not None and as_held.consent is not None:  # it was let know a part of what is there
                carried = partial(carried_on, as_held, await answers_of(as_held, self.keyring))
            sealed = seal_submission(submission, keys, case, version, AnswersAmended, carried=carried)
            return AnswersAmended(
                shelter=submission.shelter,
                worker=submission.worker,
                identity=sealed.identity,
                screening=sealed.screening,
                fingerprint=sealed.fingerprint,
            )

        async def same(before: AnswersAmended) -> bool:
            key = (await self.keyring.load([before.screening.key])).get(before.screening.key)
            return key is None or hmac.compare_digest(before.fingerprint, fingerprint_of(key, submission))

        def index(opened: CaseOpened) -> Within:
            found = digests(self.index_key, submission, opened.shelter)
            key = key_id(opened.subject, BoxClass.SCREENING)
            return lambda connection: change(connection, found, key, case)

        return await self._carry_out(case, command, principal, AnswersAmended, decide, same, index)

    async def record_consent(
        self, case: UUID, command: UUID, consent: ConsentReceipt, principal: Principal
    ) -> dict[str, Any]:
        """Records the person's decision about one recipient; what waited for it is sent.

        Raises:
            NotFoundError: no such case, or another shelter's.
            CommandIdReusedError: the id was used for something else.
        """

        async def decide(_opened: Recorded[CaseOpened], workspace: Workspace) -> Event:
            return ConsentRecorded(shelter=_holder(workspace.history(case)), consent=consent)

        async def same(before: ConsentRecorded) -> bool:
            return before.consent == consent

        answer = await self._carry_out(case, command, principal, ConsentRecorded, decide, same)
        return {**answer, "receipt": str(consent.receipt)}

    async def withdraw_consent(self, case: UUID, receipt: UUID, principal: Principal) -> dict[str, Any]:
        """Takes a consent back. Repeating it changes nothing.

        Raises:
            NotFoundError: no such receipt.
        """

        async def decide(_opened: Recorded[CaseOpened], workspace: Workspace) -> Event:
            recipient = _recipient(receipt, workspace.history(case))
            if recipient is None:
                raise NotFoundError
            holds = _holder(workspace.history(case))
            return ConsentWithdrawn(shelter=holds, receipt=receipt, recipient=recipient)

        async def same(before: ConsentWithdrawn) -> bool:
            return before.receipt == receipt

        answer = await self._carry_out(case, derived(receipt, "withdrawn"), principal, ConsentWithdrawn, decide, same)
        return {**answer, "receipt": str(receipt)}

    async def consents(self, case: UUID) -> list[dict[str, Any]]:
        """What the person has decided about whom, with the receipts that a withdrawal names."""
        given: dict[UUID, dict[str, Any]] = {}
        for fact in (await self.log.streams([case]))[case]:
            event = fact.event
            if isinstance(event, ConsentWithdrawn):
                given[event.receipt]["withdrawn_at"] = fact.recorded_at.isoformat()
                continue
            new = event.consents if isinstance(event, CaseOpened) else ()
            for one in (event.consent,) if isinstance(event, ConsentRecorded) else new:
                given[one.receipt] = {
                    "receipt": str(one.receipt),
                    "recipient": one.recipient,
                    "decision": one.decision,
                    "given_by": one.given_by,
                    "how": one.how,
                    "wording_version": one.wording_version,
                    "asked_by": one.asked_by,
                    "expires_at": None if one.expires_at is None else one.expires_at.isoformat(),
                    "withdrawn_at": None,
                }
        return list(given.values())

    async def _carry_out(
        self,
        case: UUID,
        command: UUID,
        principal: Principal,
        kind: type[E],
        decide: Callable[[Recorded[CaseOpened], Workspace], Awaitable[Event]],
        same: Callable[[E], Awaitable[bool]],
        within: Callable[[CaseOpened], Within] | None = None,
    ) -> dict[str, Any]:
        for _ in range(ATTEMPTS):
            workspace = Workspace(self.log, self.clock)
            await workspace.load([case])
            history = workspace.history(case)
            opened: Any = history[0] if history else None
            if opened is None:
                raise NotFoundError
            permit(principal, Action.SUBMIT, shelter=_holder(history))
            before = await self.log.carried_out(command)
            if before is not None:
                done = before[0] if len(before) == 1 and before[0].stream == case else None
                if done is None or not isinstance(done.event, kind) or not await same(done.event):
                    raise CommandIdReusedError
                return {"case_id": str(case), "version": done.version}
            event = await decide(opened, workspace)
            recorded = workspace.record(case, event, case=case, actor=principal.actor, cause=command)
            try:
                also = None if within is None else within(opened.event)
                result = await self.log.append(Append(entries=workspace.entries, command=command, within=also))
            except VersionConflictError:
                continue
            if not result.repeated:
                return {"case_id": str(case), "version": recorded.version}
        raise VersionConflictError


def _holder(history: list[Recorded[Event]]) -> str:
    """The shelter that holds the case: no other has any business with it."""
    found = held(history)
    assert found is not None  # noqa: S101 - it was opened
    return found.shelter


def _recipient(receipt: UUID, history: list[Recorded[Event]]) -> Agency | None:
    """Whom a receipt is for, if the case has it."""
    for fact in history:
        if isinstance(fact.event, CaseOpened):
            found = [one for one in fact.event.consents if one.receipt == receipt]
        elif isinstance(fact.event, ConsentRecorded):
            found = [fact.event.consent] if fact.event.consent.receipt == receipt else []
        else:
            continue
        if found:
            return found[0].recipient
    return None
