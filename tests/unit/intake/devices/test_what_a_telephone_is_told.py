"""Whoever holds the telephone reads why a record was refused: only what its shelter is told of it."""

from uuid import UUID, uuid4

from services.intake.devices.outcomes import with_what_is_kept
from services.intake.devices.schemas import RecordOutcome, RecordState
from services.intake.submissions.commands import SubmissionRefusedError
from services.intake.submissions.stored_faults import stored_fault

OF_SOFTWARE = [{"field": "screening.harm_events.0.when", "code": "required", "es": "", "en": ""}]
"""What no shelter is told of, if the event is about its staff."""


def told(**known: object) -> dict[str, object]:
    outcome = RecordOutcome(id=str(uuid4()), **{"state": RecordState.REFUSED, **known})
    return dict(with_what_is_kept(SubmissionRefusedError(faults=OF_SOFTWARE), outcome).details)


def test_a_telephone_is_told_the_faults_that_its_shelter_is_told() -> None:
    answer = told(refusal_id=UUID(int=7), faults=[stored_fault("screening.age_band", "required")])
    assert "harm_events" not in str(answer)
    assert "age_band" in str(answer)


def test_where_nothing_is_kept_it_is_told_no_fault() -> None:
    assert "harm_events" not in str(told(state=RecordState.UNKNOWN))
