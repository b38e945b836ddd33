"""One case on paper: what intake records of it, what the reactions make of that, and what a desk does with it."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Self
from uuid import UUID, uuid5

from events.consent import ConsentReceipt
from events.continuity import HandedOver, HandoverConsent, WithdrawalChecked, WithdrawalFrozen
from events.contract import Event, Recorded
from events.intake import AnswersAmended, CaseOpened, ConsentRecorded
from events.referral import ReferralProposed, assessment_stream
from events.sealed import Box
from events.vocabulary import (
    Agency,
    BoxClass,
    CaseKind,
    ConsentDecision,
    ConsentForm,
    ConsentGiver,
    ConsentPurpose,
    DeclineReason,
    Outcome,
    Role,
    WithdrawalAnswer,
)
from services.chassis.eventlog.unit_of_work import UnitOfWork
from services.chassis.vault.sealing import Place, seal
from services.directory.desks import duty_desks
from services.referral.assessment import Policies
from services.referral.case_file.domain import read_case
from services.referral.deadlines.policy import load_clocks
from services.referral.lifecycle.case_referrals import CaseReferrals, referral_of
from services.referral.lifecycle.disclosed import changed_names, disclosure_last_acted_on, told
from services.referral.lifecycle.domain import Referral, fold
from services.referral.lifecycle.reactions import IntakeReactions
from services.referral.lifecycle.replacement import Replacement
from services.referral.lifecycle.transitions import STEPS, StepDetails, check
from services.referral.obligations.grounds import tasks_of_case
from services.referral.obligations.policy import programmes_obligations
from services.referral.routing.policy import load_rules
from tests.support.people.people import SHELTER, an_adult

CASE, KEY, SUBMISSION = UUID(int=8), UUID(int=9), UUID(int=11)
SECRET = b"k" * 32
NOON = datetime(2013, 6, 12, 17, tzinfo=UTC)
"""A Wednesday, twelve o'clock in Chiapas."""
NEXT_SHELTER = "ALB-IXT-01"
"""In another state than the first one, and so with other desks."""
Answers = dict[str, Any]


@cache
def routing() -> IntakeReactions:
    return IntakeReactions(Policies(load_rules(), load_clocks(), duty_desks()))


def granted(recipient: str, **more: Any) -> ConsentReceipt:
    """A grant to an agency, by default of everything."""
    said: dict[str, Any] = {
        "receipt": uuid5(CASE, f"{recipient} {more}"),
        "recipient": Agency(recipient),
        "decision": ConsentDecision.GRANTED,
        "purpose": ConsentPurpose.PROTECTION,
        "given_by": ConsentGiver.SELF,
        "fields": ("all",),
    }
    return ConsentReceipt(**said | more)


