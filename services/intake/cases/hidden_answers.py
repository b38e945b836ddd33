"""Which answers the shelter that has custody may read, and how those it may not go on counting. Pure.

Two things are hidden. From a shelter that took the case over: what the person did not let it know. From every shelter
of a case: harm events by a shelter's or an aid organisation's staff, because whoever did it may read along (domain.md
§5, PEAS). Nothing tells a shelter that something is hidden: the names of the answers are the same with and without.

Sealed answers are whole, as the rules read them. Beside them stand the values that the shelter which amended them could
not see (``HIDDEN_VALUES``) and what it wrote in their place (``WRITTEN_ANSWERS``).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from events.answers import ABOUT_STAFF, HARM_EVENTS, HIDDEN_ANSWERS, HIDDEN_VALUES, WRITTEN_ANSWERS
from events.consent_rules import ALL_FIELDS, CHILD_BANDS, OWN_FIELDS
from events.vocabulary import CaseKind
from services.intake.cases.domain import CaseState, is_author

_YES_FIRST = ("yes", "unsure", "refused", "no")
_RISKIEST_FIRST: Mapping[str, Sequence[Any]] = {
    **dict.fromkeys(
        ("danger_now", "medical_now", "perpetrator_nearby", "fear_of_return", "removal_risk", "stateless"), _YES_FIRST
    ),
    **dict.fromkeys(("could_be_under_18", "missing_relative"), _YES_FIRST),
    "lacks_aid_or_medicine": (True, False),
    "accompaniment": ("unrelated_adult", "alone", "unknown", "other_relative", "parent_or_guardian"),
    "distress": ("plan", "ideation", "acute", "distress", "none"),
    "safe_contact": ("do_not_contact",),
}
"""Of two answers to one question the riskier counts. Of any other question: the one that is hidden."""
_OF_THE_VISIT = frozenset({"private", "language", "interpreter_needed", "planned_departure"})
"""Answers about the present visit: what the shelter wrote last counts."""


def readable_answers(case: CaseState, answers: Mapping[str, Any]) -> dict[str, Any]:
    """The answers that the current shelter may read: what it wrote, and what the person allowed it to see.

    ``harm_events`` is there whether or not it was asked, so that its absence tells nothing.
    """
    screening = answers.get("screening") or {}
    if _knows_all(case):
        shown, harm = dict(screening), True
    elif is_author(case):
        hidden = answers.get(HIDDEN_ANSWERS, ())
        shown = {name: value for name, value in screening.items() if name not in hidden}
        shown, harm = shown | (answers.get(WRITTEN_ANSWERS) or {}), True
    else:
        fields = () if case.consent is None else case.consent.fields
        shown, harm = {name: value for name, value in screening.items() if name in fields}, HARM_EVENTS in fields
    others = [one for one in shown.pop(HARM_EVENTS, None) or () if not is_about_staff(one)]
    if harm and case.opened.event.kind is CaseKind.PERSON:  # a document of another kind has no such answer
        shown[HARM_EVENTS] = others
    return shown


def readable_fields(case: CaseState) -> tuple[str, ...]:
    """What the current shelter may read, by name, whether it was answered or not."""
    if _knows_all(case):
        return (ALL_FIELDS,)
    return (OWN_FIELDS,) if is_author(case) else () if case.consent is None else case.consent.fields


def keep_hidden_answers(case: CaseState, before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    """Merges amended answers with what is hidden from that shelter, so that an amendment takes nothing of it out.

    Lists are joined; of two answers to one question the riskier counts, otherwise the hidden one. Excluded recipients
    stay excluded, because the next shelter cannot see them either.
    """
    written, hidden = now.get("screening") or {}, hidden_values(case, before)
    counts = {name: _joined(name, value, written) for name, value in hidden.items()}
    whole: dict[str, Any] = {**now, "screening": {**written, **counts}}
    if case.consent is not None:
        excluded = {*(before.get("withhold_from") or ()), *(now.get("withhold_from") or ())}
        whole |= {"withhold_from": sorted(excluded)} if excluded else {}
    if hidden:
        replaced = {name: written[name] for name in hidden if name in written}
        whole |= {HIDDEN_ANSWERS: sorted(hidden), HIDDEN_VALUES: hidden, WRITTEN_ANSWERS: replaced}
    if case.consent is not None and "best_interests" in before:
        whole.setdefault("best_interests", before["best_interests"])
    return whole


def hidden_values(case: CaseState, answers: Mapping[str, Any]) -> dict[str, Any]:
    """The answers, or parts of a list, that the current shelter may not read, by field."""
    screening = answers.get("screening") or {}
    if _knows_all(case):
        hidden: dict[str, Any] = {}
    elif is_author(case):  # boxes of earlier times name the hidden fields only
        hidden = {name: screening[name] for name in answers.get(HIDDEN_ANSWERS, ()) if name in screening}
        hidden |= answers.get(HIDDEN_VALUES) or {}
    else:
        fields = () if case.consent is None else case.consent.fields
        hidden = {name: value for name, value in screening.items() if name not in fields}
    staff = [one for one in screening.get(HARM_EVENTS) or () if is_about_staff(one)]
    if staff:
        hidden[HARM_EVENTS] = _union(hidden.get(HARM_EVENTS) or [], staff)
    return hidden


def with_kept_harm(answers: Mapping[str, Any], kept: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The answers with harm by staff that was said before in a document that these correct."""
    screening = dict(answers.get("screening") or {})
    written = screening.get(HARM_EVENTS)
    missing: list[Mapping[str, Any]] = []
    for one in kept:
        if not any(one.items() <= harm.items() for harm in (*(written or ()), *missing)):
            missing.append(one)
    if not missing:
        return dict(answers)
    screening[HARM_EVENTS] = _union(written or (), missing)
    hidden = {**(answers.get(HIDDEN_VALUES) or {})}
    hidden[HARM_EVENTS] = _union(hidden.get(HARM_EVENTS) or (), missing)
    replaced = {**({} if written is None else {HARM_EVENTS: written}), **(answers.get(WRITTEN_ANSWERS) or {})}
    return {
        **answers,
        "screening": screening,
        HIDDEN_ANSWERS: sorted({*(answers.get(HIDDEN_ANSWERS) or ()), HARM_EVENTS}),
        HIDDEN_VALUES: hidden,
        WRITTEN_ANSWERS: replaced,
    }


