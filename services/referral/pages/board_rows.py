"""What a row of the board says: what is to be done next, by when, and what somebody should know before."""

from dataclasses import dataclass
from datetime import datetime

from events.referral_states import CLOSED
from events.vocabulary import ReferralState
from services.referral.worklist.schemas import Referral

S = ReferralState
NEXT = ("acknowledge", "decide", "wait", "serve", "attend", "confirm", "reroute", "see", "delete", "frozen", "nothing")
"""What may be next, as the ends of its texts' keys."""


@dataclass(frozen=True, slots=True)
class Row:
    """A referral as a row. ``next``: the end of the key of what is to be done; ``by``: until when."""

    referral: Referral
    next: str
    by: datetime | None
    matches: bool = True
    """Whether the list that is shown has it."""

    @property
    def place(self) -> str:
        """Where it stands in the list, to be compared as text: by the time left; what waits for nothing is last."""
        due = self.referral.due_by
        if due is not None:
            return due.isoformat()
        return "z" if self.referral.state in CLOSED else "y"


def row_of(referral: Referral, *, matches: bool = True) -> Row:
    """The row of a referral."""
    what, by = _next(referral)
    return Row(referral, what, by, matches)


def _next(referral: Referral) -> tuple[str, datetime | None]:
    """What the desk is to do next, by when. What stands still has no time."""
    deletion, change = referral.deletion, referral.unseen_change
    if deletion is not None and deletion.confirmed_at is None:
        return "delete", deletion.due
    if referral.state in CLOSED:
        return "nothing", None
    if referral.frozen is not None:
        return "frozen", None
    what, by = _of_the_state(referral)
    if change is not None and (by is None or change.seen_by < by):
        return "see", change.seen_by
    return what, by


def _of_the_state(referral: Referral) -> tuple[str, datetime | None]:
    times = referral.deadlines
    found: dict[ReferralState, tuple[str, datetime | None]] = {
        S.REQUESTED: ("acknowledge", times.acknowledge_by),
        S.ACKNOWLEDGED: ("decide", times.decide_by),
        S.EXPIRED: ("decide", times.decide_by),
        S.INFO_REQUESTED: ("wait", None),  # the question has paused the clock
        S.ACCEPTED: ("serve", times.serve_by),
        S.SCHEDULED: ("serve", times.serve_by),
        S.IN_SERVICE: ("attend", None),
        S.DELIVERED: ("confirm", None),
        S.DECLINED: ("reroute", None),
    }
    return found.get(referral.state, ("nothing", None))
