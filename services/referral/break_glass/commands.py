"""Opens and reviews exceptional accesses (ADR 0023). ``readings`` reads by them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from events.break_glass import BreakGlassOpened, BreakGlassReviewed
from events.contract import Event, Recorded
from events.vocabulary import BoxClass, ReferralState, ReviewVerdict, Role
from services.chassis.authorization.policy import Action, Principal, allowed
from services.chassis.clock import Clock
from services.chassis.errors import NotAllowedError, NotFoundError
from services.chassis.eventlog.commands import Decided, Facts, execute, led_to
from services.chassis.eventlog.log import Log
from services.chassis.eventlog.unit_of_work import UnitOfWork
from services.chassis.ids import uuid5
from services.chassis.throttle import Admitted
from services.chassis.vault.keyring import Keyring
from services.chassis.vault.sealing import Place, seal
from services.referral.assessment import Policies
from services.referral.break_glass.bulk import AccessesInBulk
from services.referral.break_glass.domain import (
    ACCESS_DURATION,
    REVIEW_DURATION,
    Access,
    OpenRequest,
    check_review,
    fold,
)
from services.referral.break_glass.grounds import CaseNow, case_now, check_ground
from services.referral.break_glass.readings import justification_in, opening_fact, reviewable
from services.referral.break_glass.schemas import BreakGlassAccess
from services.referral.case_file.queries import CaseFiles
from services.referral.lifecycle.domain import Referral
from services.referral.lifecycle.domain import fold as fold_referral
from services.referral.lifecycle.issuing import ReferralIssuer
from services.referral.lifecycle.transitions import IllegalStepError, legal_steps
from services.referral.obligations.grounds import task_of_opener, tasks_of_case
from services.referral.obligations.starting import start_tasks


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakGlass:
    """Executes the commands of break-glass. Each command id takes effect once."""

    log: Log
    clock: Clock
    keyring: Keyring
    files: CaseFiles
    policies: Policies
    in_bulk: AccessesInBulk

    async def open(self, request: OpenRequest, by: Principal) -> BreakGlassAccess:
        """Opens one referral's sealed disclosure to the principal for four hours and notifies its owners.

        Raises:
            NotFoundError: no such referral, a report about staff, or one that was never sent.
            NotAllowedError: only a coordinator may send what waits for consent.
            OverrideRefusedError: the ground does not hold.
            IllegalStepError: the referral does not wait for consent.
            ErasedError: the person's data were erased.
            TooManyAccessesError: the person opened as many as one person may.
            CommandIdReusedError: the id was used for another command.
        """
        if request.release and by.role is not Role.PROGRAMME_COORDINATOR:
            raise NotAllowedError  # before anything is looked up: it must not tell what there is
        access = uuid5(request.command, "break_glass")
        counted: Admitted = () if await self._is_repeated(request) else await self.in_bulk.admit(by)

        async def admit(work: UnitOfWork) -> Referral:
            referral = fold_referral(work.history(request.referral))
            if referral is None or not allowed(
                by, Action.BREAK_GLASS, shelter=referral.shelter, agency=referral.agency
            ):
                raise NotFoundError
            return referral

        async def decide(referral: Referral, work: UnitOfWork) -> Decided:
            found = await case_now(referral, work, self.files)
            self._check(found, request, by)
            if request.release:
                await self._release(found, request, by)
            duties = self.policies.obligations
            await work.load(task_of_opener(referral.case, referral.id, by.org, duties))
            start_tasks(self._record_opened(found, access, request, by), work, duties, self.policies.bodies)
            return Decided(in_transaction=found.unchanged())

        async def same(facts: Facts) -> bool:
            event = opening_fact(facts, access).event
            released = any(fact.stream == request.referral for fact in facts)
            named = (request.referral, request.basis, request.release)
            if not isinstance(event, BreakGlassOpened) or named != (event.referral, event.basis, released):
                return False
            text = await justification_in(facts, access, self.keyring)
            return text in (None, request.justification)  # with the key destroyed the texts cannot be compared

        streams = [access, request.referral]
        opened = False
        try:
            done = await execute(
                self.log, self.clock, request.command, by.actor, streams, admit=admit, decide=decide, same=same
            )
            opened = not done.repeated
        finally:
            if counted and not opened:  # only what was opened is held against anybody
                await self.in_bulk.give_back(counted)
        return _answer([opening_fact(done.facts, access)])

    async def review(self, access_id: UUID, command: UUID, verdict: ReviewVerdict, by: Principal) -> BreakGlassAccess:
        """Records a second person's verdict; an access that was not justified is closed at once.

        Raises:
            NotFoundError: no such access, or the principal may not see it.
            OwnAccessError: the principal opened it.
            AlreadyReviewedError: it was reviewed before.
            CommandIdReusedError: the id was used for another command.
        """

        async def decide(access: Access, work: UnitOfWork) -> None:
            check_review(access, by)
            event = BreakGlassReviewed(
                referral=access.referral,
                agency=access.agency,
                shelter=access.shelter,
                verdict=verdict,
                reviewed_as=by.role,
            )
            work.record(access_id, event, case=access.case, actor=by.actor, cause=command)

        same = led_to(BreakGlassReviewed, verdict=verdict)
        admit = partial(reviewable, access_id, by)
        done = await execute(
            self.log, self.clock, command, by.actor, [access_id], admit=admit, decide=decide, same=same
        )
        return _answer(done.work.history(access_id))

    async def _is_repeated(self, request: OpenRequest) -> bool:
        """Whether the command opened this referral before: then nothing more is opened."""
        before = await self.log.carried_out(request.command) or ()
        return any(isinstance(one.event, BreakGlassOpened) and one.event.referral == request.referral for one in before)

    def _check(self, found: CaseNow, request: OpenRequest, by: Principal) -> None:
        referral = found.referral
        if request.release:
            if referral.state is not ReferralState.BLOCKED_CONSENT:
                raise IllegalStepError(
                    state=referral.state, version=referral.version, legal_steps=legal_steps(referral)
                )
        elif not referral.sent:
            raise NotFoundError  # nothing was disclosed: there is nothing to open
        check_ground(found, request.basis, by, self.policies)

    async def _release(self, found: CaseNow, request: OpenRequest, by: Principal) -> None:
        await self.policies.refresh()
        await found.work.load(tasks_of_case(found.referral.case, self.policies.obligations))
        assessment = self.policies.assessment(found.file)
        referral, work = found.referral, found.work
        categories = set(referral.categories)
        shared = [one for one in assessment.proposals if categories & set(one.categories)]
        if not shared:
            raise NotFoundError  # with the present answers, the rules find none of its grounds
        proposal = min(
            shared, key=lambda one: (one.agency is not referral.agency, len(categories ^ set(one.categories)))
        )
        issuer = ReferralIssuer(
            file=found.file,
            assessment=assessment,
            policies=self.policies,
            work=work,
            cause=request.command,
            actor=by.actor,
        )
        refused = found.file.has_refusal(referral.agency, assessment, work.now())
        issuer.issue_without_consent(referral, proposal, request.basis, refused=refused)

    def _record_opened(self, found: CaseNow, access: UUID, request: OpenRequest, by: Principal) -> Recorded[Event]:
        referral, work = found.referral, found.work
        place = Place(access, work.next_version(access), BreakGlassOpened.NAME, "justification")
        key = found.file.key
        box = seal(
            {"text": request.justification},
            key_id=key,
            key=work.keys[key],
            kind=BoxClass.SCREENING,
            place=place,
        )
        now = work.now()
        event = BreakGlassOpened(
            referral=referral.id,
            agency=referral.agency,
            shelter=referral.shelter,
            basis=request.basis,
            justification=box,
            opened_for=by.org,
            until=now + ACCESS_DURATION,
            review_by=now + REVIEW_DURATION,
        )
        return work.record(access, event, case=referral.case, actor=by.actor, cause=request.command)


def _answer(history: Sequence[Recorded[Event]]) -> BreakGlassAccess:
    access = fold(history)
    assert access is not None  # noqa: S101 - there is a history
    return BreakGlassAccess(
        access_id=access.id,
        referral_id=access.referral,
        until=access.until,
        review_by=access.review_by,
        verdict=access.verdict,
    )
