"""Bursts as pure time: which of the alerts that are due to one contact go by themselves, together, or in a moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.notifications.telling import Bursts


@dataclass(frozen=True, slots=True)
class Apart:
    """Each by itself."""


@dataclass(frozen=True, slots=True)
class Together:
    """All by one message."""


@dataclass(frozen=True, slots=True)
class Held:
    """None of them before this moment."""

    until: datetime


def manner(due: int, told: Sequence[datetime], now: datetime, bursts: Bursts) -> Apart | Together | Held:
    """How so many alerts that may be grouped are told, given when the contact got messages before, in any order."""
    recent = sorted((at for at in told if at > now - bursts.within), reverse=True)
    free = bursts.most - len(recent)
    if due <= free:
        return Apart()
    if free > 0:
        return Together()
    return Held(recent[bursts.most - 1] + bursts.within)
