"""What a step reports of the person, sealed: what became of them, and when their appointment is.

It is stored nowhere else: the read model keeps the box, which is opened for whoever may see the referral.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from events.contract import Event
from events.referral import OutcomeReported, ServiceScheduled
from events.sealed import Box
from events.vocabulary import Outcome
from services.chassis.vault.sealing import Place, open_box

OUTCOME = "outcome"
APPOINTMENT = "appointment_at"


class SealedCode(BaseModel):
    """A box with its place in the referral's stream."""

    model_config = ConfigDict(frozen=True)

    event: str
    version: int
    box: Box


class Reported(BaseModel):
    """What was last reported of a referral."""

    model_config = ConfigDict(frozen=True)

    outcome: SealedCode | None = None
    appointment_at: SealedCode | None = None
    clear_outcome: Outcome | None = None
    """Of a referral that ended before outcomes were sealed."""
    clear_appointment_at: datetime | None = None

    def key_ids(self) -> set[UUID]:
        """The ids of the keys that its boxes need."""
        return {one.box.key for one in (self.outcome, self.appointment_at) if one is not None}

    def outcome_in(self, referral: UUID, keys: Mapping[UUID, bytes]) -> Outcome | None:
        """The outcome; ``None``: none was reported, or the person was erased."""
        code = _opened(self.outcome, referral, OUTCOME, keys)
        return self.clear_outcome if code is None else Outcome(code)

    def appointment_in(self, referral: UUID, keys: Mapping[UUID, bytes]) -> datetime | None:
        """The appointment; ``None``: none was given, or the person was erased."""
        moment = _opened(self.appointment_at, referral, APPOINTMENT, keys)
        return self.clear_appointment_at if moment is None else datetime.fromisoformat(moment)


NOTHING_REPORTED = Reported()


def reported_by(event: Event, version: int) -> dict[str, Any]:
    """The fields of ``Reported`` that an event sets: the box of what it says, or what an older one said in clear."""
    match event:
        case OutcomeReported():
            return _fields(event.NAME, version, OUTCOME, event.outcome, event.clear_outcome)
        case ServiceScheduled():
            return _fields(event.NAME, version, APPOINTMENT, event.appointment_at, event.clear_appointment_at)
        case _:
            return {}


def _fields(event: str, version: int, field: str, box: Box | None, clear: Any) -> dict[str, Any]:
    code = None if box is None else SealedCode(event=event, version=version, box=box)
    return {field: code, f"clear_{field}": clear}


def _opened(code: SealedCode | None, referral: UUID, field: str, keys: Mapping[UUID, bytes]) -> str | None:
    if code is None:
        return None
    content = open_box(code.box, Place(referral, code.version, code.event, field), keys)
    return None if content is None else str(content[field])
