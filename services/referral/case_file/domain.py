"""A case, folded from intake's facts up to some moment: the answers as last amended, and every consent receipt."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from events.answers import HIDDEN_ANSWERS, WRITTEN_ANSWERS
from events.consent import ConsentReceipt
from events.consent_rules import ALL_FIELDS
from events.continuity import HandedOver, WithdrawalChecked, WithdrawalFrozen
from events.contract import Event, Recorded
from events.intake import AnswersAmended, CaseOpened, ConsentRecorded, ConsentWithdrawn
from events.sealed import Box
from events.vocabulary import (
    Agency,
    BoxClass,
    ConsentDecision,
    ConsentGiver,
    WithdrawalAnswer,
)
from services.chassis.clock import MAX_SKEW
from services.chassis.ids import uuid5
from services.chassis.moments import moment_of
from services.chassis.vault.sealing import Place, open_box
from services.referral.consent.receipts import Receipt, decisions_in_force, fault_of
from services.referral.routing.domain import Assessment


@dataclass(frozen=True, slots=True)
class CaseFile:
    """A case as the rules and the consent questions need it."""

    opened: Recorded[CaseOpened]
    answers: Mapping[str, Any]
    receipts: tuple[Receipt, ...]
    receipt_ids: tuple[UUID, ...]
    shelter: str
    """The shelter that has custody of the case."""
    version: int
    """Version of the case's stream up to which it was read."""
    on_hold: tuple[Agency | None, ...] = ()
    """The recipients whose consent was withdrawn with the slip, until somebody checks it; ``None``: every recipient."""
    answers_before: Mapping[str, Any] | None = None
    """The answers before the last amendment."""
    answers_recorded_at: datetime | None = None
    """When the moment that the answers say was first recorded; ``None``: as the case was opened."""
    known: frozenset[str] | None = None
    """The names of the answers that the present shelter was let know; ``None``: all of them."""
    amended: Box | None = None
    """The box of the answers as last amended; ``None``: as the case was opened."""

    def knows(self, evidence: Mapping[str, Any]) -> bool:
        """Whether the present shelter was let know all of these answers, or what they are a part of, or wrote them."""
        if self.known is None:
            return True
        written = self.answers.get(WRITTEN_ANSWERS) or {}
        return all(
            not self.known.isdisjoint({name, name.partition(".")[0]}) or _was_written(name, value, written)
            for name, value in evidence.items()
        )

    def is_on_hold(self, agency: Agency) -> bool:
        """Whether, for now, nothing personal may be sent to this agency or read there (domain.md §7.8)."""
        return None in self.on_hold or agency in self.on_hold

    def has_refusal(self, agency: Agency, assessment: Assessment, at: datetime) -> bool:
        """Whether somebody who may decide for this person has refused this agency, and has not taken it back."""
        decisions = decisions_in_force(agency, self.receipts, at).values()
        return any(
            one.decision is ConsentDecision.REFUSED and fault_of(one, assessment, self.answers, at) is None
            for one in decisions
        )

    @property
    def answered_at(self) -> datetime:
        """When the answers were given, by the shelter's clock unless it was ahead: the departure counts from there."""
        return _given_at(self.answers, self.answers_recorded_at or self.opened.recorded_at)

    @property
    def departure_changed(self) -> bool:
        """Whether the last amendment changed the planned departure."""
        return self.answers_before is not None and _departure(self.answers_before) != _departure(self.answers)

    @property
    def key(self) -> UUID:
        """Id of the key that everything about this person's answers is sealed with."""
        return self.answered.key

    @property
    def answered(self) -> Box:
        """The box of the answers. Its key seals more about the person: that of an earlier one may have been lost."""
        return self.amended or self.opened.event.screening


def screening_keys(facts: Sequence[Recorded[Event]]) -> list[UUID]:
    """The ids of the keys that open these facts' answers."""
    return [fact.event.screening.key for fact in facts if isinstance(fact.event, CaseOpened | AnswersAmended)]


