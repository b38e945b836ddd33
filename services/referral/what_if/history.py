"""What happened to a case, as far as a replay needs it: when the rules decided, and what people then did. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from events.continuity import WithdrawalChecked
from events.contract import Event, Recorded
from events.intake import AnswersAmended, CaseOpened, ConsentRecorded, ConsentWithdrawn
from events.referral import (
    CaseAssessed,
    ContactLost,
    EnteredInError,
    InfoRequested,
    InfoSupplied,
    ReferralAccepted,
    ReferralAcknowledged,
    ReferralCancelled,
    ReferralDeclined,
    ReferralFailed,
    ReferralFrozen,
    ReferralProposed,
    ReferralRequested,
    ReferralRerouted,
    ReferralUnfrozen,
    ReferralWithdrawn,
    ServiceDelivered,
    ServiceStarted,
)
from events.vocabulary import Agency, SendingBasis
from services.referral.case_file.domain import CaseFile, read_case
from services.referral.routing.domain import Assessment

RUN_THE_RULES = (CaseOpened, AnswersAmended)
"""Facts on which the rules are run, and may name further agencies."""
DECIDE = (*RUN_THE_RULES, ConsentRecorded, ConsentWithdrawn, WithdrawalChecked)
"""Facts on which it is decided whether what waits may be sent."""
BY_PEOPLE = frozenset(
    {
        SendingBasis.IMMINENT_DANGER_TO_LIFE,
        SendingBasis.CHILD_BEST_INTERESTS,
        SendingBasis.CANNOT_CONSENT,
    }
)
"""Grounds of break-glass: a person sent it, and no rule."""

_SEEN = {one.NAME for one in (ReferralAcknowledged, InfoRequested, ReferralAccepted, ReferralDeclined)}
_DECIDED = {ReferralAccepted.NAME, ReferralDeclined.NAME}
_SERVED = {ServiceStarted.NAME, ServiceDelivered.NAME, ReferralFailed.NAME}
_ENDED = {one.NAME for one in (ReferralCancelled, ReferralWithdrawn, ContactLost, EnteredInError, ReferralFailed)}
MOMENTS = frozenset({ReferralFrozen.NAME, ReferralUnfrozen.NAME, InfoSupplied.NAME, ReferralRerouted.NAME}) | {
    *_SEEN,
    *_SERVED,
    *_ENDED,
}
"""Events of which only the moment is needed."""
WHOLE = frozenset({CaseAssessed.NAME, ReferralProposed.NAME, ReferralRequested.NAME})


@dataclass(frozen=True, slots=True)
class Noted:
    """One event of a referral; ``fact`` of those that are read whole."""

    stream: UUID
    name: str
    at: datetime
    fact: Recorded[Any] | None = None


@dataclass(slots=True)
class Asked:
    """What happened to an agency's first referral of a case, from its own stream."""

    proposed: Recorded[ReferralProposed] | None = None
    requested: Recorded[ReferralRequested] | None = None
    """The first time that it was sent."""
    seen_at: datetime | None = None
    asked_at: datetime | None = None
    answered_at: datetime | None = None
    decided_at: datetime | None = None
    accepted: bool = False
    served_at: datetime | None = None
    ended_at: datetime | None = None
    cut_off_at: datetime | None = None
    """When it was sent on without an answer: how long its desk would have taken nobody knows."""
    frozen_at: datetime | None = None
    stood: timedelta = timedelta(0)
    """How long a withdrawal that waited to be checked stopped its clocks."""

    @property
    def sent_at(self) -> datetime | None:
        """When it was first sent."""
        return None if self.requested is None else self.requested.recorded_at

    @property
    def by_people(self) -> bool:
        """Whether a person sent it, by an exceptional access."""
        return self.requested is not None and self.requested.event.basis in BY_PEOPLE

    def note(self, one: Noted) -> None:
        """Takes one more event of its stream; the first of a kind counts."""
        if one.fact is not None:
            self._whole(one.fact)
            return
        if self.requested is None:
            return
        if one.name in _SEEN:
            self.seen_at = self.seen_at or one.at
        if one.name in _DECIDED and self.decided_at is None:
            self.decided_at, self.accepted = one.at, one.name == ReferralAccepted.NAME
        if one.name in _SERVED:
            self.served_at = self.served_at or one.at
        if one.name in _ENDED:
            self.ended_at = self.ended_at or one.at
        self._of_the_clocks(one)

    def _of_the_clocks(self, one: Noted) -> None:
        if one.name == InfoRequested.NAME:
            self.asked_at = self.asked_at or one.at
        elif one.name == InfoSupplied.NAME:
            self.answered_at = self.answered_at or one.at
        elif one.name == ReferralFrozen.NAME:
            self.frozen_at = self.frozen_at or one.at
        elif one.name == ReferralUnfrozen.NAME and self.frozen_at is not None and self.stood == timedelta(0):
            self.stood = one.at - self.frozen_at
        elif one.name == ReferralRerouted.NAME and self.decided_at is None:
            self.cut_off_at = self.cut_off_at or one.at

    def _whole(self, fact: Recorded[Any]) -> None:
        if isinstance(fact.event, ReferralProposed):
            self.proposed = self.proposed or fact
        elif isinstance(fact.event, ReferralRequested):
            self.requested = self.requested or fact


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment at which the rules decided: the fact that led to it, and the case as it was then."""

    fact: Recorded[Event]
    file: CaseFile
    at: datetime
    """When the service decided."""
    assessed: Recorded[CaseAssessed] | None = None
    """What the rules made of it, where they were run."""
    assessments: dict[str, Assessment] = field(default_factory=dict)
    """Assessments made for this replay, by rule set."""

    @property
    def runs_the_rules(self) -> bool:
        """Whether the rules were run, or only what waits was decided about."""
        return isinstance(self.fact.event, RUN_THE_RULES)


@dataclass(frozen=True, slots=True)
class CaseHistory:
    """One case: the moments, and what happened to each agency's first referral."""

    moments: Sequence[Moment]
    asked: Mapping[Agency, Asked]


def moments_of(
    facts: Sequence[Recorded[Event]], assessed: Sequence[Recorded[CaseAssessed]], keys: Mapping[UUID, bytes]
) -> Iterator[Moment] | None:
    """The moments of a case in the order of its log; ``None`` if its answers cannot be opened any more."""
    by_cause = {one.cause: one for one in assessed}
    found = []
    for number, fact in enumerate(facts, start=1):
        if not isinstance(fact.event, DECIDE):
            continue
        file = read_case(facts[:number], keys)
        if file is None:
            return None
        then = by_cause.get(fact.id)
        found.append(Moment(fact, file, fact.recorded_at if then is None else then.recorded_at, then))
    return iter(found) if found else None
