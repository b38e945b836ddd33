"""What became of one record, as its telephone and its shelter are told. Pure."""

from typing import Any

from services.chassis.errors import ServiceError
from services.intake.devices.queries import OpenedCase, StoredRefusal
from services.intake.devices.schemas import RecordOutcome, RecordState
from services.intake.submissions.stored_faults import reason_in_words, stored_fault


def outcome_of(written: str, case: OpenedCase | None, refusal: StoredRefusal | None) -> RecordOutcome:
    """What became of one record: what waits at the shelter comes first, then what was corrected, or arrived whole."""
    if refusal is not None and (refusal.settled_at is None or not refusal.corrected):
        state = RecordState.REFUSED if refusal.settled_at is None else RecordState.SET_ASIDE
        es, en = reason_in_words(refusal.code)
        faults = [stored_fault(*fault) for fault in refusal.faults]
        return RecordOutcome(
            id=written, state=state, refusal_id=refusal.refusal, code=refusal.code, es=es, en=en, faults=faults
        )
    if case is None:
        return RecordOutcome(id=written, state=RecordState.UNKNOWN)
    return RecordOutcome(id=written, state=RecordState.RECEIVED, receipt=case.receipt, recorded_at=case.recorded_at)


def with_what_is_kept(error: ServiceError, known: RecordOutcome) -> ServiceError:
    """The refusal as its shelter is told of it, with the id of what is kept.

    Whoever holds the telephone reads it, so of the program's own list of faults nothing is said.
    """
    if known.refusal_id is None:
        return type(error)()
    faults = [fault.model_dump() for fault in known.faults or ()]
    details: dict[str, Any] = {"refusal_id": str(known.refusal_id), "faults": faults}
    if known.state is RecordState.SET_ASIDE:
        details["set_aside"] = True
    return type(error)(**details)
