"""How the parts of a submission must agree (domain.md §4): what a kind needs, which side a field is on.

Looked at in the document as sent, not in the model, so that these faults are told together with those of
form. A rule whose premise is itself at fault says nothing: it cannot know.
"""

from collections.abc import Iterator
from typing import Any

from events.vocabulary import CaseKind

from .codes import AGE_BANDS, CHILD_BANDS
from .consent import receipt_faults
from .faults import Fault
from .screening import Screening

NEEDED_OF_A_PERSON = (
    "danger_now",
    "medical_now",
    "age_band",
    "age_certainty",
    "language",
    "fear_of_return",
    "planned_departure",
    "safe_contact",
    "needs",
)
NOT_ASKED_WITHOUT_PRIVACY = (
    "harm_events",
    "trafficking_indicators",
    "smuggling_indicators",
    "distress",
    "work_abuse",
)
OF_A_PERSON_ONLY = ("person", "best_interests", "consent", "withhold_from")
OF_AN_INCIDENT = frozenset({"danger_now", "medical_now"})
WITHOUT_REPETITION = (
    "trafficking_indicators",
    "smuggling_indicators",
    "disability",
    "self_declared",
    "work_abuse",
    "needs",
)


def incoherences(document: dict[str, Any]) -> Iterator[Fault]:
    """Every rule between fields, for the kind that the document says it is of."""
    kind = document.get("kind", CaseKind.PERSON)
    screening = _object(document.get("screening"))
    receipts = [_object(receipt) for receipt in _list(document.get("consent"))]
    yield from _repetitions(document, screening, receipts)
    if kind == CaseKind.PERSON:
        yield from _needed(screening)
        yield from _age(screening)
        child = is_child(screening)
        if child is True:
            yield from _of_a_child(screening)
        elif child is False:
            yield from _of_an_adult(document, screening)
        yield from _privacy(screening)
        for position, receipt in enumerate(receipts):
            yield from receipt_faults(f"consent.{position}", receipt)
    elif kind in (CaseKind.COMMUNITY_INCIDENT, CaseKind.SHELTER_THREAT):
        yield from _incident(document, screening)


def is_child(screening: dict[str, Any]) -> bool | None:
    """The definition of the routing rules; ``None`` while the answers at hand do not tell."""
    band = screening.get("age_band")
    if band == "unknown":
        return {"no": False, "yes": True, "unsure": True}.get(_text(screening.get("could_be_under_18")))
    return band in CHILD_BANDS if _text(band) in AGE_BANDS else None


def _needed(screening: dict[str, Any]) -> Iterator[Fault]:
    for name in NEEDED_OF_A_PERSON:
        if name not in screening:
            yield Fault.of(f"screening.{name}", "required")


def _age(screening: dict[str, Any]) -> Iterator[Fault]:
    band = _text(screening.get("age_band"))
    if band == "unknown" and "could_be_under_18" not in screening:
        yield Fault.of("screening.could_be_under_18", "required")


def _of_a_child(screening: dict[str, Any]) -> Iterator[Fault]:
    if "accompaniment" not in screening:
        yield Fault.of("screening.accompaniment", "required")
    if "travelling" in screening:
        yield Fault.of("screening.travelling", "wrong_side")


def _of_an_adult(document: dict[str, Any], screening: dict[str, Any]) -> Iterator[Fault]:
    if "accompaniment" in screening:
        yield Fault.of("screening.accompaniment", "wrong_side")
    if "best_interests" in document:
        yield Fault.of("best_interests", "wrong_side")


def _privacy(screening: dict[str, Any]) -> Iterator[Fault]:
    if screening.get("private") == "no":
        for name in NOT_ASKED_WITHOUT_PRIVACY:
            if screening.get(name, []) != []:
                yield Fault.of(f"screening.{name}", "must_be_empty_when_not_private")


def _incident(document: dict[str, Any], screening: dict[str, Any]) -> Iterator[Fault]:
    """Nothing of a person. ``device`` and ``sent_at`` are how it came, not what it says, and may stay."""
    if "danger_now" not in screening:
        yield Fault.of("screening.danger_now", "required")
    for name in OF_A_PERSON_ONLY:
        if name in document:
            yield Fault.of(name, "not_for_this_kind")
    for name in Screening.model_fields.keys() - OF_AN_INCIDENT:
        if name in screening:
            yield Fault.of(f"screening.{name}", "not_for_this_kind")


def _repetitions(
    document: dict[str, Any], screening: dict[str, Any], receipts: list[dict[str, Any]]
) -> Iterator[Fault]:
    for name in WITHOUT_REPETITION:
        if _repeats(screening.get(name)):
            yield Fault.of(f"screening.{name}", "duplicate")
    if _repeats(document.get("withhold_from")):
        yield Fault.of("withhold_from", "duplicate")
    seen: set[str] = set()
    for position, receipt in enumerate(receipts):
        if _repeats(receipt.get("fields")):
            yield Fault.of(f"consent.{position}.fields", "duplicate")
        recipient = _text(receipt.get("recipient"))
        if recipient and recipient in seen:
            yield Fault.of(f"consent.{position}.recipient", "duplicate")
        seen.add(recipient)


def _repeats(value: object) -> bool:
    if not isinstance(value, list) or len(value) < 2:
        return False
    items = [item for item in value if isinstance(item, str)]
    return len(items) != len(set(items))


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
