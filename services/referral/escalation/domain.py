"""Decides which escalation steps of a referral are due, and when the next one is.

Pure: takes the referral's state, the policy and the time. A step fires once per deadline; a new deadline, set because
the referral became more urgent, starts its path again.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID

from events.referral import LoopClosed, ReferralEscalated, ReferralExpired, ReferralFact
from events.referral_states import UNDECIDED
from events.vocabulary import Agency, BlockReason, Confirmation, Duty, ReferralClock, ReferralState
from services.chassis.ids import uuid5
from services.referral.escalation.moments import moment_of, next_occurrence, occurrence_after
from services.referral.escalation.policy import EscalationPolicy, EscalationStep
from services.referral.escalation.state import EscalationState
from services.referral.lifecycle.domain import FiredStep, Referral

S = ReferralState
_NOT_ENOUGH = frozenset({ReferralClock.CONSENT, ReferralClock.CORRECTION})
"""Clocks that do not ask anybody to act on the referral: a step left of theirs is no reason not to follow it up."""
_WITH_NO_DESK = frozenset({S.PROPOSED, S.BLOCKED_CONSENT, S.IN_SERVICE, S.DELIVERED})


@dataclass(frozen=True, slots=True)
class DueStep:
    """A step that has not fired yet: when it is due, and for which deadline."""

    at: datetime
    clock: ReferralClock
    step: EscalationStep
    deadline: datetime

    def caught_up(self, now: datetime) -> "DueStep":
        """The last occurrence by ``now`` of a repeated step: after an outage it fires once, not for each it missed."""
        if not self.step.is_repeated:
            return self
        at = self.at
        while (later := occurrence_after(at, self.step)) <= now:
            at = later
        return replace(self, at=at, deadline=at)

    def command(self, referral: UUID) -> UUID:
        """The command id of firing this step; the same in every process, so that the step fires once."""
        return uuid5(referral, f"{self.clock}/{self.step.name}/{self.deadline.astimezone(UTC).isoformat()}")

    def asks_for_a_child(self, referral: Referral) -> bool:
        """Whether it asks for the decision about a child for whom nobody present may decide."""
        asks = self.clock is ReferralClock.WAITING and Duty.SHELTER in self.step.targets
        return asks and referral.reason is BlockReason.NEEDS_REPRESENTATIVE

    def to_events(
        self, referral: Referral, policy: EscalationPolicy, *, representative: Agency | None = None
    ) -> list[ReferralFact]:
        """The facts recorded when the step fires, but for what becomes of a consent that ran out: see ``expiry``.

        ``representative``: the agency that has the case of a child without anybody, and is asked instead of the
        shelter; ``None``: none has it, and the coordinator is. Never the guardian, whose word is void.
        """
        whose = {"agency": referral.agency, "shelter": referral.shelter}
        facts: list[ReferralFact] = []
        if self.step.then == "expire" and referral.state in UNDECIDED:
            facts.append(ReferralExpired(**whose, deadline=self.deadline))
        if self.step.then == "close":
            facts.append(LoopClosed(**whose, confirmation=Confirmation.UNCONFIRMED))
        whom, asked = self.step.targets, None
        if Duty.FALLBACK in whom:
            asked = policy.asked_for(referral.agency)
        elif self.asks_for_a_child(referral):
            whom = (Duty.COORDINATOR,) if representative is None else (Duty.REPRESENTATIVE,)
            asked = representative
        if whom:
            facts.append(
                ReferralEscalated(
                    **whose,
                    urgency=referral.urgency,
                    clock=self.clock,
                    rung=self.step.name,
                    whom=whom,
                    deadline=self.deadline,
                    asked=asked,
                )
            )
        return facts


def pending_steps(snapshot: EscalationState, policy: EscalationPolicy) -> list[DueStep]:
    """Every step of the running clocks that has not fired, by due time; ties in the order of the file."""
    return sorted(_pending(snapshot, policy), key=lambda step: step.at)


def due_steps(snapshot: EscalationState, policy: EscalationPolicy, now: datetime) -> list[DueStep]:
    """The steps due by ``now``, the longest overdue first."""
    return [one.caught_up(now) for one in pending_steps(snapshot, policy) if one.at <= now]


def next_due_at(snapshot: EscalationState, policy: EscalationPolicy) -> datetime | None:
    """When the next step is due if nobody acts; ``None`` if no step is left."""
    return min((one.at for one in _pending(snapshot, policy)), default=None)


def _pending(snapshot: EscalationState, policy: EscalationPolicy) -> Iterator[DueStep]:
    somebody_is_asked, last = False, snapshot.since
    for path in policy.of(snapshot.urgency):
        if path.clock is ReferralClock.FOLLOW_UP or not snapshot.runs(path.clock):
            continue
        for step in path.steps:
            one = _effective(snapshot, path.clock, step, policy)
            if one is None:
                continue
            if _has_fired(snapshot, one):
                last = max(last, one.at)
                continue
            somebody_is_asked = somebody_is_asked or path.clock not in _NOT_ENOUGH
            yield one
    yield from _follow_up(snapshot, policy, last, somebody_is_asked=somebody_is_asked)


def _follow_up(
    snapshot: EscalationState, policy: EscalationPolicy, last: datetime, *, somebody_is_asked: bool
) -> Iterator[DueStep]:
    """The steps that are repeated after the last of all others.

    No open referral is without a clock (domain.md §6); one that waits only because of a person's own no is.
    """
    kind = "with_a_desk" if snapshot.state not in _WITH_NO_DESK else None
    if snapshot.state is S.IN_SERVICE:
        kind = "in_service"
    elif snapshot.state is S.BLOCKED_CONSENT and (snapshot.after.ask_by or snapshot.after.frozen_at):
        kind = "waiting"
    if kind is None or not snapshot.runs(ReferralClock.FOLLOW_UP) or (somebody_is_asked and kind != "in_service"):
        return
    for path in policy.of(snapshot.urgency):
        for step in path.steps:
            if path.clock is ReferralClock.FOLLOW_UP and step.only == kind:
                at = next_occurrence(snapshot, path.clock, step, last)
                yield DueStep(at, path.clock, step, at)


def _has_fired(snapshot: EscalationState, one: DueStep) -> bool:
    fired = snapshot.fired_steps
    return bool(fired) and FiredStep(one.clock, one.step.name, one.deadline) in fired


def _effective(
    snapshot: EscalationState, clock: ReferralClock, step: EscalationStep, policy: EscalationPolicy
) -> DueStep | None:
    usual = _due_step(snapshot, clock, step)
    if usual is None or snapshot.caravan is None or usual.at <= snapshot.caravan:
        return usual
    moved = policy.moved(clock, snapshot.urgency, step.name)
    return usual if moved is None else _due_step(snapshot, clock, moved)


def _due_step(snapshot: EscalationState, clock: ReferralClock, step: EscalationStep) -> DueStep | None:
    moment = moment_of(snapshot, clock, step)
    return None if moment is None else DueStep(moment.at, clock, step, moment.deadline)
