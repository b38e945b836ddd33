"""Alerts to tasks with clocks, to cases that could not be routed, to rules that differ, and to channels that fail."""

from datetime import date, datetime, timedelta
from uuid import UUID

from events.contract import Recorded
from events.notifications import AlertRaised
from events.obligations import ObligationDone, ObligationDue, ObligationReminded
from events.operations import CaseNotRouted, CaseRouted, ChannelFailing, ChannelRecovered, DeviceDisagreed
from events.vocabulary import LEAD_AGENCY, Agency, AlertAbout, Duty, ObligationOwner, ObligationResult, Role, Urgency
from services.chassis.clock import MEXICO
from services.chassis.eventlog.unit_of_work import UnitOfWork
from services.notifications.alerts.domain import (
    DESK_DUTIES,
    SHELTER_DUTIES,
    alert_of,
    code_of,
    desk_alert,
    is_pending,
    last_raised,
    programme_alert,
    shelter_alert,
    unmet_task_alert,
)
from services.notifications.alerts.raising import record_alert, record_answer

Task = Recorded[ObligationDue] | Recorded[ObligationReminded]

UNMET = frozenset({ObligationResult.NOT_POSSIBLE, ObligationResult.REFUSED})
"""Results after which somebody else must see what can be done."""
_SOON, _TODAY = timedelta(hours=4), timedelta(hours=25)
_OWNER = {
    ObligationOwner.SHELTER: Duty.SHELTER,
    ObligationOwner.AGENCY: Duty.DESK,
    ObligationOwner.COORDINATOR: Duty.COORDINATOR,
}


def task_alerts(stream: UUID) -> tuple[UUID, ...]:
    """The ids of a task's alerts: to its desk, its shelter and the programme, and that it was not met."""
    open_ones = tuple(of(stream, AlertAbout.OBLIGATION) for of in (desk_alert, shelter_alert, programme_alert))
    return (*open_ones, unmet_task_alert(stream))


def system_alerts(stream: UUID) -> tuple[UUID, ...]:
    """The ids of the alerts to a case that could not be routed: to the programme, and in its shelter's list."""
    return programme_alert(stream, AlertAbout.NOT_ROUTED), shelter_alert(stream, AlertAbout.NOT_ROUTED)


def channel_alert(stream: UUID) -> UUID:
    """The id of the alert to a channel that fails."""
    return programme_alert(stream, AlertAbout.DELIVERY)


def alert_of_task(due: Recorded[ObligationDue], work: UnitOfWork) -> None:
    """A task has begun: alerts its owner."""
    _raise_task(due, work, (_OWNER[due.event.owner],), _urgency(due.event, due.recorded_at))


def remind_of_task(reminded: Recorded[ObligationReminded], work: UnitOfWork) -> None:
    """A task is still open: alerts whom the step names."""
    _raise_task(reminded, work, reminded.event.whom, reminded.event.urgency)


def end_task_alerts(done: Recorded[ObligationDone], work: UnitOfWork) -> None:
    """A task was done, or will not be: ends its alerts."""
    for alert in task_alerts(done.stream):
        record_answer(alert, work.history(alert), done, work)


def tell_of_unmet_task(done: Recorded[ObligationDone], work: UnitOfWork) -> None:
    """A task was not possible, or was refused: alerts the coordinator, unless it was the coordinator who said so.

    Nothing is left to do that the alert could wait for: it ends as soon as the coordinator has read it.
    """
    event = done.event
    if event.result not in UNMET or done.actor.startswith(f"{Role.PROGRAMME_COORDINATOR}:"):
        return
    before = [one for alert in task_alerts(done.stream) if (one := last_raised(work.history(alert)))]
    raised = AlertRaised(
        referral=done.stream,
        agency=event.agency or LEAD_AGENCY,
        urgency=min((one.event.urgency for one in before), default=Urgency.U1),
        code=code_of(done.stream),
        duties=(Duty.COORDINATOR,),
        about=AlertAbout.OBLIGATION,
        escalation=done.id,
    )
    record_alert(unmet_task_alert(done.stream), raised, done, work)


