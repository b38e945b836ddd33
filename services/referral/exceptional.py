"""Opens, reads and reviews exceptional accesses, and tells those that nobody reviewed.

Every reading is an event, committed before anything is handed over. In that same transaction it is looked whether the
time is over, and whether case, referral and access are still as they were when it was decided (ADR 0016, 0023).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

import asyncpg

from events.break_glass import BreakGlassOpened, BreakGlassReviewed
from events.contract import Event, Recorded
from events.referral import DisclosureRead
from events.vocabulary import Agency, BoxClass, OverrideBasis, ReadPurpose, ReferralState, ReviewVerdict, Role
from services.chassis.access import Action, Principal, allowed
from services.chassis.boxes import Place, open_box, seal
from services.chassis.clock import Clock
from services.chassis.database import Database
from services.chassis.errors import (
    CommandIdReusedError,
    ErasedError,
    NotAllowedError,
    NotFoundError,
    VersionConflictError,
)
from services.chassis.identity import derived
from services.chassis.keyring import Keyring
from services.chassis.log import Append, Log
from services.chassis.upstream import Upstream
from services.chassis.workspace import Workspace
from services.referral.breaking import (
    LASTS,
    REVIEWED_WITHIN,
    Access,
    OverrideRefusedError,
    check_reading,
    check_review,
    fold,
    permitted,
    unreviewed,
)
from services.referral.casefile import CaseFile, read_case, screening_keys
from services.referral.domain import Referral
from services.referral.domain import fold as fold_referral
from services.referral.reading import last_disclosure
from services.referral.sending import Policies, Sending
from services.referral.standing import refused
from services.referral.steps import IllegalStepError, legal_steps

ATTEMPTS = 8
CHANGED = """
select (select max(version) from event where stream = $1) is distinct from $2
  or (select max(version) from intake.event where stream = $3) is distinct from $4
