"""Makes the whole document of a case anew from what its shelter may read and what it corrects. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from events.answers import HARM_EVENTS
from services.intake.cases.domain import CaseState
from services.intake.cases.hidden_answers import readable_answers

DEPARTURE = "planned_departure"
OF_THE_OWN_VISIT = ("best_interests", "withhold_from")
"""What a correction of answers leaves as it is; of a shelter that took the case over it is kept apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """The answers that were written anew; ``None``: the person was not asked after all."""

    worker: str
    answers: Mapping[str, Any]
    further_harm: Mapping[str, Any] | None = None
    """What the person told besides."""
    asked_at: datetime | None = None
    """When the person was asked. It counts where an answer says how soon something is."""


def corrected_document(case: CaseState, answers: Mapping[str, Any], correction: Correction) -> dict[str, Any]:
    """The document as the shelter would send it with these corrections.

    The day of the visit stays, unless the person said anew when they leave: that counts from when they said it.
    """
    before = readable_answers(case, answers)
    written = {**before, **correction.answers}
    screening = {name: value for name, value in written.items() if value is not None}
    if correction.further_harm is not None:
        screening[HARM_EVENTS] = [*(screening.get(HARM_EVENTS) or ()), dict(correction.further_harm)]
    occurred_at = answers.get("occurred_at") or case.opened.recorded_at.isoformat()
    if correction.asked_at is not None and screening.get(DEPARTURE) != before.get(DEPARTURE):
        occurred_at = correction.asked_at.isoformat()
    event = case.opened.event
    kept = {name: answers[name] for name in OF_THE_OWN_VISIT if case.consent is None and name in answers}
    return {
        "submission_id": str(event.submission),
        "kind": event.kind.value,
        "shelter": case.shelter,
        "worker": correction.worker,
        "occurred_at": occurred_at,
        "screening": screening,
        **kept,
    }
