"""Who may see a referral."""

from collections.abc import Sequence
from dataclasses import replace

from events.continuity import HandedOver
from events.contract import Event, Recorded
from events.referral_states import OPEN
from events.vocabulary import Agency
from services.chassis.authorization.permit import permit
from services.chassis.authorization.policy import Action, Principal
from services.chassis.errors import NotFoundError
from services.referral.lifecycle.domain import Referral


def admit(referral: Referral | None, principal: Principal, action: Action) -> Referral:
    """Admits a shelter to what it registered (but not to reports about its staff), an agency to what it was sent.

    Checked on the referral itself, whatever route led to it.

    Raises:
        NotFoundError: there is none, or the principal may not see it.
    """
    if referral is None:
        raise NotFoundError
    permit(principal, action, shelter=referral.shelter, agency=referral.agency, sent=referral.sent)
    return referral


def follows_the_person(referral: Referral) -> bool:
    """Whether a referral moves with the person to the next shelter.

    One that has ended does not, nor does a report about a shelter's own staff: it is about that shelter.
    """
    return referral.state in OPEN and referral.agency is not Agency.PEAS


def with_the_person(referral: Referral, facts: Sequence[Recorded[Event]]) -> Referral:
    """The referral with the shelter that its case's facts name, also before the reaction to the transfer."""
    last = next((fact.event for fact in reversed(facts) if isinstance(fact.event, HandedOver)), None)
    return referral if last is None or not follows_the_person(referral) else replace(referral, shelter=last.to_shelter)
