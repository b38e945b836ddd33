"""The state of a case: which shelter has custody, which withdrawals wait for a check.

Pure decisions (domain.md §7.8 and §8). Which answers the shelter may read is in ``hidden_answers``.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count
from typing import Any
from uuid import UUID

from events.consent import ConsentReceipt
from events.consent_rules import has_a_guardian, may_be_a_child, may_consent
from events.continuity import (
    HandedOver,
    HandoverConsent,
    HelpConfirmed,
    SlipIssued,
    SlipRevoked,
    WithdrawalChecked,
    WithdrawalFrozen,
)
from events.contract import Event, Recorded
from events.hidden_from_shelters import is_hidden_from_shelters
from events.intake import AnswersAmended, CaseOpened, ConsentRecorded, ConsentWithdrawn, PersonErased
from events.sealed import Box
from events.vocabulary import Agency, BoxClass, ConsentDecision, ConsentGiver, RiskCategory, WithdrawalAnswer
from services.chassis.errors import VersionConflictError
from services.chassis.vault.key_ids import key_id

NO_SLIP_BY_DEFAULT = frozenset({RiskCategory.TRATA, RiskCategory.VSG, RiskCategory.SECUESTRO, RiskCategory.PELIGRO})
"""Categories for which carrying a slip may be a danger (domain.md §7.8)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseState:
    """One case after all its events."""

    opened: Recorded[CaseOpened]
    answered: Recorded[Event]
    """The event with the answers as last amended."""
    identified: Mapping[str, Recorded[Event]]
    """The last event with the person's identity that each shelter recorded, by shelter."""
    shelter: str
    """Code of the shelter that has custody."""
    former: tuple[str, ...] = ()
    """Codes of the shelters that had custody before."""
    consent: HandoverConsent | None = None
    """What the person allowed the current shelter to see; ``None``: it registered the case itself."""
    slip: UUID | None = None
    slip_by: str | None = None
    """The label of who issued the slip in force."""
    withdrawn_by_slip: bool = False
    """Whether consent was ever withdrawn with a slip of the shelter that has custody."""
    checked_by: frozenset[str] = frozenset()
    """The labels of those at this shelter, or of the programme, who checked a withdrawal by slip before."""
    dismissed_by: frozenset[str] = frozenset()
    """Those of them who found that it was not the person's own."""
    confirmed_at: Mapping[Agency | None, datetime] = field(default_factory=dict)
    """When the person last said by slip whether help came, by whose help; ``None``: everybody's."""
    frozen: tuple[Agency | None, ...] = ()
    """Recipients of withdrawals by slip that staff have not checked yet; ``None`` means all recipients."""
    receipts: Mapping[UUID, ConsentReceipt]
    """Consent decisions that were not withdrawn, by receipt."""
    boxes: tuple[Box, ...] = ()
    """Everything sealed about the person in this stream, oldest first."""
    erased: bool = False

    @property
    def frozen_to_shelter(self) -> bool:
        """Whether a withdrawal waits for the shelter's check; of one from PEAS it does not learn."""
        return any(one is not Agency.PEAS for one in self.frozen)

    @property
    def case(self) -> UUID:
        """The pseudonymous case."""
        return self.opened.stream


def fold(history: Sequence[Recorded[Event]]) -> CaseState | None:
    """The state after a whole history; ``None`` if the history is empty."""
    case: CaseState | None = None
    for fact in history:
        case = _evolve(case, fact)
    return case


