"""What changed since the desk last acted, in kinds; which answers, the disclosure says. Pure."""

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from events.referral import DisclosureRenewed, ReferralFact, ReferralReassessed
from events.vocabulary import RenewalReason
from services.referral.lifecycle.after_sending import SEEN_BY
from services.referral.lifecycle.domain import Referral, evolve
from services.referral.timeline.domain import History


class ChangeKind(StrEnum):
    """What kind of thing changed."""

    MORE_URGENT = "more_urgent"
    NEW_CATEGORY = "new_category"
    NEW_HARM = "new_harm"
    CORRECTED = "corrected"
    CONSENT = "consent"
    HANDED_OVER = "handed_over"
    OTHER = "other"


class UnseenChange(NamedTuple):
    """A change, and when it came."""

    at: datetime
    kind: ChangeKind


def unseen_changes(history: History) -> list[UnseenChange]:
    """What the desk has not said that it has seen, oldest first; a kind only once, when it came last."""
    found: dict[ChangeKind, datetime] = {}
    referral: Referral | None = None
    for fact in history:
        before, referral = referral, evolve(referral, fact)
        if isinstance(fact.event, SEEN_BY):
            found.clear()
        elif before is not None and isinstance(fact.event, ReferralFact):
            for kind in _kinds(fact.event, before, referral):
                found[kind] = fact.recorded_at
    return [UnseenChange(at, kind) for kind, at in sorted(found.items(), key=lambda one: one[1])]


def _kinds(event: ReferralFact, before: Referral, after: Referral) -> Iterator[ChangeKind]:
    """The kinds of a change that its desk is to see; none of what it was told as a new referral."""
    match event:
        case DisclosureRenewed(seen_by=datetime(), reason=reason):
            yield _RENEWED[reason]
        case ReferralReassessed(seen_by=datetime()):
            kinds = [
                (after.urgency < before.urgency, ChangeKind.MORE_URGENT),
                (not set(after.told_categories) <= set(before.told_categories), ChangeKind.NEW_CATEGORY),
                (event.new_harm, ChangeKind.NEW_HARM),
            ]
            found = [kind for is_so, kind in kinds if is_so]
            yield from found or [ChangeKind.OTHER]


_RENEWED = {
    RenewalReason.CORRECTED: ChangeKind.CORRECTED,
    RenewalReason.CONSENT: ChangeKind.CONSENT,
    RenewalReason.HANDED_OVER: ChangeKind.HANDED_OVER,
}
