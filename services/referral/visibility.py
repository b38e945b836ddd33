"""Whose business a referral is."""

from collections.abc import Sequence
from dataclasses import replace

from events.continuity import HandedOver
from events.contract import Event, Recorded
from events.vocabulary import Agency
from services.chassis.access import Action, Principal, allowed
from services.referral.domain import OPEN, Referral


def visible(referral: Referral, principal: Principal, action: Action) -> bool:
    """A shelter sees what it registered (never what is reported about its staff), an agency what was sent to it."""
    shelter, agency = referral.shelter, referral.agency
    if not allowed(principal, action, shelter=shelter, agency=agency):
        return False
    # Whoever may do it for any agency need not wait until this one was told.
    return referral.sent or allowed(principal, action, shelter=shelter)


def follows_the_person(referral: Referral) -> bool:
    """Whether a referral goes along to the next shelter.

    What has ended stays where the person was then, and so does a report about a shelter's own staff, which is about
    that shelter wherever the person is.
    """
    return referral.state in OPEN and referral.agency is not Agency.PEAS


def with_the_person(referral: Referral, facts: Sequence[Recorded[Event]]) -> Referral:
    """The referral as its case's own facts place it, whether or not the handover was reacted to already."""
    last = next((fact.event for fact in reversed(facts) if isinstance(fact.event, HandedOver)), None)
    return referral if last is None or not follows_the_person(referral) else replace(referral, shelter=last.to_shelter)
