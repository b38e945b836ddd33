"""Alerts to a silence and to an exceptional access."""

from events.break_glass import BreakGlassOpened, BreakGlassReviewed, BreakGlassUnreviewed
from events.contract import Recorded
from events.notifications import AlertAnswered, AlertRaised
from events.silence import DeskFellSilent, DeskHeardAgain, ShelterFellSilent, ShelterHeardAgain
from events.vocabulary import LEAD_AGENCY, AlertAbout, Duty, Urgency
from services.chassis.eventlog.unit_of_work import UnitOfWork
from services.notifications.alerts.domain import ACTOR, alert_of, code_of
from services.notifications.alerts.raising import record_answer


def alert_of_silence(silent: Recorded[DeskFellSilent | ShelterFellSilent], work: UnitOfWork) -> None:
    """Alerts the programme's coordinator to a silence; whose it is can be seen after a sign-in only."""
    event = silent.event
    agency, urgency = LEAD_AGENCY, Urgency.U2  # a shelter is no agency's
    if isinstance(event, DeskFellSilent):
        agency, urgency = event.agency, event.urgency or urgency
    work.record(
        alert_of(silent.stream),
        AlertRaised(
            referral=silent.stream,
            agency=agency,
            urgency=urgency,
            code=code_of(silent.stream),
            duties=(Duty.COORDINATOR,),
            escalation=silent.id,
            about=AlertAbout.SILENCE,
        ),
        case=None,
        actor=ACTOR,
        cause=silent,
    )


def end_silence_alert(recovered: Recorded[DeskHeardAgain | ShelterHeardAgain], work: UnitOfWork) -> None:
    """The silence is over: ends its alert."""
    alert = alert_of(recovered.stream)
    record_answer(alert, work.history(alert), recovered, work)


def alert_of_access(opened: Recorded[BreakGlassOpened], work: UnitOfWork) -> None:
    """Alerts the referral's desk to an exceptional access at once, and the supervisor, who may review it."""
    _raise_access(opened, (Duty.DESK, Duty.SUPERVISOR), work)


def alert_of_missing_review(unreviewed: Recorded[BreakGlassUnreviewed], work: UnitOfWork) -> None:
    """Nobody reviewed an exceptional access in time: alerts the coordinator."""
    _raise_access(unreviewed, (Duty.COORDINATOR,), work)


def _raise_access(
    fact: Recorded[BreakGlassOpened] | Recorded[BreakGlassUnreviewed], duties: tuple[Duty, ...], work: UnitOfWork
) -> None:
    event = AlertRaised(
        referral=fact.event.referral,
        agency=fact.event.agency,
        urgency=Urgency.U1,
        code=code_of(fact.stream),
        duties=duties,
        escalation=fact.id,
        about=AlertAbout.ACCESS,
    )
    work.record(alert_of(fact.stream), event, case=fact.case, actor=ACTOR, cause=fact)


def end_access_alert(reviewed: Recorded[BreakGlassReviewed], work: UnitOfWork) -> None:
    """The exceptional access was reviewed: ends its alert."""
    if work.history(alert_of(reviewed.stream)):
        event = AlertAnswered(referral=reviewed.event.referral, agency=reviewed.event.agency)
        work.record(alert_of(reviewed.stream), event, case=reviewed.case, actor=ACTOR, cause=reviewed)
