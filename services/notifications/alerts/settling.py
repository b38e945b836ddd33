"""Which events end which alert: the addressee acted, or no action is needed any more. Pure."""

from collections.abc import Mapping, Sequence

from events.contract import Event, Recorded
from events.obligations import ObligationDone
from events.operations import CaseRouted, ChannelRecovered
from events.referral import (
    ChangeSeen,
    ContactLost,
    ContestSettled,
    DeletionConfirmed,
    DisclosureRenewed,
    EnteredInError,
    HelpOffered,
    HelpUnavailable,
    InfoRequested,
    InfoSupplied,
    LoopClosed,
    ReferralAccepted,
    ReferralAcknowledged,
    ReferralBlocked,
    ReferralCancelled,
    ReferralDeclined,
    ReferralFailed,
    ReferralRequested,
    ReferralRerouted,
    ReferralUnfrozen,
    ReferralWithdrawn,
    ServiceDelivered,
    ServiceScheduled,
    ServiceStarted,
)
from events.security import SecurityAlarmEnded
from events.vocabulary import AlertAbout, RenewalReason
from services.notifications.alerts.domain import last_raised, was_for_desk

Kinds = tuple[type[Event], ...]

STOPS: Kinds = (
    ChangeSeen,
    ReferralAcknowledged,
    InfoRequested,
    ReferralAccepted,
    ReferralDeclined,
    ReferralBlocked,
    ReferralCancelled,
    ReferralWithdrawn,
    ContactLost,
    DeletionConfirmed,
    EnteredInError,
    ReferralRerouted,
    ServiceScheduled,
    ServiceStarted,
    ServiceDelivered,
    ReferralFailed,
    LoopClosed,
)
"""Events of a referral that end its desk's alerts: the desk acted, or no action is needed any more."""

_TAKEN_BACK: Kinds = (LoopClosed, ReferralCancelled, ReferralWithdrawn, EnteredInError)
_OVER: Kinds = (*_TAKEN_BACK, ReferralRerouted, ReferralFailed, ContactLost)
_TO_STAFF: Mapping[AlertAbout, Kinds] = {
    AlertAbout.ANSWER: _TAKEN_BACK,
    AlertAbout.CHANGE: _TAKEN_BACK,
    AlertAbout.QUESTION: (InfoSupplied, ReferralAccepted, ReferralDeclined, ReferralBlocked, *_OVER),
    AlertAbout.WAITING: (ReferralRequested, *_OVER),
    AlertAbout.EXPIRY: (ReferralRequested, *_OVER),
    AlertAbout.OFFER: (ReferralAccepted, *_OVER),
    AlertAbout.CONTEST: (ContestSettled, *_OVER),
    AlertAbout.FREEZE: (ReferralUnfrozen, *_OVER),
    AlertAbout.OBLIGATION: (ObligationDone,),
    AlertAbout.NOT_ROUTED: (CaseRouted,),
    AlertAbout.DELIVERY: (ChannelRecovered,),
    AlertAbout.SECURITY: (SecurityAlarmEnded,),
}
"""By what an alert to a shelter or to the programme is about."""
_TO_DESK: Mapping[AlertAbout, Kinds] = {
    AlertAbout.REFERRAL: STOPS,
    AlertAbout.CHANGE: STOPS,
    AlertAbout.EXPIRY: (*STOPS, ReferralRequested),
    AlertAbout.CONTEST: (ContestSettled, *_OVER),
    AlertAbout.FREEZE: (ReferralUnfrozen, *_OVER),
    AlertAbout.WAITING: (ReferralRequested, *_OVER),
    AlertAbout.OBLIGATION: (ObligationDone,),
}
"""By what an alert to a desk is about. The events of a silence and of an access end theirs elsewhere."""

ENDING: frozenset[type[Event]] = frozenset(
    {kind for table in (_TO_DESK, _TO_STAFF) for kinds in table.values() for kind in kinds}
    | {DisclosureRenewed, HelpOffered, HelpUnavailable}
)
"""Every kind of event that may end an alert."""


def settles(alert: Sequence[Recorded[Event]], event: Event) -> bool:
    """Whether an event ends an alert with this history."""
    last = last_raised(alert)
    if last is None:
        return False
    raised = last.event
    if isinstance(event, HelpOffered | HelpUnavailable):
        return raised.asked and raised.about is AlertAbout.REFERRAL and raised.agency is event.by
    if isinstance(event, DisclosureRenewed):
        return raised.about in {AlertAbout.EXPIRY, AlertAbout.WAITING} and event.reason is RenewalReason.CONSENT
    if isinstance(event, ReferralBlocked) and raised.about is AlertAbout.WAITING:
        return event.ask_by is None or event.until is not None  # nobody is to ask, or not yet
    table = _TO_DESK if was_for_desk(alert) else _TO_STAFF
    return isinstance(event, table.get(raised.about, ()))
