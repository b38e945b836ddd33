"""Alerts to somebody's trying again and again: a slip's word, or more exceptional accesses than one person may open.

Neither says whose slip or which referral: only who signs in finds the case by the alert.
"""

from events.break_glass import BreakGlassLimited
from events.contract import Recorded
from events.notifications import AlertRaised
from events.operations import SlipUnderAttack
from events.vocabulary import LEAD_AGENCY, Agency, AlertAbout, Duty, Urgency
from services.chassis.eventlog.unit_of_work import UnitOfWork
from services.notifications.alerts.domain import code_of, programme_alert, shelter_alert
from services.notifications.alerts.raising import record_alert


def alert_of_attack(attacked: Recorded[SlipUnderAttack], work: UnitOfWork) -> None:
    """Somebody guesses at a slip's word: alerts the coordinator of the shelter that can issue another slip."""
    event = AlertRaised(
        referral=attacked.stream,
        agency=LEAD_AGENCY,
        urgency=Urgency.U1,
        code=code_of(attacked.stream),
        duties=(Duty.SHELTER_COORDINATOR,),
        escalation=attacked.id,
        about=AlertAbout.MISUSE,
        shelter=attacked.event.shelter,
    )
    record_alert(shelter_alert(attacked.stream, AlertAbout.MISUSE), event, attacked, work)


def alert_of_limit(limited: Recorded[BreakGlassLimited], work: UnitOfWork) -> None:
    """One person opens by break-glass in bulk: alerts the programme's coordinator."""
    whose = limited.event.opened_for
    event = AlertRaised(
        referral=limited.stream,
        agency=Agency(whose) if whose in set(Agency) else LEAD_AGENCY,
        urgency=Urgency.U1,
        code=code_of(limited.stream),
        duties=(Duty.COORDINATOR,),
        escalation=limited.id,
        about=AlertAbout.MISUSE,
    )
    record_alert(programme_alert(limited.stream, AlertAbout.MISUSE), event, limited, work)