def is_about_staff(harm: Any) -> bool:
    """Whether a harm event is said to be a shelter's or an aid organisation's staff's."""
    return isinstance(harm, Mapping) and harm.get("perpetrator") == ABOUT_STAFF


def _knows_all(case: CaseState) -> bool:
    return case.consent is None or ALL_FIELDS in case.consent.fields


def _joined(name: str, hidden: Any, written: Mapping[str, Any]) -> Any:
    """What counts of a hidden answer and of what was written in its place."""
    if name not in written or name in _OF_THE_VISIT:
        return written.get(name, hidden)
    new = written[name]
    if isinstance(hidden, list) and isinstance(new, list):
        return _union(hidden, new)
    rank = _rank_of(name)
    return new if rank(new) < rank(hidden) else hidden


def _rank_of(name: str) -> Callable[[Any], int]:
    if name == "age_band":
        return lambda band: 0 if band in CHILD_BANDS else 1 if band == "unknown" else 2
    if name == "pregnancy":
        return lambda said: 0 if said.get("danger_signs") else 1 if said.get("pregnant") == "yes" else 2
    order = list(_RISKIEST_FIRST.get(name, ()))
    return lambda value: order.index(value) if value in order else len(order)


def _union(first: Sequence[Any], second: Sequence[Any]) -> list[Any]:
    return [*first, *(one for one in second if one not in first)]
