"""The deadlines of a referral whose case changed after it was sent: never later than they were (domain.md §6)."""

from dataclasses import dataclass
from datetime import datetime

from events.referral import Deadlines
from events.referral_states import CHANGEABLE, UNDECIDED
from events.vocabulary import ReferralState, Urgency
from services.referral.assessment import Policies
from services.referral.case_file.domain import CaseFile
from services.referral.deadlines.pauses import shifted_by_pause
from services.referral.deadlines.ports import Hours
from services.referral.lifecycle.changes import Change
from services.referral.lifecycle.domain import Referral

SERVE_RUNS = frozenset({ReferralState.ACCEPTED, ReferralState.SCHEDULED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Rescheduling:
    """The case as it is now, to set the deadlines of one of its referrals again."""

    file: CaseFile
    policies: Policies
    now: datetime

    def hours(self, urgency: Urgency, desk: str | None) -> Hours:
        """The hours that a class counts at a desk."""
        return self.policies.counted_hours.hours(urgency, desk)

    def seen_by(self, referral: Referral, urgency: Urgency, hours: Hours) -> datetime | None:
        """Until when the desk is to say that it has seen a change; ``None``: it has not answered, or has declined."""
        return self.policies.clocks.seen_by(urgency, self.now, hours) if referral.state in CHANGEABLE else None

    def earlier(self, referral: Referral, change: Change, hours: Hours) -> Deadlines | None:
        """The earlier ones of those that run and of the new class's; ``None``: they do not change."""
        running = self._running(referral)
        if running is None or referral.state not in UNDECIDED | SERVE_RUNS:
            return None
        new = self.policies.clocks.deadlines(
            change.urgency,
            change.categories,
            self.file.answers.get("screening", {}),
            occurred_at=self.file.answered_at,
            sent_at=self.now,
            hours=hours,
        )
        if referral.state in SERVE_RUNS:
            earlier = running.model_copy(update={"serve_by": min(running.serve_by, new.serve_by)})
        else:
            earlier = self.policies.clocks.earlier(running, new, change.urgency, hours)
        return None if earlier == running else earlier

    def after_departure(self, referral: Referral) -> Deadlines | None:
        """New ones of an undecided referral after a changed departure; ``None``: they do not change."""
        before, sent = referral.deadlines, referral.clocks_from
        if before is None or sent is None or referral.state not in UNDECIDED or not self.file.departure_changed:
            return None
        again = self.policies.clocks.again(
            referral.urgency,
            referral.categories,
            self.file.answers.get("screening", {}),
            occurred_at=self.file.answered_at,
            sent_at=sent,
            now=self.now,
            hours=self.hours(referral.urgency, referral.desk),  # those of the desk that it was sent to
        )
        # The acknowledgement deadline follows the class alone: one that has passed stays passed.
        again = again.model_copy(update={"acknowledge_by": min(before.acknowledge_by, again.decide_by)})
        return None if again == before else again

    def _running(self, referral: Referral) -> Deadlines | None:
        """Its deadlines, the decision's later by the pause that it had or has."""
        found = referral.deadlines
        if found is None or not referral.asked:
            return found
        decide_by = shifted_by_pause(
            found.decide_by,
            found,
            self.hours(referral.urgency, referral.desk),
            clocks_from=referral.clocks_from,
            asked_at=referral.asked_at,
            answered_at=referral.answered_at,
        )
        return found.model_copy(update={"decide_by": decide_by, "decide_by_if_asked": None})
