"""Whose business a referral is."""

from collections.abc import Sequence
from dataclasses import replace

from events.continuity import HandedOver
from events.contract import Event, Recorded
from events.vocabulary import Agency
from services.chassis.access import Action, Principal
from services.chassis.errors import NotFoundError
from services.chassis.permitting import permit
from services.referral.domain import OPEN, Referral


def admit(referral: Referral | None, principal: Principal, action: Action) -> Referral:
    """A shelter sees what it registered (never what is reported about its staff), an agency what was sent to it.

    It is looked at on the referral itself, whatever path led there.

    Raises:
        NotFoundError: there is none, or it is none of the principal's business.
    """
    if referral is None:
        raise NotFoundError
    permit(principal, action, shelter=referral.shelter, agency=referral.agency, sent=referral.sent)
    return referral


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
