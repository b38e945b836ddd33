"""Reads what exceptional accesses opened, and why (ADR 0023).

Every reading is an event, committed before the content is returned. The same transaction checks that the access has not
ended and that case, referral and access are unchanged (ADR 0016).
"""

from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple
from uuid import UUID

from events.break_glass import BreakGlassOpened
from events.contract import Event, Recorded
from events.referral import DisclosureRead
from events.sealed import Box
from events.vocabulary import OverrideBasis, ReadPurpose
from services.chassis.authorization.policy import Action, Principal, allowed
from services.chassis.clock import Clock
from services.chassis.errors import NotFoundError
from services.chassis.eventlog.commands import Decided, Facts, execute
from services.chassis.eventlog.log import Log
from services.chassis.eventlog.unit_of_work import UnitOfWork
from services.chassis.vault.keyring import Keyring
from services.chassis.vault.sealing import Place, open_box
from services.referral.assessment import Policies
from services.referral.break_glass.domain import Access, check_reading, fold, is_open_to, may_be_reviewed_by
from services.referral.break_glass.grounds import case_now, check_ground
from services.referral.break_glass.schemas import BreakGlassDisclosure, BreakGlassJustification
from services.referral.case_file.queries import CaseFiles
from services.referral.disclosures.domain import DISCLOSURE
from services.referral.lifecycle.disclosed import latest_disclosure
from services.referral.lifecycle.domain import fold as fold_referral


class Standing(NamedTuple):
    """What somebody may do with an access now."""

    may_read: bool
    may_review: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessReader:
    """Returns what an access opened, or its justification, and records the reading."""

    log: Log
    clock: Clock
    keyring: Keyring
    files: CaseFiles
    policies: Policies

    async def read(self, access_id: UUID, by: Principal) -> BreakGlassDisclosure:
        """Reads the referral's disclosure for the person who opened the access.

        Raises:
            NotFoundError: no such access, or not this person's.
            AccessOverError: it ended, or was found not justified.
            OverrideRefusedError: the ground no longer holds, say after a refusal.
            ErasedError: the person's data were erased.
        """

        async def admit(work: UnitOfWork) -> Access:
            access = fold(work.history(access_id))
            if access is None or access.opened_by != by.actor:
                raise NotFoundError
            check_reading(access, by, self.clock())
            return access

        async def decide(access: Access, work: UnitOfWork) -> Decided:
            await work.load([access.referral])
            referral = fold_referral(work.history(access.referral))
            if referral is None or not referral.sent:
                raise NotFoundError
            found = await case_now(referral, work, self.files)
            check_ground(found, access.basis, by, self.policies)
            fact, box, requested = latest_disclosure(work.history(referral.id))
            disclosed = open_box(box, Place(fact.stream, fact.version, fact.event.NAME, DISCLOSURE), work.keys)
            if disclosed is None:
                raise await self.keyring.absence(box.key)
            now_held = replace(access, shelter=referral.shelter)  # the person may have moved to another shelter since
            event = _reading_event(now_held, by, ReadPurpose.EMERGENCY, (DISCLOSURE,), override=access.basis)
            work.record(access_id, event, case=referral.case, actor=by.actor, cause=fact)
            answer = BreakGlassDisclosure(
                access_id=access_id,
                referral_id=referral.id,
                agency=referral.agency,
                basis=access.basis,
                sent_on=requested.basis,
                until=access.until,
                disclosed=disclosed,
            )
            still_open = partial(check_reading, access, by)
            return Decided(in_transaction=found.unchanged(lambda: still_open(self.clock())), answer=answer)

        done = await execute(self.log, self.clock, None, by.actor, [access_id], admit=admit, decide=decide)
        answer: BreakGlassDisclosure = done.answer
        return answer

    async def standing(self, access_id: UUID, by: Principal) -> Standing:
        """What the principal may do with an access that they may see; nothing is opened.

        Raises:
            NotFoundError: no such access.
        """
        work = UnitOfWork(self.log, self.clock)
        await work.load([access_id])
        access = fold(work.history(access_id))
        if access is None:
            raise NotFoundError
        agencies = (access.agency, access.opened_for)
        return Standing(
            may_read=is_open_to(access, by, self.clock()),
            may_review=any(allowed(by, Action.REVIEW_ACCESS, agency=agency) for agency in agencies)
            and may_be_reviewed_by(access, by),
        )

    async def justification(self, access_id: UUID, by: Principal) -> BreakGlassJustification:
        """Reads why an access was opened, in order to review it; this reading is an event, too.

        Raises:
            NotFoundError: no such access, or the principal may not review it.
            ErasedError: the person's data were erased.
        """

        async def decide(access: Access, work: UnitOfWork) -> Decided:
            history = work.history(access_id)
            text = await justification_in(history, access_id, self.keyring)
            if text is None:
                raise await self.keyring.absence(opening_box(history, access_id).key)
            event = _reading_event(access, by, ReadPurpose.REVIEW, ("justification",))
            work.record(access_id, event, case=access.case, actor=by.actor, cause=history[0])
            return Decided(answer=BreakGlassJustification(access_id=access_id, basis=access.basis, justification=text))

        admit = partial(reviewable, access_id, by)
        done = await execute(self.log, self.clock, None, by.actor, [access_id], admit=admit, decide=decide)
        answer: BreakGlassJustification = done.answer
        return answer


async def reviewable(access_id: UUID, by: Principal, work: UnitOfWork) -> Access:
    """An access that the principal may review: a supervisor of either agency, or a coordinator.

    Raises:
        NotFoundError: no such access, or the principal may not review it.
    """
    access = fold(work.history(access_id))
    agencies = () if access is None else (access.agency, access.opened_for)
    if access is None or not any(allowed(by, Action.REVIEW_ACCESS, agency=agency) for agency in agencies):
        raise NotFoundError
    return access


async def justification_in(facts: Facts, access: UUID, keyring: Keyring) -> str | None:
    """The text written when the access was opened; ``None``: the person's data were erased."""
    fact, box = opening_fact(facts, access), opening_box(facts, access)
    place = Place(access, fact.version, BreakGlassOpened.NAME, "justification")
    content = open_box(box, place, await keyring.load([box.key]))
    return None if content is None else content["text"]


def opening_fact(facts: Facts, access: UUID) -> Recorded[Event]:
    """The fact with which an access begins."""
    return next(fact for fact in facts if fact.stream == access)


def opening_box(facts: Facts, access: UUID) -> Box:
    """The sealed justification of an access."""
    event = opening_fact(facts, access).event
    assert isinstance(event, BreakGlassOpened)  # noqa: S101 - with that its stream begins
    return event.justification


def _reading_event(
    access: Access, by: Principal, purpose: ReadPurpose, fields: tuple[str, ...], override: OverrideBasis | None = None
) -> DisclosureRead:
    return DisclosureRead(
        referral=access.referral,
        agency=access.agency,
        shelter=access.shelter,
        reader=by.org,
        purpose=purpose,
        fields=fields,
        override=override,
        access=access.id,
    )
