"""A shift handover passes on the referrals that are open at a desk, by their own events. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from events.contract import CATALOGUE, Event, Recorded
from events.notifications import DeskHandedOver
from events.referral import ReferralFact, ReferralReassessed, ReferralRequested
from events.referral_states import TAKEN, UNDECIDED
from events.vocabulary import ReferralState, Role, Urgency
from services.chassis.authorization.policy import Principal
from services.chassis.errors import ServiceError

MAX_NAMED_REFERRALS = 400
"""Referrals that one event names at most; it counts all of them."""
OPEN_STATES = UNDECIDED | TAKEN | {ReferralState.EXPIRED}
"""States in which a desk still has to act on a referral."""
ENDINGS = frozenset(
    event.NAME
    for event in CATALOGUE.values()
    if issubclass(event, ReferralFact) and event.STATE is not None and event.STATE not in OPEN_STATES
)
"""The facts after which a desk has nothing to do with a referral, unless another fact follows."""


class UnknownPersonError(ServiceError):
    """One of the two is not of the desk's agency or is disabled, or both are the same person."""

    code = "unknown_person"
    status = 422


MAX_HANDOVERS = 6
"""Handovers of one desk within ``HANDOVERS_WITHIN``: more are no shifts, and each notifies two people."""
HANDOVERS_WITHIN = timedelta(hours=1)


class NotYourShiftError(ServiceError):
    """Only who gives or takes the desk, or a supervisor, hands it over."""

    code = "not_your_shift"
    status = 403


class ShiftMovedError(ServiceError):
    """The desk was handed over since the page was drawn: whoever looks at it sees who has it now, and decides again."""

    code = "shift_moved"
    status = 409


class AlreadyHandedOverError(ServiceError):
    """These two have handed the desk over, and nobody else has it since."""

    code = "already_handed_over"
    status = 409


class TooManyHandoversError(ServiceError):
    """The desk was handed over more often in the last hour than shifts change."""

    code = "too_many_handovers"
    status = 429


def check_handover(
    history: Sequence[Recorded[Event]], given_by: str, taken_by: str, by: Principal, now: datetime
) -> None:
    """Checks that the caller may hand the desk over between these two, now. ``history``: the desk's.

    A token without a person says nothing of who sends it: it is bound by the limits only.

    Raises:
        NotYourShiftError: the caller has an account, is neither of the two, and no supervisor.
        AlreadyHandedOverError: it would change nothing.
        TooManyHandoversError: too many within an hour.
    """
    if by.role is Role.OFFICER and by.person is not None and by.person not in {given_by, taken_by}:
        raise NotYourShiftError
    past = [fact for fact in history if isinstance(fact.event, DeskHandedOver)]
    if past and isinstance(last := past[-1].event, DeskHandedOver):
        if (last.given_by, last.taken_by) == (given_by, taken_by):
            raise AlreadyHandedOverError
        if sum(now - fact.recorded_at < HANDOVERS_WITHIN for fact in past) >= MAX_HANDOVERS:
            raise TooManyHandoversError


def urgency_and_state(history: Sequence[Recorded[Event]]) -> tuple[Urgency | None, ReferralState | None]:
    """A referral's current urgency and state; both ``None`` if it was never sent."""
    urgency: Urgency | None = None
    state: ReferralState | None = None
    for fact in history:
        if isinstance(fact.event, ReferralRequested | ReferralReassessed):
            urgency = fact.event.urgency
        if isinstance(fact.event, ReferralFact) and fact.event.STATE is not None:
            state = fact.event.STATE
    return urgency, state