"""
OVERDUE = """
select access_id from access where verdict is null and escalated_at is null and review_by <= $1
order by review_by limit 64
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What somebody asks to open, and why. ``release``: what waits for consent is sent, besides."""

    referral: UUID
    command: UUID
    basis: OverrideBasis
    justification: str
    release: bool = False


@dataclass(frozen=True, slots=True)
class _Case:
    """A referral with its case, as they stand at one moment."""

    referral: Referral
    file: CaseFile
    version: int
    """The case's."""
    workspace: Workspace

    def unchanged(self, otherwise: Callable[[], None] = lambda: None) -> Callable[[asyncpg.Connection], Any]:
        """A guard for the transaction of an append; ``otherwise`` may refuse, too."""
        referral = self.referral

        async def look(connection: asyncpg.Connection) -> None:
            otherwise()
            own = self.workspace.history(referral.id)[-1].version  # with what is recorded here
            seen = (referral.id, own, referral.case, self.version)
            if await connection.fetchval(CHANGED, *seen):
                raise VersionConflictError

        return look


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakGlass:
    """Carries it out. Each command id takes effect once."""

    log: Log
    database: Database
    clock: Clock
    keyring: Keyring
    intake: Upstream
    policies: Policies

    async def open(self, asked: Asked, by: Principal) -> dict[str, Any]:
        """Opens one referral's sealed disclosure to whoever asks, for four hours, and tells its owners.

        Raises:
            NotFoundError: no such referral, one about staff, or one that was sent to nobody.
            NotAllowedError: only a coordinator sends what waits for consent.
            OverrideRefusedError: the ground does not hold.
            IllegalStepError: nothing waits for consent there.
            ErasedError: the person's data were erased.
            CommandIdReusedError: the id was used for something else.
        """
        access = derived(asked.command, "break_glass")
        for _ in range(ATTEMPTS):
            workspace = Workspace(self.log, self.clock)
            await workspace.load([asked.referral, access])
            referral = fold_referral(workspace.history(asked.referral))
            if referral is None or not allowed(
                by, Action.BREAK_GLASS, shelter=referral.shelter, agency=referral.agency
            ):
                raise NotFoundError
            before = await self.log.carried_out(asked.command)
            if before is not None:
                return _opened_before(before, access, asked, by)
            found = await self._case(referral, workspace)
            self._check(found, asked, by)
            if asked.release:
                await self._release(found, asked, by)
            await self._record_opened(found, access, asked, by)
            append = Append(entries=workspace.entries, command=asked.command, within=found.unchanged())
            try:
                result = await self.log.append(append)
            except VersionConflictError:
                continue
            if not result.repeated:
                return _answer(workspace.history(access))
        raise VersionConflictError

    async def read(self, access_id: UUID, by: Principal) -> dict[str, Any]:
        """What the referral discloses, to the one person it was opened to.

        Raises:
            NotFoundError: no such access, or not this person's.
            AccessOverError: four hours are over, or it was found not justified.
            OverrideRefusedError: the person has said no since.
            ErasedError: the person's data were erased.
        """
        for _ in range(ATTEMPTS):
            workspace = Workspace(self.log, self.clock)
            await workspace.load([access_id])
            access = fold(workspace.history(access_id))
            if access is None or access.opened_by != by.actor:
                raise NotFoundError
            check_reading(access, by, self.clock())
            await workspace.load([access.referral])
            referral = fold_referral(workspace.history(access.referral))
            if referral is None or not referral.sent:
                raise NotFoundError
            found = await self._case(referral, workspace)
            self._check_ground(found, access.basis, by)
            fact, box, requested = last_disclosure(workspace.history(referral.id))
            place = Place(fact.stream, fact.version, fact.event.NAME, "disclosure")
            told = open_box(box, place, workspace.keys)
            if told is None:
                raise ErasedError
            event = DisclosureRead(
                referral=referral.id,
                agency=referral.agency,
                shelter=referral.shelter,
                reader=by.org,
                purpose=ReadPurpose.EMERGENCY,
                fields=tuple(told),
                override=access.basis,
                access=access.id,
            )
            workspace.record(access_id, event, case=referral.case, actor=by.actor, cause=fact)
            still = found.unchanged(partial(self._still_open, access, by))
            try:
                await self.log.append(Append(entries=workspace.entries, within=still))
            except VersionConflictError:
                continue
            return {
                "access_id": str(access_id),
                "referral_id": str(referral.id),
                "agency": referral.agency,
                "basis": access.basis,
                "sent_on": requested.basis,
                "until": access.until.isoformat(),
                "disclosed": told,
            }
        raise VersionConflictError

    def _still_open(self, access: Access, by: Principal) -> None:
        check_reading(access, by, self.clock())

    async def justification(self, access_id: UUID, by: Principal) -> dict[str, Any]:
        """Why it was opened, for whoever reviews it; this reading is an event, too.

        Raises:
            NotFoundError: no such access, or none that the principal reviews.
            ErasedError: the person's data were erased.
        """
        for _ in range(ATTEMPTS):
            workspace = Workspace(self.log, self.clock)
            await workspace.load([access_id])
            history = workspace.history(access_id)
            access = fold(history)
            if access is None or not self._reviews(access, by):
                raise NotFoundError
            opened = history[0]
            assert isinstance(opened.event, BreakGlassOpened)  # noqa: S101 - with that it begins
            box = opened.event.justification
            place = Place(access_id, opened.version, BreakGlassOpened.NAME, "justification")
            content = open_box(box, place, await self.keyring.load([box.key]))
            if content is None:
                raise ErasedError
            event = DisclosureRead(
                referral=access.referral,
                agency=access.agency,
                shelter=access.shelter,
                reader=by.org,
                purpose=ReadPurpose.REVIEW,
                fields=("justification",),
                access=access.id,
            )
            workspace.record(access_id, event, case=access.case, actor=by.actor, cause=opened)
            try:
                await self.log.append(Append(entries=workspace.entries))
            except VersionConflictError:
                continue
            return {"access_id": str(access_id), "basis": access.basis, "justification": content["text"]}
        raise VersionConflictError

    @staticmethod
    def _reviews(access: Access, by: Principal) -> bool:
        """A supervisor of either agency, or a coordinator."""
        whose = (access.agency, access.opened_for)
        return any(allowed(by, Action.REVIEW_ACCESS, agency=agency) for agency in whose)

    async def review(self, access_id: UUID, command: UUID, verdict: ReviewVerdict, by: Principal) -> dict[str, Any]:
        """A second person says whether it was justified; if it was not, it is closed by that.

        Raises:
            NotFoundError: no such access, or none of the principal's business.
            OwnAccessError: it is their own.
            AlreadyReviewedError: somebody has said so.
            CommandIdReusedError: the id was used for something else.
        """
        for _ in range(ATTEMPTS):
            workspace = Workspace(self.log, self.clock)
            await workspace.load([access_id])
            access = fold(workspace.history(access_id))
            if access is None or not self._reviews(access, by):
                raise NotFoundError
            before = await self.log.carried_out(command)
            if before is not None:
                done = before[0]
                same = isinstance(done.event, BreakGlassReviewed) and done.event.verdict is verdict
                if (done.stream, done.actor, same) != (access_id, by.actor, True):
                    raise CommandIdReusedError
                return _answer(workspace.history(access_id))
            check_review(access, by)
            event = BreakGlassReviewed(
                referral=access.referral,
                agency=access.agency,
                shelter=access.shelter,
                verdict=verdict,
                reviewed_as=by.role,
            )
            workspace.record(access_id, event, case=access.case, actor=by.actor, cause=command)
            try:
                result = await self.log.append(Append(entries=workspace.entries, command=command))
            except VersionConflictError:
                continue
            if not result.repeated:
                return _answer(workspace.history(access_id))
        raise VersionConflictError

    async def strike(self, clock: Clock | None = None) -> int:
        """Tells the accesses that nobody has reviewed in time; how many. A part of the clockwork's beat."""
        now = (clock or self.clock)()
        async with self.database.own_work() as connection:
            due = [UUID(int=row["access_id"].int) for row in await connection.fetch(OVERDUE, now)]
        told = 0
        for access_id in due:
            workspace = Workspace(self.log, clock or self.clock)
            await workspace.load([access_id])
            access = fold(workspace.history(access_id))
            event = None if access is None else unreviewed(access, now)
            if access is None or event is None:
                continue
            command = derived(access_id, "unreviewed")
            workspace.record(access_id, event, case=access.case, actor="clock:review", cause=command)
            try:
                told += not (await self.log.append(Append(entries=workspace.entries, command=command))).repeated
            except VersionConflictError:
                continue
        return told

    async def _case(self, referral: Referral, workspace: Workspace) -> _Case:
        facts = (await self.intake.streams([referral.case]))[referral.case]
        workspace.keys.update(await self.keyring.load([referral.key, *screening_keys(facts)]))
        file = read_case(facts, workspace.keys)
        if file is None:
            raise ErasedError
        return _Case(referral, file, facts[-1].version, workspace)

    def _check(self, found: _Case, asked: Asked, by: Principal) -> None:
        referral = found.referral
        if asked.release:
            if by.role is not Role.PROGRAMME_COORDINATOR:
                raise NotAllowedError
            if referral.state is not ReferralState.BLOCKED_CONSENT:
                raise IllegalStepError(
                    state=referral.state, version=referral.version, legal_steps=legal_steps(referral)
                )
        elif not referral.sent:
            raise NotFoundError  # nobody was told anything: there is nothing to open
        self._check_ground(found, asked.basis, by)

    def _check_ground(self, found: _Case, basis: OverrideBasis, by: Principal) -> None:
        """For the agency that holds the referral, and for that of whoever reads: neither may have been refused.

        What was taken back, with the slip too before somebody has checked that, counts as the person's no.
        """
        assessment = self.policies.assessment(found.file)
        now = found.workspace.now()
        agencies = {found.referral.agency, *(one for one in Agency if one == by.org)}
        said_no = found.referral.state is ReferralState.WITHDRAWN or any(
            found.file.is_frozen(one) or refused(one, found.file, assessment, now) for one in agencies
        )
        withheld = bool(agencies & set(found.file.answers.get("withhold_from") or ()))
        if not permitted(basis, child=assessment.child, refused=said_no, withheld=withheld):
            raise OverrideRefusedError

    async def _release(self, found: _Case, asked: Asked, by: Principal) -> None:
        await self.policies.modes.look()
        assessment = self.policies.assessment(found.file)
        referral, workspace = found.referral, found.workspace
        wanted = set(referral.categories)
        shared = [one for one in assessment.proposals if wanted & set(one.categories)]
        if not shared:
            raise NotFoundError  # the rules, with today's answers, see none of its grounds any more
        proposal = min(shared, key=lambda one: (one.agency is not referral.agency, len(wanted ^ set(one.categories))))
        sending = Sending(
            file=found.file,
            assessment=assessment,
            policies=self.policies,
            workspace=workspace,
            cause=asked.command,
            actor=by.actor,
        )
        said_no = refused(referral.agency, found.file, assessment, workspace.now())
        sending.override(referral, proposal, asked.basis, refused=said_no)

    async def _record_opened(self, found: _Case, access: UUID, asked: Asked, by: Principal) -> None:
        referral, workspace = found.referral, found.workspace
        if referral.key not in workspace.keys:
            raise ErasedError
        place = Place(access, workspace.next_version(access), BreakGlassOpened.NAME, "justification")
        box = seal(
            {"text": asked.justification},
            key_id=referral.key,
            key=workspace.keys[referral.key],
            kind=BoxClass.SCREENING,
            place=place,
        )
        now = workspace.now()
        event = BreakGlassOpened(
            referral=referral.id,
            agency=referral.agency,
            shelter=referral.shelter,
            basis=asked.basis,
            justification=box,
            opened_for=by.org,
            until=now + LASTS,
            review_by=now + REVIEWED_WITHIN,
        )
        workspace.record(access, event, case=referral.case, actor=by.actor, cause=asked.command)


def _opened_before(before: Sequence[Recorded[Event]], access: UUID, asked: Asked, by: Principal) -> dict[str, Any]:
    """The first result of the same order; of another the id was used for something else."""
    done = [fact for fact in before if fact.stream == access]
    event = done[0].event if done else None
    same = isinstance(event, BreakGlassOpened) and (event.referral, event.basis) == (asked.referral, asked.basis)
    if not same or done[0].actor != by.actor:
        raise CommandIdReusedError
    return _answer(done)


def _answer(history: Sequence[Recorded[Event]]) -> dict[str, Any]:
    access = fold(history)
    assert access is not None  # noqa: S101 - there is a history
    return {
        "access_id": str(access.id),
        "referral_id": str(access.referral),
        "until": access.until.isoformat(),
        "review_by": access.review_by.isoformat(),
        "verdict": access.verdict,
    }