def _raise_task(fact: Task, work: UnitOfWork, duties: tuple[Duty, ...], urgency: Urgency) -> None:
    """Alerts each by an alert of their own.

    A desk that was never sent the referral, and a shelter that a report is about, learn nothing; the coordinator does.
    """
    event = fact.event
    sent = None if event.referral is None else last_raised(work.history(alert_of(event.referral)))
    desk = tuple(duty for duty in duties if duty in DESK_DUTIES)
    shelter = tuple(duty for duty in duties if duty in SHELTER_DUTIES)
    hidden = (desk and sent is None) or (shelter and event.agency is Agency.PEAS)
    programme = [duty for duty in duties if duty not in DESK_DUTIES | SHELTER_DUTIES]
    if hidden:
        programme = list(dict.fromkeys([*programme, Duty.COORDINATOR]))
    common = {"referral": fact.stream, "code": code_of(fact.stream), "urgency": urgency, "escalation": fact.id}
    agency = event.agency or LEAD_AGENCY
    about = AlertAbout.OBLIGATION
    if desk and sent is not None:
        raised = AlertRaised(**common, agency=agency, about=about, duties=desk, desk=sent.event.desk)
        record_alert(desk_alert(fact.stream, about), raised, fact, work)
    if shelter and event.agency is not Agency.PEAS:
        raised = AlertRaised(**common, agency=agency, about=about, duties=shelter, shelter=event.shelter)
        record_alert(shelter_alert(fact.stream, about), raised, fact, work)
    if programme:
        raised = AlertRaised(**common, agency=agency, about=about, duties=tuple(programme))
        record_alert(programme_alert(fact.stream, about), raised, fact, work)


def _urgency(due: ObligationDue, now: datetime) -> Urgency:
    """How soon a task is due: within hours, within a day, or later."""
    if due.until_day is not None:
        return Urgency.U1 if due.until_day <= _day(now) + timedelta(days=1) else Urgency.U2
    if due.until is None:
        return Urgency.U1
    left = due.until - now
    return Urgency.U0 if left <= _SOON else Urgency.U1 if left <= _TODAY else Urgency.U2


def _day(moment: datetime) -> date:
    return moment.astimezone(MEXICO).date()


def alert_of_unrouted(lost: Recorded[CaseNotRouted], work: UnitOfWork) -> None:
    """A case could not be routed: alerts the coordinator and the operator at once; its shelter finds it in its list."""
    programme, shelter = system_alerts(lost.stream)
    common = {"referral": lost.stream, "agency": LEAD_AGENCY, "urgency": Urgency.U0, "code": code_of(lost.stream)}
    common |= {"escalation": lost.id, "about": AlertAbout.NOT_ROUTED}
    record_alert(programme, AlertRaised(**common, duties=(Duty.COORDINATOR, Duty.OPERATOR)), lost, work)
    if lost.event.shelter is not None:
        record_alert(shelter, AlertRaised(**common, duties=(), shelter=lost.event.shelter), lost, work)


def end_unrouted_alerts(routed: Recorded[CaseRouted], work: UnitOfWork) -> None:
    """What could not be routed now is: ends its alerts."""
    for alert in system_alerts(routed.stream):
        record_answer(alert, work.history(alert), routed, work)


def alert_of_difference(different: Recorded[DeviceDisagreed], work: UnitOfWork) -> None:
    """A telephone decided otherwise than the same rules here: alerts coordinator and operator, once until it is read.

    Every telephone may have the same fault: a message for each case would bury the rest.
    """
    alert = programme_alert(different.stream, AlertAbout.RULES)  # one for each version of the rules
    if is_pending(work.history(alert)):
        return
    event = AlertRaised(
        referral=different.stream,
        agency=LEAD_AGENCY,
        urgency=Urgency.U1,
        code=code_of(different.stream),
        duties=(Duty.COORDINATOR, Duty.OPERATOR),
        escalation=different.id,
        about=AlertAbout.RULES,
    )
    record_alert(alert, event, different, work)


def alert_of_channel(failing: Recorded[ChannelFailing], work: UnitOfWork) -> None:
    """No alert leaves by a channel: alerts whom the fact names by every other channel."""
    event = AlertRaised(
        referral=failing.stream,
        agency=LEAD_AGENCY,
        urgency=Urgency.U0,
        code=code_of(failing.stream),
        duties=failing.event.whom,
        escalation=failing.id,
        about=AlertAbout.DELIVERY,
        not_by=failing.event.channel,
    )
    record_alert(channel_alert(failing.stream), event, failing, work)


def end_channel_alert(recovered: Recorded[ChannelRecovered], work: UnitOfWork) -> None:
    """The channel works again: ends its alert."""
    alert = channel_alert(recovered.stream)
    record_answer(alert, work.history(alert), recovered, work)
