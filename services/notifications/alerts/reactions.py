"""Which facts of other services raise an alert, raise it again, or end it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from events.break_glass import BreakGlassLimited, BreakGlassOpened, BreakGlassReviewed, BreakGlassUnreviewed
from events.contract import Event, Recorded
from events.obligations import ObligationDone, ObligationDue, ObligationReminded
from events.operations import CaseNotRouted, CaseRouted, DeviceDisagreed, SlipUnderAttack
from events.referral import (
    ConsentLapsed,
    ContactLost,
    DisclosureRenewed,
    HelpOffered,
    HelpUnavailable,
    InfoRequested,
    ReferralAccepted,
    ReferralDeclined,
    ReferralEscalated,
    ReferralExpired,
    ReferralFact,
    ReferralFailed,
    ReferralFrozen,
    ReferralHandedOver,
    ReferralReassessed,
    ReferralRequested,
    ServiceDelivered,
    ServiceScheduled,
    WithdrawalContested,
)
from events.silence import DeskFellSilent, DeskHeardAgain, ShelterFellSilent, ShelterHeardAgain
from events.vocabulary import Agency, AlertAbout, ReferralClock
from services.chassis.eventlog.reactions import Prepare, Reaction
from services.chassis.eventlog.unit_of_work import UnitOfWork
from services.chassis.eventlog.upstream import Upstream
from services.notifications.alerts.desk_reactions import (
    NEEDS_HISTORY,
    alert_of_change,
    alert_of_handover,
    raise_again,
    raise_alert,
)
from services.notifications.alerts.domain import (
    alert_of,
    alert_to,
    desk_alert,
    is_pending,
    programme_alert,
    representative_alert,
    shelter_alert,
)
from services.notifications.alerts.incident_reactions import (
    alert_of_access,
    alert_of_missing_review,
    alert_of_silence,
    end_access_alert,
    end_silence_alert,
)
from services.notifications.alerts.ladder_reactions import notify_next
from services.notifications.alerts.misuse_reactions import alert_of_attack, alert_of_limit
from services.notifications.alerts.raising import record_answer
from services.notifications.alerts.settling import ENDING, settles
from services.notifications.alerts.shelter_reactions import (
    TO_SHELTER,
    alert_of_answer,
    alert_of_contest,
    alert_of_expiry,
    alert_of_freeze,
    alert_of_no_offer,
    alert_of_offer,
    alert_of_question,
    follow_the_person,
)
from services.notifications.alerts.task_reactions import (
    alert_of_difference,
    alert_of_task,
    alert_of_unrouted,
    end_task_alerts,
    end_unrouted_alerts,
    remind_of_task,
    system_alerts,
    task_alerts,
    tell_of_unmet_task,
)

_TO_DESK = (AlertAbout.CHANGE, AlertAbout.EXPIRY, AlertAbout.CONTEST, AlertAbout.FREEZE)
_TO_PROGRAMME = (AlertAbout.WAITING, AlertAbout.EXPIRY, AlertAbout.OFFER, AlertAbout.CONTEST, AlertAbout.FREEZE)
FIRST_SENT = 2
"""The version of a referral's stream at which it is sent if it never waited: it has no alert yet."""


def load_alerts(ready: Callable[[], Awaitable[None]], referrals: Upstream) -> Prepare:
    """Loads the alerts that a batch concerns, after the contacts are stored (``ready``), and their referrals."""

    async def prepare(facts: Sequence[Recorded[Event]], work: UnitOfWork) -> None:
        await ready()
        await work.load(alert for fact in facts for alert in alerts_of(fact))
        work.upstream.update(await referrals.streams({fact.stream for fact in facts if _needs_history(fact.event)}))

    return prepare


def _needs_history(event: Event) -> bool:
    follow_up = isinstance(event, ReferralEscalated) and event.clock is ReferralClock.FOLLOW_UP
    return follow_up or isinstance(event, NEEDS_HISTORY)


