"""What is remembered of a referral besides its state: what waits, changed, froze, runs out, was asked (domain.md §6).

The fold and the read model's ``after_sending`` column hold the same values: both apply ``changes_by``.
"""

from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from events.referral import (
    ChangeSeen,
    ConsentLapsed,
    ContactLost,
    ContestSettled,
    ContestVoted,
    DisclosureRenewed,
    HelpOffered,
    HelpUnavailable,
    InfoRequested,
    ReferralAccepted,
    ReferralAcknowledged,
    ReferralBlocked,
    ReferralDeclined,
    ReferralEscalated,
    ReferralFact,
    ReferralFailed,
    ReferralFrozen,
    ReferralHandedOver,
    ReferralProposed,
    ReferralReassessed,
    ReferralRequested,
    ReferralUnfrozen,
    ServiceDelivered,
    ServiceScheduled,
    ServiceStarted,
    WithdrawalContested,
)
from events.referral_states import TO_BE_ASKED
from events.vocabulary import Agency, ContestDecision, ContestReason, ReferralClock, RiskCategory

DEPENDING = (ReferralReassessed, DisclosureRenewed, ReferralEscalated, HelpOffered, HelpUnavailable)
"""Events whose changes depend on what was remembered before."""

SEEN_BY: tuple[type[ReferralFact], ...] = (
    ChangeSeen,
    ReferralAcknowledged,
    InfoRequested,
    ReferralAccepted,
    ReferralDeclined,
    ServiceScheduled,
    ServiceStarted,
    ServiceDelivered,
    ReferralFailed,
    ContactLost,
)
"""Steps of the desk: whoever takes one has seen what changed."""


class AfterSending(BaseModel):
    """What is remembered of one referral; ``None`` and empty values say that there is nothing of the kind."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    ask_by: datetime | None = None
    """While it waits for a decision: the first deadline to ask for it."""
    asking_counts: Literal["every_hour", "working_days"] = "every_hour"
    asking_since: datetime | None = None
    """From when that time runs; ``None``: since it came to wait, or from ``wait_until``."""
    wait_until: datetime | None = None
    """The person was asked and decides later: until when."""
    uncovered: tuple[RiskCategory, ...] = ()
    """Categories that the consent's purpose does not cover; no agency learns of them."""
    unseen_since: datetime | None = None
    """When something changed that the desk has not seen; ``None``: it has seen everything."""
    unseen_by: datetime | None = None
    """Until when the desk is to say that it has seen it."""
    unseen_is_urgent: bool = False
    """Whether it became more urgent, or more came to it; otherwise an answer was corrected."""
    raised_at: datetime | None = None
    """When it last became more urgent, or more came to it, after it was sent."""
    basis_until: datetime | None = None
    """When the consent that it rests on runs out."""
    lapsed_at: datetime | None = None
    """When that consent had run out; the agency keeps the referral and reads nothing."""
    renew_by: datetime | None = None
    frozen_at: datetime | None = None
    """A withdrawal made with the slip waits for somebody to check it since then."""
    check_by: datetime | None = None
    contest: ContestReason | None = None
    """Why two people must decide whether it ends."""
    contested_at: datetime | None = None
    vote: ContestDecision | None = None
    """What the first of them decided."""
    voted_by: str | None = None
    """The first one's actor."""
    asked: tuple[Agency, ...] = ()
    """The agencies that were asked in the desk's stead."""
    offered: tuple[Agency, ...] = ()
    unavailable: tuple[Agency, ...] = ()
    known_categories: tuple[RiskCategory, ...] | None = None
    """The categories that the present shelter was let know; ``None``: all."""


NOTHING = AfterSending()
TO_ASK_BEFORE = timedelta(days=1)
_NOT_WAITING: dict[str, Any] = {"ask_by": None, "asking_since": None, "wait_until": None}
_SEEN: dict[str, Any] = {"unseen_since": None, "unseen_by": None, "unseen_is_urgent": False}
_NOT_LAPSED: dict[str, Any] = {"lapsed_at": None, "renew_by": None}
_NOT_CONTESTED: dict[str, Any] = {"contest": None, "contested_at": None, "vote": None, "voted_by": None}


