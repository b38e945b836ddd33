"""What waits for a decision: until when somebody is to ask for it, and what is told at once (domain.md §6).

Pure. The time to ask measures asking, not a yes: it begins anew when the person was asked, never because the answers
were amended, unless those make it shorter.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from events.contract import Event, Recorded
from events.intake import ConsentRecorded
from events.referral import ReferralBlocked, ReferralEscalated, ReferralRequested
from events.referral_states import ASKED_LATER, OPEN, TO_BE_ASKED
from events.vocabulary import Agency, ConsentDecision, Duty, ReferralClock, ReferralState, Urgency
from services.referral.case_file.domain import CaseFile
from services.referral.consent.domain import Blocked
from services.referral.consent.receipts import may_decide
from services.referral.deadlines.asking import TimeToAsk, time_to_ask
from services.referral.deadlines.policy import Clocks
from services.referral.lifecycle.domain import Referral, fold
from services.referral.routing.domain import Assessment, Proposal

PRESSING = frozenset({Urgency.U0, Urgency.U1})
NOTHING_SENT = "nothing_sent"
WITHHELD_FROM_CHILD = "withheld_from_child"
NOT_COVERED = "not_covered"
AT_ONCE: Mapping[str, tuple[Duty, ...]] = {
    NOTHING_SENT: (Duty.SHELTER, Duty.COORDINATOR),
    WITHHELD_FROM_CHILD: (Duty.COORDINATOR,),
    NOT_COVERED: (Duty.SHELTER, Duty.COORDINATOR),
}
"""Steps that no ladder has, because they are taken with the fact itself, and whom each notifies."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """The case as it is now, to say how long each of its referrals waits."""

    file: CaseFile
    assessment: Assessment
    clocks: Clocks
    now: datetime
    cause: Any = None
    """The fact that leads to it."""

    def blocked(self, proposal: Proposal, answer: Blocked, before: Referral | None) -> ReferralBlocked:
        """The event that says that it waits, and until when somebody is to ask. ``before``: if it was proposed."""
        asking = self._asking(proposal, answer, before)
        from_now = asking is None or asking.start == self.now or answer.reason is ASKED_LATER
        return ReferralBlocked(
            agency=proposal.agency,
            urgency=proposal.urgency,
            shelter=self.file.shelter,
            reason=answer.reason,
            tell_coordinator=answer.tell_coordinator,
            until=answer.until,
            uncovered=answer.uncovered,
            ask_by=None if asking is None else asking.ask_by,
            asking_counts="every_hour" if asking is None else asking.counts,
            asking_since=None if from_now or asking is None else asking.start,
        )

    def _asking(self, proposal: Proposal, answer: Blocked, before: Referral | None) -> TimeToAsk | None:
        """``None``: nobody is to ask, because the person said no, or because another clock runs."""
        if answer.reason is ASKED_LATER:
            assert answer.until is not None  # noqa: S101 - it is the reason
            start = answer.until
        elif answer.reason in TO_BE_ASKED:
            start = self.now
        else:
            return None
        new = self._time(proposal.urgency, start)
        old = None if before is None else _asking_of(before)
        if old is None or self._was_asked(proposal.agency):
            return new
        if answer.reason is ASKED_LATER and answer.until != old.start:
            return new
        is_as_before = self._time(proposal.urgency, old.start) == old  # neither the class nor the departure changed
        return old if is_as_before or new.last >= old.last else new

    def _time(self, urgency: Urgency, start: datetime) -> TimeToAsk:
        answers, occurred_at = self.file.answers.get("screening", {}), self.file.answered_at
        return time_to_ask(self.clocks, urgency, answers, occurred_at=occurred_at, start=start)

    def _was_asked(self, agency: Agency) -> bool:
        """Whether somebody who may decide was asked just now, whatever they answered."""
        event = self.cause.event if isinstance(self.cause, Recorded) else None
        if not isinstance(event, ConsentRecorded) or event.consent.recipient is not agency:
            return False
        asked = event.consent.decision is not ConsentDecision.NOT_ASKED
        return asked and may_decide(event.consent.given_by, self.assessment, self.file.answers)


def is_known(referral: Referral, blocked: ReferralBlocked) -> bool:
    """Whether the referral waits already for just that, and until then."""
    after = referral.after
    return referral.state is ReferralState.BLOCKED_CONSENT and (
        (referral.reason, after.ask_by, after.asking_counts, after.wait_until, set(after.uncovered))
        == (blocked.reason, blocked.ask_by, blocked.asking_counts, blocked.until, {*blocked.uncovered})
    )


def was_told_of(blocked: ReferralBlocked, before: Referral, history: Sequence[Recorded[Event]]) -> bool:
    """Whether the coordinator knows that an agency is excluded for this child, as urgent as it is now."""
    told = any(
        isinstance(fact.event, ReferralEscalated)
        and fact.event.rung == WITHHELD_FROM_CHILD
        and fact.event.urgency <= blocked.urgency
        for fact in history
    )
    return told and before.reason is blocked.reason


def withheld_from_child(blocked: ReferralBlocked, now: datetime) -> ReferralEscalated:
    """The coordinator is told at once that an agency was excluded for a child."""
    return _at_once(blocked.agency, blocked.shelter, blocked.urgency, WITHHELD_FROM_CHILD, now)


def pressing_not_covered(
    referral: Referral, proposal: Proposal, history: Sequence[Recorded[Event]], now: datetime
) -> ReferralEscalated | None:
    """The step that says that the consent does not cover what presses, so that no agency learns of it.

    ``None``: it covers that, or as much was told before.
    """
    pressing = [
        one.urgency
        for one in proposal.grounds
        if one.rule in referral.after.uncovered and one.urgency in PRESSING and referral.sent and not referral.waits
    ]
    if not pressing:
        return None
    told = [one.event for one in history if isinstance(one.event, ReferralEscalated) and one.event.rung == NOT_COVERED]
    urgency = min(pressing)
    if any(one.urgency <= urgency for one in told):
        return None
    return _at_once(referral.agency, referral.shelter, urgency, NOT_COVERED, now)


def nothing_was_sent(
    histories: Iterable[Sequence[Recorded[Event]]], now: datetime
) -> tuple[Referral, ReferralEscalated] | None:
    """The step that says that nothing of a pressing case could be sent for want of a decision, and of which referral.

    ``histories``: the case's referrals. ``None``: something was sent, a person said no or wants time, or it was told.
    A report about staff helps nobody, and the shelter must not learn of it.
    """
    found = [(referral, one) for one in histories if (referral := fold(one)) and referral.agency is not Agency.PEAS]
    if any(_somebody_has(referral) for referral, _ in found):
        return None
    waiting = [
        referral
        for referral, _ in found
        if referral.state is ReferralState.BLOCKED_CONSENT
        and referral.reason in TO_BE_ASKED
        and referral.urgency in PRESSING
    ]
    if not waiting:
        return None
    first = min(waiting, key=lambda one: (one.urgency, one.agency))
    if _was_told([fact for _, history in found for fact in history], first.urgency):
        return None
    return first, _at_once(first.agency, first.shelter, first.urgency, NOTHING_SENT, now)


def _somebody_has(referral: Referral) -> bool:
    """Whether an agency has it and may read it: not one that waits again, whose consent ran out or that declined."""
    left = referral.waits or referral.state is ReferralState.DECLINED or referral.after.lapsed_at is not None
    return referral.sent and referral.state in OPEN and not left


def _was_told(facts: Sequence[Recorded[Event]], urgency: Urgency) -> bool:
    """Whether it was told when the case was as urgent as now, and nothing was sent since."""
    told = [
        fact
        for fact in facts
        if isinstance(fact.event, ReferralEscalated)
        and fact.event.rung == NOTHING_SENT
        and fact.event.urgency <= urgency
    ]
    if not told:
        return False
    last = max(fact.recorded_at for fact in told)
    return not any(isinstance(fact.event, ReferralRequested) and fact.recorded_at > last for fact in facts)


def _at_once(agency: Agency, shelter: str, urgency: Urgency, rung: str, now: datetime) -> ReferralEscalated:
    return ReferralEscalated(
        agency=agency,
        shelter=shelter,
        urgency=urgency,
        clock=ReferralClock.WAITING,
        rung=rung,
        whom=AT_ONCE[rung],
        deadline=now,
    )


def _asking_of(referral: Referral) -> TimeToAsk | None:
    """The time to ask that runs; ``None``: none does."""
    after = referral.after
    if referral.state is not ReferralState.BLOCKED_CONSENT or after.ask_by is None:
        return None
    start = after.asking_since or after.wait_until or referral.since
    return TimeToAsk(start, after.ask_by, after.asking_counts)
