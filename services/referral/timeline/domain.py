"""Which facts of a referral a viewer may know, and who acted: a role and an organisation, never a person. Pure.

A viewer knows what the list shows of the referral (``worklist.schemas``), and when it came to be so. Who is not told
that something exists, does not learn it from a fact about it either.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from events.contract import Event, Recorded
from events.referral import (
    HelpOffered,
    HelpUnavailable,
    ReferralBlocked,
    ReferralEscalated,
    ReferralFact,
    ReferralFollowed,
    ReferralProposed,
    ReferralReassessed,
    ReferralReopened,
    ReferralRequested,
    ReferralRerouted,
)
from events.vocabulary import Role, Urgency
from services.chassis.authorization.policy import EVERYWHERE, Action, Principal, Scope, scope_of
from services.referral.worklist.schemas import Referral

History = Sequence[Recorded[Event]]
ESCALATED = "escalated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that happened. ``what`` is the name of its fact, without the service's."""

    at: datetime
    what: str
    role: Role | None = None
    """Of the person who acted; ``None``: the rules or a clock."""
    org: str | None = None
    """Their organisation; ``None``: the viewer may not know it, or they belong to none."""
    says: Mapping[str, Any] = field(default_factory=dict)
    """Codes that the sentence names."""


def entries(history: History, shown: Referral, viewer: Principal) -> list[Entry]:
    """What a viewer may know, oldest first. ``shown``: the referral as the list shows it to them."""
    scope = scope_of(viewer, Action.LIST_REFERRALS)
    found = [*_of_facts(_from_when_it_was_told(history, scope), shown, viewer, scope), *_escalations(shown)]
    return sorted(found, key=lambda one: one.at)


def _from_when_it_was_told(history: History, scope: Scope | None) -> History:
    """An agency learns nothing of the time before it was sent to it."""
    if scope is not Scope.OWN_AGENCY:
        return history
    sent = [at for at, fact in enumerate(history) if isinstance(fact.event, ReferralRequested)]
    return history[sent[0] :] if sent else ()


def _of_facts(history: History, shown: Referral, viewer: Principal, scope: Scope | None) -> Iterator[Entry]:
    urgency: Urgency | None = None
    for fact in history:
        event = fact.event
        if not isinstance(event, ReferralFact):
            continue
        raised = isinstance(event, ReferralReassessed) and urgency is not None and event.urgency < urgency
        if isinstance(event, ReferralProposed | ReferralRequested | ReferralReassessed):
            urgency = event.urgency
        if _may_be_known(fact, shown, viewer, scope, raised=raised):
            role, org = _who(fact.actor, viewer, scope)
            yield Entry(
                at=fact.recorded_at,
                what=event.NAME.removeprefix("referral."),
                role=role,
                org=org,
                says=_says(event, scope, raised=raised),
            )


def _may_be_known(  # noqa: PLR0911 - one return for each kind of fact
    fact: Recorded[Event], shown: Referral, viewer: Principal, scope: Scope | None, *, raised: bool
) -> bool:
    if scope is Scope.OWN_SHELTER and fact.recorded_at > shown.changed_at:
        return False  # of what came after the person went on, their former shelter learns nothing
    match fact.event:
        case ReferralEscalated():
            return False  # the list shows them
        case HelpOffered():
            return scope is not Scope.OWN_AGENCY
        case HelpUnavailable():
            return scope is Scope.ANY
        case ReferralFollowed():
            return shown.linked is not None
        case ReferralReopened():
            return shown.linked is not None or _org_of(fact.actor) == viewer.org
        case ReferralReassessed(disclosure=disclosure):
            return scope is not Scope.OWN_AGENCY or disclosure is not None or raised
    return True


def _says(event: ReferralFact, scope: Scope | None, *, raised: bool) -> dict[str, Any]:
    match event:
        case ReferralReassessed():
            return {"urgency": event.urgency} if raised else {}
        case ReferralRerouted():
            return {} if scope is Scope.OWN_AGENCY else {"agency": event.to}
        case HelpOffered() | HelpUnavailable():
            return {"agency": event.by}
        case ReferralBlocked():
            return {} if scope is Scope.OWN_AGENCY else {"reason": event.reason}
    return {}


def _escalations(shown: Referral) -> Iterator[Entry]:
    for one in shown.escalations:
        yield Entry(
            at=one.at,
            what=ESCALATED,
            says={"clock": one.clock, "rung": one.rung, "whom": one.whom, "agency": one.asked},
        )


def _who(actor: str, viewer: Principal, scope: Scope | None) -> tuple[Role | None, str | None]:
    """The role and organisation of a person; one shelter does not learn which other had the case."""
    code = actor.partition(":")[0]
    if code not in set(Role):
        return None, None
    role, org = Role(code), _org_of(actor)
    of_a_shelter = role in {Role.SHELTER_WORKER, Role.SHELTER_COORDINATOR, Role.INTEGRATOR}
    hidden = org == EVERYWHERE or (scope is Scope.OWN_SHELTER and of_a_shelter and org != viewer.org)
    return role, None if hidden else org


def _org_of(actor: str) -> str:
    return actor.split(":")[1] if ":" in actor else ""
