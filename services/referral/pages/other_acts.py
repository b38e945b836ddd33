"""What a viewer may do with a referral besides the steps of the state table."""

from collections.abc import Iterable

from events.referral_states import CLOSED
from events.vocabulary import Agency, ContestDecision, Milestone, ReferralState
from services.chassis.authorization.policy import Action, Principal, lacks_a_person, role_allows
from services.referral.milestones.domain import ACCEPTED
from services.referral.timeline.queries import ReferralInFull
from services.referral.worklist.schemas import Referral


def votes(found: ReferralInFull, principal: Principal) -> tuple[ContestDecision, ...]:
    """What a viewer may decide about a contested referral: whoever has decided, only something else."""
    after, shown = found.state.after, found.shown
    may = role_allows(principal, Action.SETTLE_CONTEST) and not lacks_a_person(principal, Action.SETTLE_CONTEST)
    if shown.contest is None or not may or shown.agency is Agency.PEAS:
        return ()
    own = after.voted_by is not None and after.voted_by.split(":", 2)[-1] == principal.label
    return tuple(one for one in ContestDecision if not (own and one is after.vote))


def milestones(found: ReferralInFull, principal: Principal) -> tuple[Milestone, ...]:
    """The milestones that a viewer may record: of what their agency has accepted."""
    accepted = found.shown.state in ACCEPTED and found.shown.agency is not Agency.PEAS
    return tuple(Milestone) if accepted and role_allows(principal, Action.RECORD_MILESTONE) else ()


def agencies_with_one(related: Iterable[Referral]) -> list[Agency]:
    """The agencies that have a referral of the case and can get no second one."""
    return [one.agency for one in related if one.state not in CLOSED | {ReferralState.BLOCKED_CONSENT}]