def read_case(facts: Sequence[Recorded[Event]], keys: Mapping[UUID, bytes]) -> CaseFile | None:
    """The case after these facts of its stream, oldest first; ``None`` if its answers were erased, or are lost."""
    opened: Recorded[CaseOpened] | None = None
    box: Box | None = None
    answers: Mapping[str, Any] | None = None
    before: Mapping[str, Any] | None = None
    said_at: datetime | None = None
    shelter, on_hold = "", tuple[Agency | None, ...]()
    known: frozenset[str] | None = None
    for fact in facts:
        match fact.event:
            case CaseOpened() as event:
                opened = fact  # type: ignore[assignment]  # the match says which event it holds
                answers, shelter = _answers(fact, event, keys), event.shelter
            case AnswersAmended() as event:
                before, answers, box = answers, _answers(fact, event, keys), event.screening
                if _says(answers) != _says(before):
                    said_at = fact.recorded_at
                if known is not None and answers is not None and event.shelter == shelter:
                    known = _written(answers)
            case HandedOver() as event:
                shelter, fields = event.to_shelter, event.consent.fields
                known = None if ALL_FIELDS in fields else frozenset(fields)
            case WithdrawalFrozen() as event:
                on_hold = (*on_hold, event.recipient)
            case WithdrawalChecked():
                on_hold = ()
            case _:
                pass
    if opened is None or answers is None:
        return None
    receipts = receipts_of(facts)
    return CaseFile(
        opened=opened,
        answers=answers,
        receipts=tuple(receipts.values()),
        receipt_ids=tuple(receipts),
        shelter=shelter,
        on_hold=on_hold,
        answers_before=before,
        answers_recorded_at=said_at,
        known=known,
        amended=box,
        version=facts[-1].version,
    )


def receipts_of(facts: Sequence[Recorded[Event]]) -> dict[UUID, Receipt]:
    """Every decision in these facts of a case, in order. Decisions are in clear: erasing the person leaves them."""
    receipts: dict[UUID, Receipt] = {}
    on_hold: list[Agency | None] = []
    for fact in facts:
        match fact.event:
            case CaseOpened() as event:
                receipts = {one.receipt: _receipt(one) for one in event.consents}
            case ConsentRecorded() as event:
                receipts[event.consent.receipt] = _receipt(event.consent)
            case ConsentWithdrawn() as event if event.receipt in receipts:
                receipts[event.receipt] = replace(receipts[event.receipt], withdrawn_at=fact.recorded_at)
            case WithdrawalFrozen() as event:
                on_hold.append(event.recipient)
            case WithdrawalChecked() as event:
                if event.answer is WithdrawalAnswer.CONFIRMED:
                    receipts |= _refusals(fact, on_hold)
                on_hold = []
            case _:
                pass
    return receipts


def _refusals(checked: Recorded[Event], on_hold: Sequence[Agency | None]) -> dict[UUID, Receipt]:
    """The refusals that a confirmed withdrawal with the slip stands for, also where no grant was in force."""
    agencies = [agency for agency in Agency if agency in on_hold or None in on_hold]
    return {
        uuid5(checked.id, f"refused/{agency}"): Receipt(
            recipient=agency, decision=ConsentDecision.REFUSED, given_by=ConsentGiver.SELF
        )
        for agency in agencies
    }


def _says(answers: Mapping[str, Any] | None) -> datetime | None:
    """When the visit was, as the shelter wrote it. Boxes sealed in earlier times hold any form of RFC 3339."""
    written = None if answers is None else answers.get("occurred_at")
    return None if written is None else moment_of(written)


def _given_at(answers: Mapping[str, Any], recorded_at: datetime) -> datetime:
    """No answer is given after it was recorded: of a device whose clock is ahead the server's time counts."""
    said = moment_of(answers["occurred_at"])
    return recorded_at if said - recorded_at > MAX_SKEW else said


def _written(answers: Mapping[str, Any]) -> frozenset[str]:
    """The names of the answers that the shelter which amended them wrote itself."""
    return frozenset(answers.get("screening") or {}) - frozenset(answers.get(HIDDEN_ANSWERS) or ())


def _was_written(name: str, value: Any, written: Mapping[str, Any]) -> bool:
    """Whether the shelter wrote these answers itself, beside hidden ones of the same field."""
    field, _, part = name.partition(".")
    said = written.get(field)
    if part and isinstance(said, Mapping):
        said = said.get(part)
    if not (isinstance(said, list) and isinstance(value, list | tuple)):
        return said is not None and bool(said == value)
    return all(any(_contains(one, harm) for one in said) for harm in value)


def _contains(said: Any, evidence: Any) -> bool:
    """Whether something written is the evidence; of a harm event, the evidence holds some parts only."""
    if isinstance(said, Mapping) and isinstance(evidence, Mapping):
        return all(said.get(part) == value for part, value in evidence.items())
    return bool(said == evidence)


def _departure(answers: Mapping[str, Any]) -> tuple[Any, Any]:
    return _says(answers), (answers.get("screening") or {}).get("planned_departure")


def _answers(
    fact: Recorded[Event], event: CaseOpened | AnswersAmended, keys: Mapping[UUID, bytes]
) -> Mapping[str, Any] | None:
    place = Place(fact.stream, fact.version, event.NAME, BoxClass.SCREENING.value)
    return open_box(event.screening, place, keys)


def _receipt(consent: ConsentReceipt) -> Receipt:
    return Receipt(
        recipient=consent.recipient,
        decision=consent.decision,
        given_by=consent.given_by,
        purpose=consent.purpose,
        fields=consent.fields,
        expires_at=consent.expires_at,
        until=consent.until,
    )
