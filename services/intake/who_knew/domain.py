"""Who was told of a person, and who read, as their shelter may say it aloud. Pure.

Only of referrals that the shelter is shown, so of nobody who investigates its staff (ADR 0027); days and purposes,
never a category, an answer, a person of the staff, or another shelter.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from events.continuity import AnswersRead, HandedOver
from events.contract import Event, Recorded
from events.intake import CaseOpened, IdentityRead
from events.referral import (
    ConsentLapsed,
    DisclosureRead,
    DisclosureRenewed,
    ReferralBlocked,
    ReferralFrozen,
    ReferralRequested,
    ReferralUnfrozen,
)
from events.referral_states import CLOSED
from events.vocabulary import Agency, ReadPurpose, SendingBasis
from services.chassis.authorization.policy import EVERYWHERE
from services.chassis.clock import MEXICO
from services.intake.case_status.schemas import CaseAccess, CaseReferral

History = Sequence[Recorded[Event]]
NO_CONSENT_NEEDED = frozenset({SendingBasis.NOT_PERSONAL, SendingBasis.MANDATORY_REPORT})
"""Bases that a withdrawal which waits to be checked does not touch (ADR 0016)."""
ANSWERS = "case.who_knew.answers"
"""The shelter's own reading of the answers, which has no other purpose than to go on with the case."""


@dataclass(frozen=True, slots=True)
class Read:
    """Somebody of an organisation read, on the day of a moment; ``what_for`` is the end of its text's key."""

    at: datetime
    what_for: str


@dataclass(slots=True)
class Knower:
    """An organisation that was told, or read."""

    code: str
    """An agency, the shelter itself, or ``*``: the programme's coordination."""
    told_at: datetime | None = None
    """When it was first told; of the shelter itself, when it registered or received the person."""
    reads: list[Read] = field(default_factory=list)
    opened_at: list[datetime] = field(default_factory=list)
    """When it opened the data in an emergency, without having been told."""
    may_still_read: bool = False
    """Whether it can read now; not while a withdrawal waits to be checked, nor after the consent ran out."""

    @property
    def days(self) -> Mapping[str, list[datetime]]:
        """The moments of reading by what for; one for each day of Mexico City is enough to say."""
        found: dict[str, dict[date, datetime]] = {}
        for one in self.reads:
            found.setdefault(one.what_for, {}).setdefault(one.at.astimezone(MEXICO).date(), one.at)
        return {what_for: list(days.values()) for what_for, days in found.items()}


def knowers(
    holder: str,
    case: History,
    own_reads: Iterable[Recorded[Event]],
    referrals: Iterable[tuple[CaseReferral, History, History]],
    accesses: Iterable[CaseAccess],
) -> list[Knower]:
    """The shelter itself first, then the agencies in the order in which they were told, the coordination last.

    ``referrals``: those that the shelter is shown, each with its history and with what was read of it.
    """
    found = {holder: Knower(holder, told_at=_since(case, holder), may_still_read=True)}
    begin = found[holder].told_at
    for fact in own_reads:
        if begin is not None and fact.recorded_at >= begin:
            found[holder].reads += _own(fact)
    for shown, history, reads in referrals:
        if shown.agency is Agency.PEAS:
            continue
        told = _told_at(history)
        if told is not None:
            one = found.setdefault(shown.agency, Knower(shown.agency))
            one.told_at = told if one.told_at is None else min(one.told_at, told)
            one.may_still_read = one.may_still_read or (shown.state not in CLOSED and _may_read(history))
        for fact in reads:
            _add_read(found, fact, holder, shown.referral_id, begin)
    for access in accesses:
        if access.agency is not Agency.PEAS and access.opened_for != Agency.PEAS:
            found.setdefault(access.opened_for, Knower(access.opened_for)).opened_at.append(access.opened_at)
    return sorted(found.values(), key=lambda one: (_place(one.code, holder), _first(one), one.code))


def _since(case: History, holder: str) -> datetime | None:
    """When the shelter registered or received the person, the last time."""
    found = None
    for fact in case:
        match fact.event:
            case CaseOpened(shelter=shelter) | HandedOver(to_shelter=shelter) if shelter == holder:
                found = fact.recorded_at
    return found


def _told_at(history: History) -> datetime | None:
    """When the agency was first told; ``None``: it was not."""
    told = (fact.recorded_at for fact in history if isinstance(fact.event, ReferralRequested | DisclosureRenewed))
    return min(told, default=None)


def _may_read(history: History) -> bool:
    """Whether an agency can read what it was told in a referral that is open."""
    told, frozen, basis = False, False, None
    for fact in history:
        match fact.event:
            case ReferralRequested() | DisclosureRenewed() as event:
                told, basis = True, event.basis
            case ReferralBlocked() | ConsentLapsed():
                told = False
            case ReferralFrozen():
                frozen = True
            case ReferralUnfrozen():
                frozen = False
            case _:
                pass
    return told and (not frozen or basis in NO_CONSENT_NEEDED)


def _own(fact: Recorded[Event]) -> list[Read]:
    match fact.event:
        case IdentityRead() as event:
            return [Read(fact.recorded_at, f"identity_purpose.{event.purpose}")]
        case AnswersRead():
            return [Read(fact.recorded_at, ANSWERS)]
        case _:
            return []


def _add_read(
    found: dict[str, Knower], fact: Recorded[Event], holder: str, referral: UUID, begin: datetime | None
) -> None:
    """Adds a reading of a referral: an agency's, the coordination's, or the shelter's own since it has the case."""
    event = fact.event
    if not isinstance(event, DisclosureRead) or event.referral != referral or event.reader == Agency.PEAS:
        return
    of_the_shelter = event.reader == holder and begin is not None and fact.recorded_at >= begin
    if of_the_shelter or event.reader in set(Agency) or event.reader == EVERYWHERE:
        what_for = f"read_for.{ReadPurpose(event.purpose)}"
        found.setdefault(event.reader, Knower(event.reader)).reads.append(Read(fact.recorded_at, what_for))


def _place(code: str, holder: str) -> int:
    return 0 if code == holder else 2 if code == EVERYWHERE else 1


def _first(one: Knower) -> datetime:
    moments = [*([] if one.told_at is None else [one.told_at]), *one.opened_at, *(read.at for read in one.reads)]
    return min(moments)
