"""A case on paper: the facts of intake, what the referral service decides on each, and its clocks, without a server."""

from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID, uuid5

from events.consent import ConsentReceipt
from events.contract import Event, Recorded
from events.intake import AnswersAmended, CaseOpened, ConsentRecorded, ConsentWithdrawn
from events.referral import ReferralEscalated, assessment_stream
from events.vocabulary import (
    Agency,
    BoxClass,
    CaseKind,
    ConsentDecision,
    ConsentForm,
    ConsentGiver,
    ConsentPurpose,
)
from services.chassis.eventlog.unit_of_work import UnitOfWork
from services.chassis.vault.sealing import Place, commit, open_box, seal
from services.referral.assessment import Policies
from services.referral.case_file.domain import CaseFile, read_case
from services.referral.deadlines.policy import load_clocks
from services.referral.escalation.domain import due_steps
from services.referral.escalation.policy import load_escalation_policy
from services.referral.escalation.state import EscalationState
from services.referral.lifecycle.case_referrals import referral_of
from services.referral.lifecycle.domain import Referral, fold
from services.referral.lifecycle.reactions import IntakeReactions
from services.referral.routing.policy import load_rules

CASE, SUBJECT, KEY_ID, KEY = UUID(int=21), UUID(int=22), UUID(int=23), bytes(32)
NO_LOG = cast("Any", None)
POLICIES = Policies(load_rules(), load_clocks())
REACTIONS = IntakeReactions(POLICIES).table()
LADDERS = load_escalation_policy()


def decision(recipient: str, decision: str = "granted", by: str = "self", **more: Any) -> ConsentReceipt:
    """A person's decision about one recipient, as intake records it."""
    granted = decision == "granted"
    said: dict[str, Any] = {
        "receipt": uuid5(CASE, f"{recipient}/{decision}/{by}/{sorted(more.items(), key=str)}"),
        "recipient": Agency(recipient),
        "decision": ConsentDecision(decision),
        "given_by": ConsentGiver(by),
        "purpose": ConsentPurpose.PROTECTION,
        "fields": ("all",) if granted else (),
        "how": ConsentForm.SIGNED if granted else None,
    }
    return ConsentReceipt(**(said | more))


