"""Decides when two cases may be of one person, and which pairs a worker is shown."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from events.vocabulary import RESTRICTED_CATEGORIES, RiskCategory
from services.chassis.clock import MEXICO
from services.chassis.errors import ServiceError
from services.chassis.ids import uuid5
from services.intake.submissions.blind_index import Digests

NEVER_COMPARED = RESTRICTED_CATEGORIES - {RiskCategory.PEAS}
"""A shelter sees these categories of its cases. It must not see PEAS, so PEAS must change nothing that it sees."""

MAX_SHARED = 6
"""A value that more of the compared cases have says nothing about two of them: it may be the shelter's own."""


class DuplicateReason(StrEnum):
    """A reason why two cases may be of one person."""

    DOCUMENT = "same_document"
    NAME = "same_name_and_birth_date"
    PHONE = "same_phone"
    DAY = "same_day"


@dataclass(frozen=True, slots=True)
class ComparedCase:
    """The parts of a case that are compared."""

    digests: Digests = field(repr=False)
    at: datetime


def reasons_to_suspect(one: ComparedCase, other: ComparedCase) -> tuple[DuplicateReason, ...]:
    """The reasons why both may be of one person; empty: none.

    People who travel together share a telephone, so it counts only with another reason or on the same day.
    """

    def same(name: str) -> bool:
        mine, theirs = getattr(one.digests, name), getattr(other.digests, name)
        return mine is not None and mine == theirs

    found = [
        reason
        for name, reason in (("document", DuplicateReason.DOCUMENT), ("name", DuplicateReason.NAME))
        if same(name)
    ]
    day = one.at.astimezone(MEXICO).date() == other.at.astimezone(MEXICO).date()
    if same("phone") and (found or day):
        found.append(DuplicateReason.PHONE)
    return (*found, DuplicateReason.DAY) if found and day else tuple(found)


Pair = tuple[UUID, UUID]
"""The earlier and the later case."""

_NAMESPACE = UUID("b8d1f0c4-2e55-5b0e-9a61-7d2c4c0f9e31")


class EnoughPairsShownError(ServiceError):
    """The worker was shown as many pairs as one may be in a day; ``retry_after`` seconds are left of it."""

    code = "enough_pairs_shown"
    status = 429


def shown_stream(actor: str, at: datetime) -> UUID:
    """The stream of what one worker is shown in a day in Mexico."""
    return uuid5(_NAMESPACE, f"shown/{actor}/{at.astimezone(MEXICO).date()}")


def pairs_to_show(found: Sequence[Pair], seen: Collection[Pair], most: int) -> list[Pair]:
    """Which pairs a worker may be shown who has ``seen`` some today: those, and new ones up to ``most`` a day."""
    left, shown = most - len(seen), []
    for pair in found:
        if pair in seen:
            shown.append(pair)
        elif left > 0:
            shown.append(pair)
            left -= 1
    return shown
