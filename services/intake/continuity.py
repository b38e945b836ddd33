"""A case on its way, as its events tell it: which shelter holds it, what it may read, and whether it is frozen.

Decided here, without doing (domain.md §7.8 and §8).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from events.consent import ConsentReceipt
from events.continuity import (
    HandedOver,
    HandoverConsent,
    SlipIssued,
    SlipRevoked,
    WithdrawalChecked,
    WithdrawalFrozen,
)
from events.contract import Event, Recorded
from events.intake import AnswersAmended, CaseOpened, ConsentRecorded, ConsentWithdrawn
from events.vocabulary import Agency, ConsentDecision, ConsentGiver, RiskCategory

NOT_BY_DEFAULT = frozenset({RiskCategory.TRATA, RiskCategory.VSG, RiskCategory.SECUESTRO, RiskCategory.PELIGRO})
"""For these a paper may be a danger to whoever carries it (domain.md §7.8)."""

ALL_FIELDS = "all"
CARRIED = "carried"
"""Beside the answers, sealed with them: the names of those that the shelter which amended them was not let know."""
CHILD_BANDS = frozenset({"0-5", "6-11", "12-14", "15-17"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One case, as it stands."""

    opened: Recorded[CaseOpened]
    answered: Recorded[Event]
    """The fact that holds the answers as last amended."""
    shelter: str
    """Which holds the case now."""
    former: tuple[str, ...] = ()
    """Those that held it before."""
    consent: HandoverConsent | None = None
    """What the shelter that holds it was let know; ``None``: it registered the case itself."""
    slip: UUID | None = None
    frozen: tuple[Agency | None, ...] = ()
    """Whose consent somebody took back with the slip, until a person has checked; ``None``: everybody's."""
    receipts: Mapping[UUID, ConsentReceipt]
    """The decisions that were not taken back, by receipt."""

    @property
    def case(self) -> UUID:
        """The pseudonymous case."""
        return self.opened.stream


def held(history: Sequence[Recorded[Event]]) -> Held | None:
    """From the whole history of a case; ``None`` when there is none."""
    case: Held | None = None
    for fact in history:
        case = _after(case, fact)
    return case


def _after(case: Held | None, fact: Recorded[Event]) -> Held | None:  # noqa: PLR0911 - one answer a kind of fact
    event = fact.event
    if isinstance(event, CaseOpened):
        receipts = {one.receipt: one for one in event.consents}
        opened: Any = fact
        return Held(opened=opened, answered=fact, shelter=event.shelter, receipts=receipts)
    assert case is not None  # noqa: S101 - every case begins by being opened
    match event:
        case AnswersAmended():
            return replace(case, answered=fact)
        case ConsentRecorded():
            return replace(case, receipts={**case.receipts, event.consent.receipt: event.consent})
        case ConsentWithdrawn():
            left = {receipt: one for receipt, one in case.receipts.items() if receipt != event.receipt}
            return replace(case, receipts=left)
        case SlipIssued():
            return replace(case, slip=event.slip)
        case SlipRevoked():
            return replace(case, slip=None)
        case WithdrawalFrozen():
            return replace(case, frozen=(*case.frozen, event.recipient))
        case WithdrawalChecked():
            return replace(case, frozen=())
        case HandedOver():
            former = (*(one for one in case.former if one != event.to_shelter), event.from_shelter)
            return replace(case, shelter=event.to_shelter, former=former, consent=event.consent, slip=None)
        case _:
            return case


def is_frozen(case: Held, recipient: Agency | None) -> bool:
    """Whether a withdrawal from this recipient, or with ``None`` from everybody, waits to be checked."""
    return None in case.frozen or recipient in case.frozen


def grants_frozen(case: Held) -> list[ConsentReceipt]:
    """The grants that the withdrawals take back which wait to be checked."""
    return [
        one
        for one in case.receipts.values()
        if one.decision is ConsentDecision.GRANTED and is_frozen(case, one.recipient)
    ]


def readable(case: Held, answers: Mapping[str, Any]) -> dict[str, Any]:
    """The answers that the shelter holding the case may read: its own, or as far as the person let it know."""
    screening = answers.get("screening") or {}
    if case.consent is None or ALL_FIELDS in case.consent.fields:
        return dict(screening)
    if wrote_them(case):
        return {name: told for name, told in screening.items() if name not in answers.get(CARRIED, ())}
    return {name: told for name, told in screening.items() if name in case.consent.fields}


def wrote_them(case: Held) -> bool:
    """Whether the answers as they stand are of the shelter that holds the case."""
    event = case.answered.event
    return isinstance(event, CaseOpened | AnswersAmended) and event.shelter == case.shelter


def carried_on(case: Held, before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    """Answers as a shelter amends them, with what it was never let know, which it cannot have taken out.

    Whom the person excluded stays excluded: the next shelter did not hear it. What it was not told stays as it was
    said, is marked as not its own, and is read by the rules alone.
    """
    known, said = readable(case, before), now.get("screening") or {}
    hidden = {
        name: told for name, told in (before.get("screening") or {}).items() if name not in known and name not in said
    }
    whole: dict[str, Any] = {**now, "screening": {**hidden, **said}}
    excluded = {*(before.get("withhold_from") or ()), *(now.get("withhold_from") or ())}
    whole |= {"withhold_from": sorted(excluded)} if excluded else {}
    whole |= {CARRIED: sorted(hidden)} if hidden else {}
    if "best_interests" in before:
        whole.setdefault("best_interests", before["best_interests"])
    return whole


def may_be_handed_over(answers: Mapping[str, Any], given_by: ConsentGiver, *, heard: bool) -> bool:
    """Whether this consent counts (domain.md §5, fifth question, and best interests).

    An adult's must be their own. Of a child it is the guardian's, void where the guardian is not there or the family
    did harm; or the child's own from 15; a younger child without a guardian who may decide was informed and ``heard``.
    """
    screening = answers.get("screening") or {}
    if not is_child(screening):
        return given_by is ConsentGiver.SELF and not heard
    harmed = any(one.get("perpetrator") == "family" for one in screening.get("harm_events") or ())
    guarded = screening.get("accompaniment") == "parent_or_guardian" and not harmed
    if given_by is ConsentGiver.GUARDIAN:
        return guarded and not heard
    return screening.get("age_band") == "15-17" or (heard and not guarded)


def is_child(screening: Mapping[str, Any]) -> bool:
    """Whoever may be under 18 counts as a child (domain.md §5)."""
    band = screening.get("age_band")
    return band in CHILD_BANDS or (band == "unknown" and screening.get("could_be_under_18") != "no")
