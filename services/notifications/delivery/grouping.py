"""Whether alerts due to one contact are sent separately, in one message, or later. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from events.vocabulary import AlertAbout
from services.notifications.delivery.policy import Bursts

_REFERRALS = frozenset({AlertAbout.REFERRAL})
_ALONE = frozenset(
    {
        AlertAbout.SILENCE,
        AlertAbout.ACCESS,
        AlertAbout.NOT_ROUTED,
        AlertAbout.DELIVERY,
        AlertAbout.MISUSE,
        AlertAbout.RULES,
        AlertAbout.SECURITY,
    }
)
_OTHERS = frozenset(AlertAbout) - _REFERRALS - _ALONE


def grouped_with(about: AlertAbout) -> frozenset[AlertAbout]:
    """What one message may tell of together with this: pending referrals, or other news; empty: it is told alone."""
    return next((group for group in (_REFERRALS, _OTHERS) if about in group), frozenset())


@dataclass(frozen=True, slots=True)
class SendSeparately:
    """One message for each alert."""


@dataclass(frozen=True, slots=True)
class SendGrouped:
    """One message for all of them."""


@dataclass(frozen=True, slots=True)
class Postpone:
    """No message before this moment."""

    until: datetime


def grouping(
    due: int, sent: Sequence[datetime], now: datetime, bursts: Bursts
) -> SendSeparately | SendGrouped | Postpone:
    """How to send ``due`` alerts so that the contact gets at most ``bursts.most`` messages within the window.

    ``sent`` are the moments of the contact's last messages, in any order.
    """
    recent = sorted((at for at in sent if at > now - bursts.within), reverse=True)
    free = bursts.most - len(recent)
    if due <= free:
        return SendSeparately()
    if free > 0:
        return SendGrouped()
    return Postpone(recent[bursts.most - 1] + bursts.within)
