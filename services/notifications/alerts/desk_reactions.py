"""What a desk is alerted of after a referral was sent: more urgent, corrected, moved to another desk."""

from datetime import timedelta
from typing import Any

from events.contract import Event, Recorded
from events.notifications import AlertRaised
from events.referral import (
    DisclosureRenewed,
    ReferralFact,
    ReferralHandedOver,
    ReferralProposed,
    ReferralReassessed,
    ReferralRequested,
)
from events.referral_states import CLOSED
from events.vocabulary import AlertAbout, Duty, ReferralState, RiskCategory
from services.chassis.eventlog.unit_of_work import UnitOfWork
from services.notifications.alerts.domain import (
    ACTOR,
    ON_ITS_WAY,
    alert_of,
    code_of,
    desk_alert,
    is_answered,
    is_on_its_way,
    is_pending,
    last_raised,
)
from services.notifications.alerts.raising import to_desk

NEEDS_HISTORY = (ReferralReassessed, ReferralHandedOver)
"""Facts for which the referral's own history is loaded."""


def raise_alert(requested: Recorded[ReferralRequested], work: UnitOfWork) -> None:
    """A referral was sent: alerts its desk, once; and anew if it had waited for a consent in between."""
    alert = alert_of(requested.stream)
    history = work.history(alert)
    if history and not is_answered(history):
        return
    event = AlertRaised(
        referral=requested.stream,
        agency=requested.event.agency,
        urgency=requested.event.urgency,
        code=code_of(requested.stream),
        desk=requested.event.desk,
        escalation=requested.id if history else None,
        caravan=requested.event.caravan,
    )
    work.record(alert, event, case=requested.case, actor=ACTOR, cause=requested)


def raise_again(reassessed: Recorded[ReferralReassessed], work: UnitOfWork) -> None:
    """More urgent, a new category or a new harm event: alerts the desk again, also after it had answered.

    Before the answer everybody notified so far is notified again. The desk that had it before is alerted too.
    """
    event, history = reassessed.event, work.history(alert_of(reassessed.stream))
    raised = last_raised(history)
    if raised is None:
        return
    answered = is_answered(history)
    if event.seen_by is None and event.formerly is None and (answered or not _says_more(reassessed, raised, work)):
        return
    notified = dict.fromkeys(duty for one in history if isinstance(one.event, AlertRaised) for duty in one.event.duties)
    changes: dict[str, object] = {
        "urgency": event.urgency,
        "duties": (Duty.DESK,) if answered else tuple(notified),
        "escalation": reassessed.id,
        "desk": event.desk or raised.event.desk,
        "formerly": event.formerly or (None if answered else raised.event.formerly),
        "unreached": False,
    }
    again = raised.event.model_copy(update=changes)
    work.record(alert_of(reassessed.stream), again, case=reassessed.case, actor=ACTOR, cause=reassessed)


def _says_more(fact: Recorded[ReferralReassessed], raised: Recorded[AlertRaised], work: UnitOfWork) -> bool:
    """Whether the desk would see more than it was alerted to; of categories that the consent covers it sees nothing."""
    if fact.event.urgency < raised.event.urgency or fact.event.new_harm:
        return True
    return not _told_categories(fact.event) <= _told_before(fact, work)


def _told_categories(event: ReferralProposed | ReferralReassessed) -> set[RiskCategory]:
    return set(event.categories) - set(getattr(event, "uncovered", ()))


def _told_before(fact: Recorded[ReferralReassessed], work: UnitOfWork) -> set[RiskCategory]:
    """The categories before this fact, as far as the agency knew of them."""
    known = set(fact.event.categories)
    for one in _before(fact, work):
        if isinstance(one.event, ReferralProposed | ReferralReassessed):
            known = _told_categories(one.event)
        elif isinstance(one.event, ReferralRequested):
            known -= set(one.event.uncovered)
    return known


def alert_of_change(renewed: Recorded[DisclosureRenewed], work: UnitOfWork, *, wait: timedelta) -> None:
    """What was disclosed is other now: alerts a desk that had answered, at once or after a time that makes it one.

    A desk that has not answered yet reads what is new with the rest; it is alerted again if that cannot wait.
    """
    main, event = work.history(alert_of(renewed.stream)), renewed.event
    if event.seen_by is None:
        if event.at_once and is_pending(main):
            _raise_unchanged(renewed, work)
        return
    change = work.history(desk_alert(renewed.stream, AlertAbout.CHANGE))
    last = last_raised(change)
    planned = None if last is None or not is_on_its_way(change) else last.event.not_before
    if not event.at_once and planned is not None and planned > renewed.recorded_at:
        return
    not_before = None if event.at_once else renewed.recorded_at + wait
    to_desk(renewed, work, AlertAbout.CHANGE, not_before=not_before)


def _raise_unchanged(fact: Recorded[Any], work: UnitOfWork) -> None:
    """Alerts everybody who was notified last again, unless that message is still to leave."""
    history = work.history(alert_of(fact.stream))
    raised = last_raised(history)
    if raised is None or (is_on_its_way(history) and fact.recorded_at - raised.recorded_at < ON_ITS_WAY):
        return
    again = raised.event.model_copy(update={"escalation": fact.id, "unreached": False})
    work.record(alert_of(fact.stream), again, case=fact.case, actor=ACTOR, cause=fact)


def alert_of_handover(moved: Recorded[ReferralHandedOver], work: UnitOfWork) -> None:
    """The person is at another shelter: alerts both desks if another one answers now, otherwise the one that has it."""
    main = work.history(alert_of(moved.stream))
    raised, state = last_raised(main), _state_at(moved, work)
    if raised is None or state is None or state in CLOSED | {ReferralState.BLOCKED_CONSENT}:
        return
    desk = moved.event.desk
    if desk is None or desk == raised.event.desk:
        if is_answered(main):
            to_desk(moved, work, AlertAbout.CHANGE)
        return
    changes: dict[str, object] = {"desk": desk, "formerly": moved.event.formerly or raised.event.desk}
    changes |= {"duties": (Duty.DESK,), "escalation": moved.id, "unreached": False}
    again = raised.event.model_copy(update=changes)
    work.record(alert_of(moved.stream), again, case=moved.case, actor=ACTOR, cause=moved)


def _state_at(fact: Recorded[Any], work: UnitOfWork) -> ReferralState | None:
    """The referral's state when the fact was recorded; ``None``: it is not known."""
    states = [one.event.STATE for one in _before(fact, work) if isinstance(one.event, ReferralFact)]
    return next((state for state in reversed(states) if state is not None), None)


def _before(fact: Recorded[Any], work: UnitOfWork) -> list[Recorded[Event]]:
    return [one for one in work.upstream.get(fact.stream, []) if one.version < fact.version]


def is_waiting(fact: Recorded[Any], work: UnitOfWork) -> bool:
    """Whether the referral may not be sent, or was never sent: no agency may learn of it."""
    return _state_at(fact, work) is ReferralState.BLOCKED_CONSENT or not work.history(alert_of(fact.stream))
