"""A referral told fact by fact to the reactions, and the alerts that stand after each; without any I/O."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from events.contract import Event, Recorded
from events.notifications import AlertAnswered, AlertRaised
from events.referral import (
    Deadlines,
    DisclosureRenewed,
    ReferralFact,
    ReferralProposed,
    ReferralReassessed,
    ReferralRequested,
)
from events.sealed import Box
from events.vocabulary import Agency, AlertAbout, BoxClass, RiskCategory, SendingBasis, Urgency
from services.chassis.eventlog.unit_of_work import UnitOfWork
from services.notifications.alerts.reactions import alerts_of, reactions

THEN = datetime(2013, 6, 12, 15, 32, tzinfo=UTC)
SHELTER, NEXT = "ALB-TAP-01", "ALB-IXT-01"
WAIT = timedelta(minutes=10)
BOX = Box(key=UUID(int=3), kind=BoxClass.SCREENING, commitment="c" * 43, sealed="s" * 64)
DEADLINES = Deadlines(acknowledge_by=THEN, decide_by=THEN, serve_by=THEN)


@dataclass
class Story:
    """One referral of a case, with what was recorded of it here."""

    agency: Agency = Agency.ACNUR
    shelter: str = SHELTER
    number: int = 7
    now: datetime = THEN
    told: list[Recorded[Event]] = field(default_factory=list)

    def __post_init__(self) -> None:
        log: Any = None
        self.stream, self.case = UUID(int=self.number), UUID(int=self.number + 1000)
        self.work = UnitOfWork(log, lambda: self.now)
        self.table = reactions(WAIT)

    def happens(
        self, event: Event, *, actor: str = "officer:ACNUR:o-1", stream: UUID | None = None
    ) -> list[AlertRaised]:
        """Tells a fact; what it raised."""
        stream = stream or self.stream
        version = 1 + sum(1 for fact in self.told if fact.stream == stream)
        fact = Recorded(
            id=uuid5(stream, f"fact {version}"), stream=stream, version=version, case=self.case, occurred_at=self.now,
            recorded_at=self.now, actor=actor, cause=None, event=event,
        )  # fmt: skip
        self.told.append(fact)
        for alert in alerts_of(fact):
            self.work.begin(alert)
        self.work.upstream[stream] = [one for one in self.told if one.stream == stream]
        before = len(self.recorded())
        for react in self.table.get(type(event), ()):
            react(fact, self.work)
        return [one.event for one in self.recorded()[before:] if isinstance(one.event, AlertRaised)]

    def later(self, **by: int) -> None:
        """Time passes."""
        self.now += timedelta(**by)

    def recorded(self) -> list[Recorded[Any]]:
        return [entry.typed for entry in self.work.entries if entry.typed is not None]

    def standing(self) -> Mapping[UUID, AlertRaised]:
        """The alerts that nobody has answered."""
        found: dict[UUID, AlertRaised] = {}
        for fact in self.recorded():
            if isinstance(fact.event, AlertRaised):
                found[fact.stream] = fact.event
            elif isinstance(fact.event, AlertAnswered):
                found.pop(fact.stream, None)
        return found

    def to_shelter(self) -> dict[AlertAbout, str]:
        """What shelters are alerted about, and which."""
        return {one.about: one.shelter for one in self.standing().values() if one.shelter is not None}

    def sent(self, urgency: Urgency = Urgency.U2, desk: str = "ACNUR-CHP") -> list[AlertRaised]:
        """The referral is proposed and sent."""
        says = {"agency": self.agency, "shelter": self.shelter, "urgency": urgency}
        self.happens(
            ReferralProposed(
                **says, submission=UUID(int=5), categories=(RiskCategory.ASILO,), rule_set="1", grounds=BOX
            ),
            actor="referral",
        )
        requested = ReferralRequested(
            **says, basis=SendingBasis.CONSENT, deadlines=DEADLINES, disclosure=BOX, desk=desk
        )
        return self.happens(requested, actor="referral")

    def step(self, kind: type[ReferralFact], *, actor: str = "officer:ACNUR:o-1", **says: Any) -> list[AlertRaised]:
        """Somebody takes a step that says nothing else."""
        return self.happens(kind(agency=self.agency, shelter=self.shelter, **says), actor=actor)

    def reassessed(self, urgency: Urgency, **says: Any) -> list[AlertRaised]:
        """The answers were amended and the rules run again."""
        says = {"categories": (RiskCategory.ASILO,), "rule_set": "1", "grounds": BOX, **says}
        return self.step(ReferralReassessed, actor="referral", urgency=urgency, **says)

    def renewed(self, reason: str = "corrected", **says: Any) -> list[AlertRaised]:
        """What was disclosed was sealed anew."""
        says = {"disclosure": BOX, "basis": SendingBasis.CONSENT, "reason": reason, **says}
        return self.step(DisclosureRenewed, actor="referral", **says)