def changes_by(  # noqa: C901, PLR0911, PLR0912 - a table: one case for each kind of event
    event: ReferralFact, at: datetime, actor: str, before: AfterSending
) -> dict[str, Any]:
    """The values that an event recorded at ``at`` changes, by name."""
    match event:
        case ReferralProposed(known_categories=tuple() as known):
            return {"known_categories": known}
        case ReferralBlocked():
            return {
                "ask_by": _ask_by(event, at),
                "asking_counts": event.asking_counts,
                "asking_since": event.asking_since,
                "wait_until": event.until,
                "uncovered": event.uncovered,
                "basis_until": None,
                **_SEEN,
                **_NOT_LAPSED,
            }
        case ReferralRequested():
            return {"basis_until": event.basis_until, "uncovered": event.uncovered, **_NOT_WAITING, **_NOT_LAPSED}
        case ReferralReassessed():
            changes: dict[str, Any] = {"uncovered": event.uncovered}
            changes |= {} if event.known_categories is None else {"known_categories": event.known_categories}
            changes |= {} if event.disclosure is None else {"raised_at": at}  # nothing else seals one with it
            return changes if event.seen_by is None else changes | _unseen(before, at, event.seen_by, urgent=True)
        case DisclosureRenewed():
            changes = {"basis_until": event.basis_until, "uncovered": event.uncovered, **_NOT_LAPSED}
            return changes if event.seen_by is None else changes | _unseen(before, at, event.seen_by, urgent=False)
        case ReferralEscalated():
            # A child's representative is asked for a decision, not in the desk's stead.
            instead = event.clock is not ReferralClock.WAITING
            new = instead and event.asked is not None and event.asked not in before.asked
            return {"asked": (*before.asked, event.asked)} if new else {}
        case HelpOffered():
            return {
                "offered": _with(before.offered, event.by),
                "unavailable": tuple(one for one in before.unavailable if one is not event.by),
            }
        case HelpUnavailable():
            return {
                "unavailable": _with(before.unavailable, event.by),
                "offered": tuple(one for one in before.offered if one is not event.by),
            }
        case ReferralFrozen():
            return {"frozen_at": at, "check_by": event.check_by}
        case ReferralUnfrozen():
            return {"frozen_at": None, "check_by": None}
        case ConsentLapsed():
            return {"lapsed_at": at, "renew_by": event.renew_by}
        case WithdrawalContested():
            return {**_NOT_CONTESTED, "contest": event.reason, "contested_at": at}
        case ContestVoted():
            return {"vote": event.decision, "voted_by": actor}
        case ContestSettled():
            return dict(_NOT_CONTESTED)
        case ReferralHandedOver():
            return {"known_categories": event.known_categories}
        case _:
            return dict(_SEEN) if isinstance(event, SEEN_BY) else {}


def _ask_by(event: ReferralBlocked, at: datetime) -> datetime | None:
    """The first deadline to ask; of what came to wait before it had a clock, a day later (migration 0013)."""
    had_no_clock = event.ask_by is None and event.reason in TO_BE_ASKED
    return at + TO_ASK_BEFORE if had_no_clock else event.ask_by


def _unseen(before: AfterSending, at: datetime, seen_by: datetime, *, urgent: bool) -> dict[str, Any]:
    """One more unseen change: the earlier deadline counts, and what is urgent stays urgent."""
    if before.unseen_by is None:
        return {"unseen_since": at, "unseen_by": seen_by, "unseen_is_urgent": urgent}
    return {
        "unseen_since": at if urgent and not before.unseen_is_urgent else before.unseen_since,
        "unseen_by": min(before.unseen_by, seen_by),
        "unseen_is_urgent": urgent or before.unseen_is_urgent,
    }


def _with(agencies: tuple[Agency, ...], one: Agency) -> tuple[Agency, ...]:
    return agencies if one in agencies else (*agencies, one)
