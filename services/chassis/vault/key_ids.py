"""Derives the ids of people's keys. Pure."""

from uuid import UUID

from events.vocabulary import BoxClass
from services.chassis.ids import uuid5


def key_id(subject: UUID, kind: BoxClass, generation: int = 0) -> UUID:
    """The id of a person's key of a class. A generation follows one whose key was lost."""
    return uuid5(subject, kind.value if generation == 0 else f"{kind.value}/{generation}")
