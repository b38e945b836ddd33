"""Rules between fields (domain.md §4): which fields a kind of case needs, and which are a child's or an adult's.

They check the document as sent, not the model, so that their faults are reported together with those of form. A rule
whose premise is itself invalid reports nothing.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from events.consent_rules import may_be_a_child
from events.vocabulary import CaseKind
from services.chassis.moments import moment_or_none
from services.intake.submissions.document.code_lists import AGE_BANDS, YES_NO_UNSURE
from services.intake.submissions.document.consent import receipt_faults
from services.intake.submissions.document.faults import Fault
from services.intake.submissions.document.screening import Screening

DAY = "0000-01-01"
"""The form of a day; its end completes a year, or a year and a month."""

PROGRAMME_BEGAN = 2013

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
OF_A_PERSON_ONLY = ("person", "best_interests", "consent", "withhold_from", "sent_at")
OF_AN_INCIDENT = frozenset({"danger_now", "medical_now"})
WITHOUT_REPETITION = (
    "trafficking_indicators",
    "smuggling_indicators",
    "disability",
    "self_declared",
    "work_abuse",
    "needs",
)


def cross_field_faults(document: dict[str, Any]) -> Iterator[Fault]:
    """The faults by the rules for the document's kind."""
    kind = document.get("kind", CaseKind.PERSON)
    screening = _object(document.get("screening"))
    receipts = [_object(receipt) for receipt in _list(document.get("consent"))]
    yield from _repetitions(document, screening, receipts)
    if kind == CaseKind.PERSON:
        yield from _needed(screening)
        yield from _age(screening)
        child = is_child_if_known(screening)
        if child is True:
            yield from _of_a_child(screening)
        elif child is False:
            yield from _of_an_adult(document, screening)
        yield from _privacy(screening)
        yield from _dates(document, screening)
        asked_at = moment_or_none(document.get("occurred_at")) if receipts else None
        for position, receipt in enumerate(receipts):
            yield from receipt_faults(f"consent.{position}", receipt, asked_at)
    elif kind in (CaseKind.COMMUNITY_INCIDENT, CaseKind.SHELTER_THREAT):
        yield from _incident(document, screening)


def is_child_if_known(screening: dict[str, Any]) -> bool | None:
    """Whether the person may be a child; ``None`` if the answers, not validated yet, do not decide it."""
    band, could_be = _text(screening.get("age_band")), _text(screening.get("could_be_under_18"))
    if band not in AGE_BANDS or (band == "unknown" and could_be not in YES_NO_UNSURE):
        return None
    return may_be_a_child(screening)


def _needed(screening: dict[str, Any]) -> Iterator[Fault]:
    for name in NEEDED_OF_A_PERSON:
        if name not in screening:
            yield Fault.of(f"screening.{name}", "required")


def _age(screening: dict[str, Any]) -> Iterator[Fault]:
    band = _text(screening.get("age_band"))
    if band == "unknown" and "could_be_under_18" not in screening:
        yield Fault.of("screening.could_be_under_18", "required")
    if "could_be_under_18" in screening and band in AGE_BANDS and band != "unknown":
        yield Fault.of("screening.could_be_under_18", "wrong_side")


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


def _dates(document: dict[str, Any], screening: dict[str, Any]) -> Iterator[Fault]:
    """No entry and no birth after the visit. A day's grace: the device's zone may be another than the place's.

    A visit before the programme began says only that the device's clock is wrong, and is compared with nothing.
    """
    said = _text(document.get("occurred_at"))[: len(DAY)]
    entry, birth = _text(screening.get("entry_date")), _text(_object(document.get("person")).get("birth_date"))
    if (entry <= said or entry == "unknown") and birth <= said:  # as nearly always
        return
    visit = _day(said)
    if visit is None or visit == date.max or visit.year < PROGRAMME_BEGAN:
        return
    latest = (visit + timedelta(days=1)).isoformat()
    if entry > latest and _day(entry) is not None:
        yield Fault.of("screening.entry_date", "after_the_visit")
    if birth > latest[: len(birth)] and _day(birth + DAY[len(birth) :]) is not None:
        yield Fault.of("person.birth_date", "after_the_visit")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == len(DAY) else None
    except ValueError:
        return None


def _privacy(screening: dict[str, Any]) -> Iterator[Fault]:
    if screening.get("private") == "no":
        for name in NOT_ASKED_WITHOUT_PRIVACY:
            if screening.get(name, []) != []:
                yield Fault.of(f"screening.{name}", "must_be_empty_when_not_private")


def _incident(document: dict[str, Any], screening: dict[str, Any]) -> Iterator[Fault]:
    """An incident has no fields about a person, and no ``sent_at``.

    ``device`` is allowed, because the programme's own sample of a day has it in incidents.
    """
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