@dataclass
class ChangingCase:
    """A case and its referrals, which react to each fact at once unless they are told later, in batches."""

    document: Answers
    now: datetime = NOON
    facts: list[Recorded[Event]] = field(default_factory=list)
    """Of intake's log."""
    streams: dict[UUID, list[Recorded[Event]]] = field(default_factory=dict)
    """Of the referral service's log."""
    waiting: list[Recorded[Event]] = field(default_factory=list)
    """Facts that were not reacted to yet."""
    at_once: bool = True

    @classmethod
    def of(cls, *consents: ConsentReceipt, at_once: bool = True, **answers: Any) -> Self:
        """A case of an adult who fears to return (ACNUR) and was robbed (OIM), with these answers and consents."""
        document = an_adult(**answers) | {"occurred_at": NOON.isoformat()}
        case = cls({name: document[name] for name in ("screening", "occurred_at", "shelter")}, at_once=at_once)
        opened = CaseOpened(
            submission=SUBMISSION,
            kind=CaseKind.PERSON,
            shelter=SHELTER,
            worker="w-001",
            subject=UUID(int=12),
            screening=case._sealed(CaseOpened, case.document),
            consents=consents,
            fingerprint="f",
        )
        case.happens(opened)
        return case

    @property
    def opened(self) -> UUID:
        return self.facts[0].id

    def happens(self, event: Event) -> None:
        """Something happens at the shelter."""
        version = len(self.facts) + 1
        fact = Recorded(
            id=uuid5(CASE, str(version)),
            stream=CASE,
            version=version,
            case=CASE,
            occurred_at=self.now,
            recorded_at=self.now,
            actor="shelter_worker:ALB-HUI-01:w-001",
            cause=None,
            event=event,
        )
        self.facts.append(fact)
        self.waiting.append(fact)
        if self.at_once:
            self.reacts()

    def reacts(self, *, one_by_one: bool = False) -> None:
        """The referral service reacts to what waits, in one batch or in several."""
        batches: list[Sequence[Recorded[Event]]] = [[one] for one in self.waiting] if one_by_one else [self.waiting]
        self.waiting = []
        for batch in batches:
            work = self.work()
            work.upstream = {CASE: list(self.facts)}
            for fact in batch:
                for reaction in routing().table().get(type(fact.event), ()):
                    reaction(fact, work)
            self.streams |= {stream: work.history(stream) for stream in {entry.stream for entry in work.entries}}

    def work(self) -> UnitOfWork:
        """A unit of work with everything there is."""
        work = UnitOfWork(None, lambda: self.now)  # type: ignore[arg-type]  # nothing is read
        work.keys = {KEY: SECRET}
        streams = {
            *self.streams,
            *(referral_of(self.opened, agency) for agency in Agency),
            assessment_stream(CASE),
            *tasks_of_case(CASE, programmes_obligations()),
        }
        for stream in streams:
            work.begin(stream)
            work.history(stream).extend(self.streams.get(stream, ()))
        return work

    def amended(self, *, withhold_from: Sequence[str] = (), carried: Sequence[str] = (), **answers: Any) -> None:
        """The shelter corrects answers; ``None`` takes one out. ``carried``: those that are hidden from it."""
        screening = {name: one for name, one in {**self.document["screening"], **answers}.items() if one is not None}
        self.document = {**self.document, "screening": screening}
        if carried:
            self.document["carried"] = list(carried)
        if withhold_from:
            self.document["withhold_from"] = list(withhold_from)
        shelter = self.document["shelter"]
        box = self._sealed(AnswersAmended, self.document)
        self.happens(AnswersAmended(shelter=shelter, worker="w-001", screening=box, fingerprint="f"))

    def consents(self, receipt: ConsentReceipt) -> None:
        self.happens(ConsentRecorded(shelter=SHELTER, consent=receipt))

    def refuses(self, recipient: str) -> None:
        self.consents(granted(recipient, decision=ConsentDecision.REFUSED, receipt=uuid5(CASE, str(len(self.facts)))))

    def freezes(self) -> None:
        self.happens(WithdrawalFrozen(shelter=SHELTER, slip=UUID(int=15)))

    def is_checked(self, answer: str) -> None:
        self.happens(WithdrawalChecked(shelter=SHELTER, answer=WithdrawalAnswer(answer), checked_by="w-002"))

    def moves(self, *fields: str) -> None:
        """The person comes to another shelter, and lets it know these answers."""
        consent = HandoverConsent(
            receipt=UUID(int=16),
            given_by=ConsentGiver.SELF,
            fields=fields or ("all",),
            how=ConsentForm.SIGNED,
            wording_version="entrega-es-1",
            wording_sha256="0" * 64,
            asked_by="w-101",
        )
        shelters = {"from_shelter": SHELTER, "to_shelter": NEXT_SHELTER}
        self.document = {**self.document, "shelter": NEXT_SHELTER}
        self.happens(HandedOver(**shelters, slip=UUID(int=15), consent=consent))

    def takes(self, agency: str, *steps: str, outcome: str = "service_delivered") -> None:
        """The agency's desk takes these steps, each of which must be legal."""
        for step in steps:
            referral = self.referral(agency)
            check(referral, step, referral.version, Role.OFFICER)
            said = StepDetails(outcome=Outcome(outcome), appointment_at=self.now, text=self._sealed(AnswersAmended, {}))
            self.record(
                referral, STEPS[step].to_event(referral, replace(said, report=self._report(referral, step, said)))
            )

    def declines(self, agency: str) -> None:
        """The desk declines, for a reason about which a person decides."""
        referral = self.referral(agency)
        self.record(referral, STEPS["decline"].to_event(referral, StepDetails(reason=DeclineReason.NOT_ELIGIBLE)))

    def sends_on(self, declined: Referral, to: str) -> None:
        """The coordinator sends a declined one to an agency that has no open one of the case."""
        work = self.work()
        file = read_case(self.facts, work.keys)
        assert file is not None
        sending = Replacement(
            policies=routing().policies,
            file=file,
            assessment=routing().policies.assessment(file),
            work=work,
            cause=UUID(int=21),
            actor="programme_coordinator:*:c-1",
            others={},
        )
        linked = sending.reroute(declined, uuid5(declined.id, "rerouted"), Agency(to))
        self.streams |= {stream: work.history(stream) for stream in (declined.id, linked)}

    def record(self, referral: Referral, event: Event) -> None:
        work = self.work()
        work.record(referral.id, event, case=CASE, actor="officer:ACNUR:guardia-1", cause=UUID(int=20))
        self.streams[referral.id] = work.history(referral.id)

    def passes(self, **time: float) -> None:
        self.now += timedelta(**time)

    def referral(self, agency: str) -> Referral:
        """The agency's last referral."""
        found = [one for one in self.all() if one.agency == agency]
        assert found, agency
        return found[-1]

    def referral_streams(self) -> list[UUID]:
        """The streams of its referrals: not that of its assessments, nor those of its tasks."""
        return [one for one, history in self.streams.items() if isinstance(history[0].event, ReferralProposed)]

    def all(self) -> list[Referral]:
        """Every referral of the case, in the order in which they were proposed."""
        folded = [fold(self.streams[stream]) for stream in self.referral_streams()]
        found = [one for one in folded if one is not None]
        return sorted(found, key=lambda one: (one.follows is not None, one.replaces is not None))

    def current(self) -> list[Referral]:
        return CaseReferrals(self.opened, self.work()).all()

    def happened(self, agency: str) -> list[str]:
        """The names of what happened to the agency's last referral."""
        return [fact.event.NAME.partition(".")[2] for fact in self.streams[self.referral(agency).id]]

    def last(self, agency: str) -> Any:
        """The last event of the agency's last referral."""
        return self.streams[self.referral(agency).id][-1].event

    def read(self, agency: str) -> Answers:
        """What the agency can read."""
        found = told(self.streams[self.referral(agency).id], {KEY: SECRET})
        assert found is not None
        return found

    def changed(self, agency: str) -> list[str]:
        """The answers that the page marks as new."""
        history = self.streams[self.referral(agency).id]
        before = disclosure_last_acted_on(history)
        assert before is not None
        upto = [fact for fact in history if fact.version <= before.fact.version]
        return changed_names(told(upto, {KEY: SECRET}) or {}, self.read(agency))

    def _report(self, referral: Referral, step: str, said: StepDetails) -> Box | None:
        """What a step reports of the person, sealed for the next event of the referral."""
        field, content = STEPS[step].report, STEPS[step].report_of(said)
        if field is None or content is None:
            return None
        place = Place(referral.id, referral.version + 1, STEPS[step].event.NAME, field)
        return seal(content, key_id=KEY, key=SECRET, kind=BoxClass.SCREENING, place=place)

    def _sealed(self, event: type[Event], content: Answers) -> Any:
        place = Place(CASE, len(self.facts) + 1, event.NAME, BoxClass.SCREENING.value)
        return seal(content, key_id=KEY, key=SECRET, kind=BoxClass.SCREENING, place=place)


WAYS: dict[str, tuple[str, ...]] = {
    "requested": (),
    "acknowledged": ("acknowledge",),
    "info_requested": ("request-info",),
    "accepted": ("accept",),
    "scheduled": ("accept", "schedule"),
    "in_service": ("accept", "start"),
    "delivered": ("accept", "deliver"),
}
"""How a referral comes to each state in which it has been sent and has neither ended nor been declined."""


def sent(state: str, *agencies: str, **answers: Any) -> ChangingCase:
    """A case of which ACNUR's referral has come to a state."""
    case = ChangingCase.of(*(granted(one) for one in (agencies or ("ACNUR",))), **answers)
    case.takes("ACNUR", *WAYS[state])
    case.passes(minutes=20)
    assert case.referral("ACNUR").state == state
    return case
