"""Every reading of sealed data and every showing without it, from the facts that record one. Pure."""

from collections.abc import Iterable

from events.continuity import AnswersRead
from events.contract import Event, Recorded
from events.intake import IdentityRead, RefusalRead
from events.readings import CaseShown, HistoryRead, PersonToldWhoKnew, ReferralShown
from events.referral import DisclosureRead
from services.audit.knowledge.domain import AUDITORS, Reading, Told


def readings_in(facts: Iterable[Recorded[Event]]) -> list[Reading]:
    """The readings among these facts, in their order."""
    return [reading for fact in facts if (reading := reading_of(fact)) is not None]


def reading_of(fact: Recorded[Event]) -> Reading | None:
    """The reading that a fact records; ``None``: it records something else."""
    return _of_sealed_data(fact) or _of_a_view(fact)


def _of_sealed_data(fact: Recorded[Event]) -> Reading | None:
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


def _of_a_view(fact: Recorded[Event]) -> Reading | None:
    at, actor = fact.recorded_at, fact.actor
    match fact.event:
        case ReferralShown() as event:
            return Reading(at, actor, event.reader, "shown", (), referral=event.referral, view=event.view)
        case CaseShown() as event:
            return Reading(at, actor, event.reader, "shown", (), view=event.view)
        case HistoryRead() as event:
            return Reading(
                at, actor, AUDITORS, "audit", (), referral=event.referral, view=event.view, looked_at=event.at
            )
        case _:
            return None


def told_in(facts: Iterable[Recorded[Event]]) -> list[Told]:
    """Each time that the person was told who knew."""
    return [
        Told(fact.recorded_at, fact.actor, fact.event.shelter, fact.event.organisations)
        for fact in facts
        if isinstance(fact.event, PersonToldWhoKnew)
    ]
