"""A case as it was at a moment, folded from the facts that belong to that moment. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from events.consent import ConsentReceipt
from events.continuity import HandedOver, WithdrawalChecked, WithdrawalFrozen
from events.contract import Event, Recorded
from events.intake import CaseOpened, ConsentRecorded, ConsentWithdrawn, PersonErased
from events.obligations import ObligationDone, ObligationDue
from events.referral import CaseAssessed, ReferralFact, ReferralProposed, Suppression
from events.vocabulary import (
    Agency,
    ConsentDecision,
    ErasureBasis,
    Obligation,
    ObligationOwner,
    ObligationResult,
    RiskCategory,
)
from services.audit.time_machine.clocks import RunningClock, Waits
from services.audit.time_machine.referrals import ReferralThen
from services.audit.time_machine.times import By


@dataclass(slots=True, kw_only=True)
class Decision:
    """What the person, or somebody for them, decided about one recipient."""

    receipt: UUID
    recipient: Agency
    decision: ConsentDecision
    since: datetime
    expires_at: datetime | None = None
    withdrawn_at: datetime | None = None


@dataclass(slots=True, kw_only=True)
class Task:
    """A task that the law or the programme sets."""

    stream: UUID
    obligation: Obligation
    owner: ObligationOwner
    whose: str
    """The shelter, or the agency, that has it."""
    since: datetime
    until: datetime | None
    until_day: date | None
    referral: UUID | None = None
    result: ObligationResult | None = None

    @property
    def clock(self) -> RunningClock | None:
        """Its clock, while it is not done."""
        if self.result is not None:
            return None
        return RunningClock(what=Waits.DUTY, until=self.until, until_day=self.until_day, since=self.since)


@dataclass(slots=True, kw_only=True)
class CaseThen:
    """A case at a moment; nothing of the person is in it but what is clear in the logs."""

    id: UUID
    shelter: str | None = None
    """The shelter that held it; ``None``: it had not been flagged."""
    opened_at: datetime | None = None
    lead: Agency | None = None
    categories: tuple[RiskCategory, ...] = ()
    suppressed: tuple[Suppression, ...] = ()
    rule_set: str | None = None
    frozen_at: datetime | None = None
    """A withdrawal with the slip waited to be checked since then."""
    erased_at: datetime | None = None
    erased_for: ErasureBasis | None = None
    decisions: dict[UUID, Decision] = field(default_factory=dict)
    tasks: dict[UUID, Task] = field(default_factory=dict)
    referrals: dict[UUID, ReferralThen] = field(default_factory=dict)

    def follow(self, fact: Recorded[Event], at: datetime) -> None:
        """Applies a fact of the case; ``at``: the time by which it is read."""
        event = fact.event
        if isinstance(event, ReferralProposed):
            self.referrals.setdefault(fact.stream, ReferralThen.proposed(fact, event, at))
        elif isinstance(event, ReferralFact):
            referral = self.referrals.get(fact.stream)
            if referral is not None:  # by when it happened, a step may come before what proposed it
                referral.follow(fact, event, at)
        else:
            self._apply(fact.stream, event, at)

    def _apply(self, stream: UUID, event: Event, at: datetime) -> None:  # noqa: C901 - one case for each kind of fact
        match event:
            case CaseOpened():
                self.shelter, self.opened_at = event.shelter, at
                for one in event.consents:
                    self._decided(one, at)
            case HandedOver():
                self.shelter = event.to_shelter
            case CaseAssessed():
                self.lead, self.rule_set = event.lead, event.rule_set
                self.categories, self.suppressed = event.categories, event.suppressed
            case ConsentRecorded():
                self._decided(event.consent, at)
            case ConsentWithdrawn() if event.receipt in self.decisions:
                self.decisions[event.receipt].withdrawn_at = at
            case WithdrawalFrozen():
                self.frozen_at = at
            case WithdrawalChecked():
                self.frozen_at = None
            case PersonErased():
                self.erased_at, self.erased_for = at, event.basis
            case ObligationDue():
                self.tasks[stream] = _task(stream, event, at)
            case ObligationDone() if stream in self.tasks:
                self.tasks[stream].result = event.result
            case _:
                pass

    def _decided(self, receipt: ConsentReceipt, at: datetime) -> None:
        self.decisions[receipt.receipt] = Decision(
            receipt=receipt.receipt,
            recipient=receipt.recipient,
            decision=receipt.decision,
            since=at,
            expires_at=receipt.expires_at,
        )


def case_then(case: UUID, facts: Iterable[Recorded[Event]], by: By = By.RECORDED) -> CaseThen:
    """A case from the facts that belong to a moment, each after its cause."""
    found = CaseThen(id=case)
    for fact in facts:
        found.follow(fact, by.time_of(fact))
    return found


def referrals_then(streams: Mapping[UUID, Iterable[Recorded[Event]]], by: By) -> dict[UUID, ReferralThen]:
    """Referrals of several cases, each from its own facts that belong to a moment."""
    found: dict[UUID, ReferralThen] = {}
    for facts in streams.values():
        for fact in facts:
            event, at = fact.event, by.time_of(fact)
            if isinstance(event, ReferralProposed):
                found.setdefault(fact.stream, ReferralThen.proposed(fact, event, at))
            elif isinstance(event, ReferralFact) and fact.stream in found:
                found[fact.stream].follow(fact, event, at)
    return found


def _task(stream: UUID, event: ObligationDue, at: datetime) -> Task:
    agency = event.agency if event.owner is ObligationOwner.AGENCY else None
    return Task(
        stream=stream,
        obligation=event.obligation,
        owner=event.owner,
        whose=event.shelter if agency is None else agency.value,
        since=at,
        until=event.until,
        until_day=event.until_day,
        referral=event.referral,
    )
