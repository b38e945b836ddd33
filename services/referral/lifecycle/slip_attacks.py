"""Has the shelter's coordinator told that somebody guesses at a slip's word. Notifications follow this log alone."""

from collections.abc import Iterable
from uuid import UUID

from events.continuity import SlipAttacked
from events.contract import Event, Recorded
from events.operations import SlipUnderAttack
from services.chassis.eventlog.unit_of_work import UnitOfWork
from services.chassis.ids import uuid5

ACTOR = "referral"


def attack_streams(facts: Iterable[Recorded[Event]]) -> list[UUID]:
    """The streams that ``tell_of_attack`` records in."""
    return [_stream_of(fact.stream) for fact in facts if isinstance(fact.event, SlipAttacked)]


def tell_of_attack(fact: Recorded[SlipAttacked], work: UnitOfWork) -> None:
    """Records the attack for whoever alerts: of the case the shelter only, and nothing of the slip."""
    event = SlipUnderAttack(shelter=fact.event.shelter)
    work.record(_stream_of(fact.stream), event, case=fact.case, actor=ACTOR, cause=fact)


def _stream_of(case: UUID) -> UUID:
    return uuid5(case, "slip attacked")