def _evolve(case: CaseState | None, fact: Recorded[Event]) -> CaseState | None:  # noqa: C901, PLR0911 - one answer a fact
    event = fact.event
    if isinstance(event, CaseOpened):
        receipts = {one.receipt: one for one in event.consents}
        opened: Any = fact
        identified = {} if event.identity is None else {event.shelter: fact}
        return CaseState(
            opened=opened,
            answered=fact,
            identified=identified,
            shelter=event.shelter,
            receipts=receipts,
            boxes=_boxes(event),
        )
    assert case is not None  # noqa: S101 - every case begins by being opened
    match event:
        case AnswersAmended():
            known = case.identified if event.identity is None else {**case.identified, event.shelter: fact}
            return replace(case, answered=fact, identified=known, boxes=(*case.boxes, *_boxes(event)))
        case PersonErased():
            return replace(case, erased=True)
        case ConsentRecorded():
            return replace(case, receipts={**case.receipts, event.consent.receipt: event.consent})
        case ConsentWithdrawn():
            left = {receipt: one for receipt, one in case.receipts.items() if receipt != event.receipt}
            return replace(case, receipts=left)
        case SlipIssued():
            return replace(case, slip=event.slip, slip_by=event.issued_by)
        case SlipRevoked():
            return replace(case, slip=None, slip_by=None)
        case WithdrawalFrozen():
            told = not is_hidden_from_shelters(event)  # what a shelter does not learn of changes nothing for it
            return replace(
                case, frozen=(*case.frozen, event.recipient), withdrawn_by_slip=case.withdrawn_by_slip or told
            )
        case WithdrawalChecked():
            # What concerns PEAS alone is hidden from the shelter: by what it may do it must not show either.
            by = frozenset[str]() if event.recipient is Agency.PEAS else frozenset({event.checked_by})
            dismissed = by if event.answer is WithdrawalAnswer.DISMISSED else frozenset()
            return replace(case, frozen=(), checked_by=case.checked_by | by, dismissed_by=case.dismissed_by | dismissed)
        case HelpConfirmed():
            return replace(case, confirmed_at={**case.confirmed_at, event.agency: fact.recorded_at})
        case HandedOver():
            former = (*(one for one in case.former if one != event.to_shelter), event.from_shelter)
            new = replace(case, shelter=event.to_shelter, former=former, consent=event.consent)
            return replace(
                new, slip=None, slip_by=None, withdrawn_by_slip=False, checked_by=frozenset(), dismissed_by=frozenset()
            )
        case _:
            return case


def shown_version(history: Sequence[Recorded[Event]], fact: Recorded[Event]) -> int:
    """The case's version after a fact as its shelter is told it: the number of events that it may know of."""
    return sum(1 for one in history if one.version <= fact.version and not is_hidden_from_shelters(one.event))


def require_version(history: Sequence[Recorded[Event]], expected: int | None) -> None:
    """Checks that nothing that the shelter may know of came after the version that it saw; ``None``: any will do.

    Raises:
        VersionConflictError: something did.
    """
    if expected is not None and shown_version(history, history[-1]) != expected:
        raise VersionConflictError


def as_shown(history: Sequence[Recorded[Event]], version: int) -> Sequence[Recorded[Event]]:
    """The history as far as a shelter that was told this version had seen it."""
    return [fact for fact in history if shown_version(history, fact) <= version]


def _boxes(event: CaseOpened | AnswersAmended) -> tuple[Box, ...]:
    return tuple(box for box in (event.identity, event.screening) if box is not None)


def generation_of(subject: UUID, kind: BoxClass, boxes: Iterable[Box], present: Collection[UUID]) -> int:
    """The generation of a person's key that seals next: the first that was not lost.

    ``boxes``: what was sealed about the person; ``present``: the ids of the keys that there are.
    """
    lost = {box.key for box in boxes} - {*present}
    return next(number for number in count() if key_id(subject, kind, number) not in lost)


def is_frozen(case: CaseState, recipient: Agency | None) -> bool:
    """Whether an unchecked withdrawal covers this recipient (``None``: all recipients)."""
    return None in case.frozen or recipient in case.frozen


def frozen_grants(case: CaseState) -> list[ConsentReceipt]:
    """The consents that the unchecked withdrawals would end."""
    return [
        one
        for one in case.receipts.values()
        if one.decision is ConsentDecision.GRANTED and is_frozen(case, one.recipient)
    ]


def is_author(case: CaseState) -> bool:
    """Whether the current shelter wrote the current answers."""
    event = case.answered.event
    return isinstance(event, CaseOpened | AnswersAmended) and event.shelter == case.shelter


def may_be_transferred(answers: Mapping[str, Any], given_by: ConsentGiver, *, heard: bool) -> bool:
    """Whether this consent to a transfer is valid (domain.md §5, fifth question, and best interests).

    An adult consents for themselves. For a child the guardian consents, unless absent or the family did harm; from 15
    the child may consent; a younger child without such a guardian must have been informed and ``heard``.
    """
    screening = answers.get("screening") or {}
    if not may_be_a_child(screening):
        return given_by is ConsentGiver.SELF and not heard
    if given_by is ConsentGiver.GUARDIAN:
        return has_a_guardian(screening) and not heard
    return may_consent(given_by, screening, child=True) or (heard and not has_a_guardian(screening))
