"""Alerts to bursts of what is watched for the sake of security."""

from uuid import UUID

from events.contract import Recorded
from events.notifications import AlertRaised
from events.security import SecurityAlarmEnded, SecurityAlarmRaised
from events.vocabulary import LEAD_AGENCY, AlertAbout, Urgency
from services.chassis.eventlog.unit_of_work import UnitOfWork
from services.notifications.alerts.domain import code_of, programme_alert
from services.notifications.alerts.raising import record_alert, record_answer


def burst_alert(stream: UUID) -> UUID:
    """The id of the alert to the bursts of one stream."""
    return programme_alert(stream, AlertAbout.SECURITY)


def alert_of_burst(alarm: Recorded[SecurityAlarmRaised], work: UnitOfWork) -> None:
    """Alerts whom the fact names that something is to be looked at; what it is can be seen after a sign-in only."""
    event = AlertRaised(
        referral=alarm.stream,
        agency=LEAD_AGENCY,
        urgency=Urgency.U1,
        code=code_of(alarm.stream),
        duties=alarm.event.whom,
        escalation=alarm.id,
        about=AlertAbout.SECURITY,
    )
    record_alert(burst_alert(alarm.stream), event, alarm, work)


def end_burst_alert(over: Recorded[SecurityAlarmEnded], work: UnitOfWork) -> None:
    """The burst is over: ends its alert."""
    alert = burst_alert(over.stream)
    record_answer(alert, work.history(alert), over, work)
