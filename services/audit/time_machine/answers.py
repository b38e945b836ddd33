"""A moment as the API answers it. Pure."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.audit.history.queries import Line, until
from services.audit.knowledge.domain import Organisation, Reading
from services.audit.knowledge.organisations import known_by
from services.audit.knowledge.readings import readings_in
from services.audit.time_machine.clocks import RunningClock, clocks_of
from services.audit.time_machine.domain import Decision, Task
from services.audit.time_machine.queries import CaseMoment, DeskMoment, DeskSelf
from services.audit.time_machine.referrals import ReferralThen
from services.audit.time_machine.schemas import (
    CaseMomentAnswer,
    ClockThen,
    DecisionThen,
    DeskMomentAnswer,
    DeskThen,
    ReaderThen,
    ReadingThen,
    ReferralMomentAnswer,
    ReferralThenAnswer,
    StayThen,
    TaskThen,
)


def readers_at(everything: Sequence[Line], at: datetime) -> list[Organisation]:
    """What each organisation knew: what the system did depends on what it had stored, whichever time is chosen."""
    return known_by(until(everything, at), at)


def case_answer(moment: CaseMoment) -> CaseMomentAnswer:
    """A case at a moment, with who could read and who had read."""
    then, at = moment.then, moment.at
    return CaseMomentAnswer(
        case_id=moment.case,
        at=at,
        by=moment.by,
        facts=len(moment.lines),
        shelter=then.shelter,
        opened_at=then.opened_at,
        lead=then.lead,
        categories=list(then.categories),
        rule_set=then.rule_set,
        frozen_at=then.frozen_at,
        erased_at=then.erased_at,
        erased_for=then.erased_for,
        referrals=[referral_answer(one, moment.case, at) for one in then.referrals.values()],
        tasks=[_task(one, at) for one in then.tasks.values()],
        decisions=[_decision(one) for one in then.decisions.values()],
        readers=[_reader(one) for one in readers_at(moment.everything, at)],
        readings=[_reading(one) for one in readings_in(line.fact for line in moment.lines) if one.is_of_sealed_data],
        late=[line.entry() for line in moment.late],
    )


def referral_moment_answer(moment: CaseMoment, referral: UUID) -> ReferralMomentAnswer:
    """One referral of a case at a moment."""
    found = moment.then.referrals.get(referral)
    answer = None if found is None else referral_answer(found, moment.case, moment.at)
    return ReferralMomentAnswer(at=moment.at, by=moment.by, referral=answer)


def desk_answer(moment: DeskMoment, next_cursor: str | None) -> DeskMomentAnswer:
    """A page of an agency's desks at a moment."""
    return DeskMomentAnswer(
        agency=moment.agency,
        at=moment.at,
        by=moment.by,
        number=moment.number,
        desks=[_desk(one) for one in moment.desks],
        items=[
            StayThen(there_since=one.since, referral=referral_answer(one.referral, one.case, moment.at))
            for one in moment.stays
        ],
        next_cursor=next_cursor,
    )


def referral_answer(one: ReferralThen, case: UUID, at: datetime) -> ReferralThenAnswer:
    """A referral with the clocks that ran on it."""
    return ReferralThenAnswer(
        referral_id=one.id,
        case_id=case,
        agency=one.agency,
        shelter=one.shelter,
        desk=one.desk,
        state=one.state,
        since=one.since,
        version=one.version,
        changed_by=one.changed_by,
        urgency=one.urgency,
        categories=list(one.categories),
        rule_set=one.rule_set,
        basis=one.basis,
        receipts=list(one.receipts),
        blocked_for=one.blocked_for,
        declined_for=one.declined_for,
        linked=one.linked,
        clocks=[_clock(clock, at) for clock in clocks_of(one)],
    )


def _clock(one: RunningClock, at: datetime) -> ClockThen:
    return ClockThen(
        what=one.what,
        until=one.until,
        until_day=one.until_day,
        since=one.since,
        seconds_left=None if one.until is None else int((one.until - at).total_seconds()),
        stands=one.stands,
        at_latest=one.at_latest,
    )


def _task(one: Task, at: datetime) -> TaskThen:
    return TaskThen(
        obligation=one.obligation,
        owner=one.owner,
        whose=one.whose,
        referral_id=one.referral,
        result=one.result,
        clock=None if one.clock is None else _clock(one.clock, at),
    )


def _decision(one: Decision) -> DecisionThen:
    return DecisionThen(
        receipt=one.receipt,
        recipient=one.recipient,
        decision=one.decision,
        since=one.since,
        expires_at=one.expires_at,
        withdrawn_at=one.withdrawn_at,
    )


def _reader(one: Organisation) -> ReaderThen:
    openings = [window.since for each in one.disclosures for window in each.windows if window.until is None]
    return ReaderThen(org=one.code, standing=one.standing, since=min(openings, default=None))


def _reading(one: Reading) -> ReadingThen:
    return ReadingThen(
        at=one.at,
        actor=one.actor,
        org=one.org,
        what=one.what,
        fields=list(one.fields),
        purpose=one.purpose,
        referral_id=one.referral,
    )


def _desk(one: DeskSelf) -> DeskThen:
    return DeskThen(desk=one.desk, silent_since=one.silent_since, capacity=one.capacity)