@dataclass
class PaperCase:
    """One case; every act of the shelter is followed by what the rules make of it."""

    now: datetime
    document: dict[str, Any] = field(default_factory=dict)
    facts: list[Recorded[Event]] = field(default_factory=list)
    histories: dict[UUID, list[Recorded[Event]]] = field(default_factory=dict)

    @classmethod
    def opened(cls, document: dict[str, Any], *consents: ConsentReceipt) -> "PaperCase":
        """A case as a shelter sends it, at its own time."""
        case = cls(datetime.fromisoformat(document["occurred_at"]), document)
        event = CaseOpened(
            submission=UUID(int=24),
            kind=CaseKind(document.get("kind", "person")),
            shelter=document["shelter"],
            worker="w-001",
            subject=SUBJECT,
            screening=case._sealed(CaseOpened, document),
            consents=consents,
            fingerprint="f" * 43,
        )
        case._happens(event)
        return case

    def amended(self, **answers: Any) -> None:
        """The shelter corrects answers of the screening, or a part of the document beside it."""
        self.document = deepcopy(self.document)
        for name, value in answers.items():
            beside = name in {"withhold_from", "best_interests"}
            (self.document if beside else self.document["screening"])[name] = value
        sealed = self._sealed(AnswersAmended, self.document)
        self._happens(
            AnswersAmended(shelter=self.document["shelter"], worker="w-001", screening=sealed, fingerprint="f" * 43)
        )

    def decided(self, consent: ConsentReceipt) -> None:
        """The person decides, and the shelter records it."""
        self._happens(ConsentRecorded(shelter=self.document["shelter"], consent=consent))

    def withdrawn(self, consent: ConsentReceipt) -> None:
        """The person takes a consent back."""
        event = ConsentWithdrawn(shelter=self.document["shelter"], receipt=consent.receipt, recipient=consent.recipient)
        self._happens(event)

    def file(self) -> CaseFile:
        """The case as it is now."""
        found = read_case(self.facts, {KEY_ID: KEY})
        assert found is not None
        return found

    def passes(self, time: timedelta, step: timedelta = timedelta(minutes=1)) -> None:
        """Time passes, and the steps that fall due are taken."""
        until = self.now + time
        while self.now < until:
            self.now = min(self.now + step, until)
            self.run_due()

    def run_due(self) -> None:
        """Takes every step that is due by now."""
        for referral in self.referrals():
            while due := due_steps(self._state(referral), LADDERS, self.now):
                unicef = next((one for one in self.referrals() if one.agency is Agency.UNICEF and one.sent), None)
                speaks = Agency.UNICEF if unicef is not None else None
                work = self._work()
                for event in due[0].to_events(referral, LADDERS, representative=speaks):
                    work.record(referral.id, event, case=CASE, actor="clock:1", cause=due[0].command(referral.id))
                referral = self.referral(referral.agency)  # noqa: PLW2901 - as it is after the step

    def referral(self, agency: str) -> Referral:
        """The case's referral to an agency."""
        found = fold(self.history(agency))
        assert found is not None
        return found

    def referrals(self) -> list[Referral]:
        """All of the case's referrals."""
        found = (fold(self.history(agency)) for agency in Agency)
        return [one for one in found if one is not None]

    def history(self, agency: str) -> list[Recorded[Event]]:
        """What happened to the case's referral to an agency."""
        return self.histories[referral_of(self.facts[0].id, Agency(agency))]

    def names(self, agency: str) -> list[str]:
        """What happened to it, by name."""
        return [fact.event.NAME.removeprefix("referral.") for fact in self.history(agency)]

    def steps(self, agency: str | None = None) -> list[str]:
        """The steps taken: how long after the case was opened, which, and who was told."""
        start = self.facts[0].recorded_at
        agencies = list(Agency) if agency is None else [Agency(agency)]
        facts = sorted((fact for one in agencies for fact in self.history(one)), key=lambda fact: fact.recorded_at)
        return [
            f"{_hours(fact.recorded_at - start)} {fact.event.rung} {'+'.join(fact.event.whom)}"
            for fact in facts
            if isinstance(fact.event, ReferralEscalated)
        ]

    def opened_box(self, agency: str, kind: type[Event], box: str = "disclosure") -> dict[str, Any]:
        """The content of a box of the last such event of a referral."""
        fact = [one for one in self.history(agency) if isinstance(one.event, kind)][-1]
        place = Place(fact.stream, fact.version, fact.event.NAME, box)
        content = open_box(getattr(fact.event, box), place, {KEY_ID: KEY})
        assert content is not None
        return content

    def told(self, agency: str) -> list[dict[str, Any]]:
        """Everything that was disclosed to an agency, oldest first."""
        found = []
        for fact in self.history(agency):
            box = getattr(fact.event, "disclosure", None)
            if box is not None:
                place = Place(fact.stream, fact.version, fact.event.NAME, "disclosure")
                found.append(open_box(box, place, {KEY_ID: KEY}) or {})
        return found

    def _state(self, referral: Referral) -> EscalationState:
        return EscalationState.of(referral)

    def _happens(self, event: Event) -> None:
        fact = Recorded(
            id=uuid5(CASE, f"fact {len(self.facts)}"),
            stream=CASE,
            version=len(self.facts) + 1,
            case=CASE,
            occurred_at=self.now,
            recorded_at=self.now,
            actor="shelter_worker:ALB-IXT-01:w-001",
            cause=None,
            event=event,
        )
        self.facts.append(fact)
        work = self._work()
        work.upstream = {CASE: list(self.facts)}
        for react in REACTIONS.get(type(event), ()):
            react(fact, work)

    def _work(self) -> UnitOfWork:
        work = UnitOfWork(NO_LOG, lambda: self.now)
        work._histories = self.histories  # what is recorded is at once what was recorded before
        work.keys[KEY_ID] = KEY
        for stream in (assessment_stream(CASE), *(referral_of(self.facts[0].id, agency) for agency in Agency)):
            work.begin(stream)
        return work

    def _sealed(self, kind: type[Event], content: dict[str, Any]) -> Any:
        place = Place(CASE, len(self.facts) + 1, kind.NAME, BoxClass.SCREENING.value)
        return seal(content, key_id=KEY_ID, key=KEY, kind=BoxClass.SCREENING, place=place, commitment=commit(KEY))


def _hours(time: timedelta) -> str:
    minutes = int(time.total_seconds() // 60)
    return f"{minutes // 60}:{minutes % 60:02}"
