"""Every reading of sealed data, from the facts that record one. Pure."""

from collections.abc import Iterable

from events.continuity import AnswersRead
from events.contract import Event, Recorded
from events.intake import IdentityRead, RefusalRead
from events.referral import DisclosureRead
from services.audit.knowledge.domain import Reading


def readings_in(facts: Iterable[Recorded[Event]]) -> list[Reading]:
    """The readings among these facts, in their order."""
    return [reading for fact in facts if (reading := reading_of(fact)) is not None]


def reading_of(fact: Recorded[Event]) -> Reading | None:
    """The reading that a fact records; ``None``: it records something else."""
    at, actor = fact.recorded_at, fact.actor
    match fact.event:
        case DisclosureRead() as event:
            return Reading(
                at,
                actor,
                event.reader,
                "disclosure",
                event.fields,
                purpose=event.purpose,
                override=event.override,
                referral=event.referral,
            )
        case IdentityRead() as event:
            return Reading(at, actor, event.shelter, "identity", event.fields, purpose=event.purpose)
        case AnswersRead() as event:
            return Reading(at, actor, event.shelter, "answers", event.fields)
        case RefusalRead() as event:
            return Reading(at, actor, event.org, "refusal", ())
        case _:
            return None
