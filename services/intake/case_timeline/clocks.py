"""The deadlines of a referral, folded from its facts, and what is awaited next and of whom. Pure.

A shelter is told them because silence is an answer, too: "UNICEF has not acknowledged it, until 14:10".
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from events.contract import Event, Recorded
from events.referral import (
    ConsentLapsed,
    Deadlines,
    DisclosureRenewed,
    InfoRequested,
    ReferralBlocked,
    ReferralFrozen,
    ReferralReassessed,
    ReferralRequested,
    ReferralUnfrozen,
)
from events.vocabulary import BlockReason, ReferralState
from services.intake.case_status.schemas import CaseReferral

S = ReferralState


class Whom(StrEnum):
    """Who is awaited."""

    SHELTER = "shelter"
    DESK = "desk"
    PERSON = "person"
    PROGRAMME = "programme"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clocks:
    """The deadlines of one referral that was sent."""

    deadlines: Deadlines | None = None
    asked: bool = False
    """Whether the desk asked the shelter something: its time to decide stood still meanwhile."""
    check_by: datetime | None = None
    """Until when a withdrawal is to be checked; while there is one, the desk's clocks stand."""
    renew_by: datetime | None = None
    """Until when a consent that ran out is to be renewed."""

    @property
    def decide_by(self) -> datetime | None:
        """Until when the desk decides, the time of its question included."""
        if self.deadlines is None:
            return None
        asked = self.deadlines.decide_by_if_asked if self.asked else None
        return asked or self.deadlines.decide_by


@dataclass(frozen=True, slots=True)
class Awaited:
    """What a referral waits for: ``what`` is the end of its text's key."""

    whom: Whom
    what: str
    by: datetime | None = None


NO_CLOCKS = Clocks()
AWAITED = (
    *("ask", "persons_no", "wants_time", "representative", "check", "renew", "sending", "acknowledge", "decide"),
    *("answer", "appointment", "serve", "in_service", "confirm", "declined", "expired", "ended"),
)
"""Everything that may be awaited."""


def clocks_of(history: Iterable[Recorded[Event]]) -> Clocks:
    """The deadlines after a referral's whole history."""
    clocks = NO_CLOCKS
    for fact in history:
        clocks = _evolve(clocks, fact.event)
    return clocks


def _evolve(clocks: Clocks, event: Event) -> Clocks:  # noqa: PLR0911 - one answer a fact
    match event:
        case ReferralRequested():
            return Clocks(deadlines=event.deadlines)
        case ReferralReassessed(deadlines=Deadlines() as deadlines):
            return replace(clocks, deadlines=deadlines)
        case InfoRequested():
            return replace(clocks, asked=True)
        case ReferralFrozen():
            return replace(clocks, check_by=event.check_by)
        case ReferralUnfrozen():
            return replace(clocks, check_by=None, deadlines=event.deadlines or clocks.deadlines)
        case ConsentLapsed():
            return replace(clocks, renew_by=event.renew_by)
        case DisclosureRenewed() | ReferralBlocked():
            return replace(clocks, renew_by=None)
        case _:
            return clocks


def awaited(referral: CaseReferral, clocks: Clocks, at: datetime) -> Awaited:
    """What comes next with a referral, as things are at a moment."""
    if referral.state is S.BLOCKED_CONSENT:
        return _of_consent(referral, at)
    if clocks.check_by is not None and referral.state in _OF_DESKS:
        return Awaited(Whom.SHELTER, "check", clocks.check_by)
    if clocks.renew_by is not None and referral.state in _OF_DESKS:
        return Awaited(Whom.SHELTER, "renew", clocks.renew_by)
    acknowledge = None if clocks.deadlines is None else clocks.deadlines.acknowledge_by
    serve = None if clocks.deadlines is None else clocks.deadlines.serve_by
    found: dict[ReferralState, Awaited] = {
        S.PROPOSED: Awaited(Whom.PROGRAMME, "sending"),
        S.REQUESTED: Awaited(Whom.DESK, "acknowledge", acknowledge),
        S.ACKNOWLEDGED: Awaited(Whom.DESK, "decide", clocks.decide_by),
        S.INFO_REQUESTED: Awaited(Whom.SHELTER, "answer", clocks.decide_by),
        S.ACCEPTED: Awaited(Whom.DESK, "appointment", serve),
        S.SCHEDULED: Awaited(Whom.DESK, "serve", serve),
        S.IN_SERVICE: Awaited(Whom.DESK, "in_service"),
        S.DELIVERED: Awaited(Whom.SHELTER, "confirm"),
        S.DECLINED: Awaited(Whom.PROGRAMME, "declined"),
        S.EXPIRED: Awaited(Whom.DESK, "expired"),
    }
    return found.get(referral.state, Awaited(Whom.NOBODY, "ended"))


_OF_DESKS = frozenset({S.REQUESTED, S.ACKNOWLEDGED, S.INFO_REQUESTED, S.ACCEPTED, S.SCHEDULED, S.IN_SERVICE, S.EXPIRED})


def _of_consent(referral: CaseReferral, at: datetime) -> Awaited:
    match referral.reason:
        case BlockReason.CONSENT_REFUSED | BlockReason.WITHHELD:
            return Awaited(Whom.NOBODY, "persons_no")
        case BlockReason.WANTS_TIME if referral.until is None or referral.until > at:
            return Awaited(Whom.PERSON, "wants_time", referral.until)
        case BlockReason.NEEDS_REPRESENTATIVE:
            return Awaited(Whom.PROGRAMME, "representative", referral.ask_by)
        case BlockReason.FROZEN:
            return Awaited(Whom.SHELTER, "check", referral.ask_by)
        case _:
            return Awaited(Whom.SHELTER, "ask", referral.ask_by)