def end_alerts(fact: Recorded[Any], work: UnitOfWork) -> None:
    """Somebody acted, or no action is needed any more: ends every alert about the referral that this settles."""
    for alert in alerts_of(fact):
        history = work.history(alert)
        if is_pending(history) and settles(history, fact.event):
            record_answer(alert, history, fact, work)


def alerts_of(fact: Recorded[Event]) -> Sequence[UUID]:
    """The alerts that a fact may concern."""
    stream, event = fact.stream, fact.event
    if isinstance(event, ObligationDue | ObligationReminded | ObligationDone):
        of_referral = () if event.referral is None else (alert_of(event.referral),)
        return (*task_alerts(stream), *of_referral)
    if isinstance(event, CaseNotRouted | CaseRouted):
        return system_alerts(stream)
    if isinstance(event, SlipUnderAttack):
        return (shelter_alert(stream, AlertAbout.MISUSE),)
    if isinstance(event, BreakGlassLimited | DeviceDisagreed):
        about = AlertAbout.MISUSE if isinstance(event, BreakGlassLimited) else AlertAbout.RULES
        return (programme_alert(stream, about),)
    own = alert_of(stream)
    if not isinstance(event, ReferralFact) or (isinstance(event, ReferralRequested) and fact.version <= FIRST_SENT):
        return (own,)
    of_case = () if fact.case is None else (shelter_alert(fact.case, AlertAbout.CHANGE),)
    return (
        own,
        *(alert_to(stream, agency) for agency in Agency),
        *(desk_alert(stream, about) for about in _TO_DESK),
        *(shelter_alert(stream, about) for about in TO_SHELTER),
        *(programme_alert(stream, about) for about in _TO_PROGRAMME),
        representative_alert(stream),
        *of_case,
    )


def reactions(wait_for_more: timedelta) -> Mapping[type[Event], Sequence[Reaction]]:
    """What follows from each fact of another service: first what it ends, then what it raises.

    ``wait_for_more``: how long a corrected answer waits, so that several corrections make one message.
    """
    raising: dict[type[Event], list[Reaction]] = {
        ReferralRequested: [raise_alert],
        ReferralReassessed: [raise_again],
        ReferralEscalated: [notify_next],
        DisclosureRenewed: [partial(alert_of_change, wait=wait_for_more)],
        ReferralHandedOver: [alert_of_handover, follow_the_person],
        **{fact: [alert_of_answer] for fact in ANSWERS},
        InfoRequested: [alert_of_question],
        ReferralExpired: [alert_of_expiry],
        ConsentLapsed: [alert_of_expiry],
        ReferralFrozen: [alert_of_freeze],
        HelpOffered: [alert_of_offer],
        HelpUnavailable: [alert_of_no_offer],
        WithdrawalContested: [alert_of_contest],
        DeskFellSilent: [alert_of_silence],
        ShelterFellSilent: [alert_of_silence],
        BreakGlassOpened: [alert_of_access],
        BreakGlassUnreviewed: [alert_of_missing_review],
        ObligationDue: [alert_of_task],
        ObligationReminded: [remind_of_task],
        CaseNotRouted: [alert_of_unrouted],
        DeviceDisagreed: [alert_of_difference],
        SlipUnderAttack: [alert_of_attack],
        BreakGlassLimited: [alert_of_limit],
    }
    ending: dict[type[Event], list[Reaction]] = {
        **{fact: [end_alerts] for fact in ENDING if issubclass(fact, ReferralFact)},
        DeskHeardAgain: [end_silence_alert],
        ShelterHeardAgain: [end_silence_alert],
        BreakGlassReviewed: [end_access_alert],
        ObligationDone: [end_task_alerts, tell_of_unmet_task],
        CaseRouted: [end_unrouted_alerts],
    }
    return {fact: [*ending.get(fact, ()), *raising.get(fact, ())] for fact in ending | raising}


ANSWERS = (ReferralAccepted, ReferralDeclined, ServiceScheduled, ServiceDelivered, ReferralFailed, ContactLost)
"""Steps of an agency that its referral's shelter is alerted of."""
