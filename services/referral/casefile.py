"""A case as intake's facts tell it up to some moment: the answers as last amended, and every receipt."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from events.consent import ConsentReceipt
from events.continuity import HandedOver, WithdrawalChecked, WithdrawalFrozen
from events.contract import Event, Recorded
from events.intake import AnswersAmended, CaseOpened, ConsentRecorded, ConsentWithdrawn
from events.vocabulary import Agency, BoxClass, ConsentDecision, ConsentGiver, WithdrawalAnswer
from services.chassis.boxes import Place, open_box
from services.chassis.identity import derived
from services.referral.receipts import Receipt


@dataclass(frozen=True, slots=True)
class CaseFile:
    """What the rules and the consent questions look at."""

    opened: Recorded[CaseOpened]
    answers: Mapping[str, Any]
    receipts: tuple[Receipt, ...]
    receipt_ids: tuple[UUID, ...]
    shelter: str
    """Which holds the case, and is told and asked about it."""
    frozen: tuple[Agency | None, ...] = ()
    """Whose consent was taken back with the person's slip, which nobody has checked yet; ``None``: everybody's."""
    answers_before: Mapping[str, Any] | None = None
    """Those before the last amendment."""

    def is_frozen(self, agency: Agency) -> bool:
        """Whether nothing of the person may be sent to this agency, or read there, for now (domain.md §7.8)."""
        return None in self.frozen or agency in self.frozen

    @property
    def answered_at(self) -> datetime:
        """When the answers were given, by the clock of whoever asked: departure counts from there."""
        return datetime.fromisoformat(self.answers["occurred_at"])

    @property
    def departs_otherwise(self) -> bool:
        """Whether the last amendment says that the person leaves at another time."""
        return self.answers_before is not None and _departure(self.answers_before) != _departure(self.answers)

    @property
    def key(self) -> UUID:
        """The key that everything about this person's answers is sealed with."""
        return self.opened.event.screening.key


def screening_keys(facts: Sequence[Recorded[Event]]) -> list[UUID]:
    """The keys that these facts' answers open with."""
    return [fact.event.screening.key for fact in facts if isinstance(fact.event, CaseOpened | AnswersAmended)]


def read_case(facts: Sequence[Recorded[Event]], keys: Mapping[UUID, bytes]) -> CaseFile | None:
    """The case after these facts of its stream, oldest first; ``None`` when its answers were erased."""
    opened: Recorded[CaseOpened] | None = None
    answers: Mapping[str, Any] | None = None
    before: Mapping[str, Any] | None = None
    shelter, frozen = "", tuple[Agency | None, ...]()
    for fact in facts:
        match fact.event:
            case CaseOpened() as event:
                opened = fact  # type: ignore[assignment]  # the match says which event it holds
                answers, shelter = _answers(fact, event, keys), event.shelter
            case AnswersAmended() as event:
                before, answers = answers, _answers(fact, event, keys)
            case HandedOver() as event:
                shelter = event.to_shelter
            case WithdrawalFrozen() as event:
                frozen = (*frozen, event.recipient)
            case WithdrawalChecked():
                frozen = ()
            case _:
                pass
    if opened is None or answers is None:
        return None
    receipts = receipts_of(facts)
    return CaseFile(opened, answers, tuple(receipts.values()), tuple(receipts), shelter, frozen, before)


def receipts_of(facts: Sequence[Recorded[Event]]) -> dict[UUID, Receipt]:
    """Every decision that these facts of a case tell, in their order. They are clear: erasing leaves them."""
    receipts: dict[UUID, Receipt] = {}
    frozen: list[Agency | None] = []
    for fact in facts:
        match fact.event:
            case CaseOpened() as event:
                receipts = {one.receipt: _receipt(one) for one in event.consents}
            case ConsentRecorded() as event:
                receipts[event.consent.receipt] = _receipt(event.consent)
            case ConsentWithdrawn() as event if event.receipt in receipts:
                receipts[event.receipt] = replace(receipts[event.receipt], withdrawn_at=fact.recorded_at)
            case WithdrawalFrozen() as event:
                frozen.append(event.recipient)
            case WithdrawalChecked() as event:
                if event.answer is WithdrawalAnswer.CONFIRMED:
                    receipts |= _refusals(fact, frozen)
                frozen = []
            case _:
                pass
    return receipts


def _refusals(checked: Recorded[Event], frozen: Sequence[Agency | None]) -> dict[UUID, Receipt]:
    """The person's own no to whom they took it back from with their slip: also where nothing rested on a grant."""
    agencies = [agency for agency in Agency if agency in frozen or None in frozen]
    return {
        derived(checked.id, f"refused/{agency}"): Receipt(
            recipient=agency, decision=ConsentDecision.REFUSED, given_by=ConsentGiver.SELF
        )
        for agency in agencies
    }


def _departure(answers: Mapping[str, Any]) -> tuple[Any, Any]:
    return answers.get("occurred_at"), (answers.get("screening") or {}).get("planned_departure")


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
    )
