"""What of a fact is sealed, and whether its key still exists; what was erased has a date and a basis. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from events.contract import Event, Recorded
from events.intake import PersonErased
from events.sealed import Box
from events.vocabulary import ErasureBasis


class Sealing(StrEnum):
    """What an auditor, who has no key, can say of a fact's sealed data."""

    NONE = "none"
    SEALED = "sealed"
    ERASED = "erased"


@dataclass(frozen=True, slots=True)
class Erasure:
    """When and why keys were destroyed."""

    at: datetime
    basis: ErasureBasis


def erasures_of(facts: Iterable[Recorded[Event]]) -> Mapping[UUID, Erasure]:
    """By key: the erasure that destroyed it."""
    found: dict[UUID, Erasure] = {}
    for fact in facts:
        if isinstance(fact.event, PersonErased):
            erasure = Erasure(fact.recorded_at, fact.event.basis)
            found.update(dict.fromkeys(fact.event.keys, erasure))
    return found


def sealing_of(fact: Recorded[Event], erasures: Mapping[UUID, Erasure]) -> tuple[Sealing, Erasure | None]:
    """Whether a fact has sealed data, and the erasure that destroyed their key."""
    boxes = [value for _, value in fact.event if isinstance(value, Box)]
    if not boxes:
        return Sealing.NONE, None
    erased = next((erasures[box.key] for box in boxes if box.key in erasures), None)
    return (Sealing.SEALED, None) if erased is None else (Sealing.ERASED, erased)
