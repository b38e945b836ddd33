"""Alerts to shelters, put into the log as a reaction would, and facts of the referral service that nobody makes yet."""

from contextlib import suppress
from typing import Any
from uuid import UUID, uuid4

from events.contract import Event, Recorded
from events.notifications import AlertRaised
from events.vocabulary import Agency, AlertAbout, Duty, Urgency
from services.chassis.clock import system_clock
from services.chassis.errors import VersionConflictError
from services.chassis.eventlog.append import Append
from services.chassis.eventlog.unit_of_work import UnitOfWork
from services.notifications.alerts.domain import alert_of, code_of, shelter_alert
from tests.support.people.people import Item
from tests.support.system.system import System


async def put(system: System, service: str, stream: UUID, event: Event, case: str | None, **envelope: Any) -> Recorded:  # type: ignore[type-arg]  # of any event
    """Appends an event to a service's log."""
    log, clock = system.service(service).log, system.service(service).context.clock
    says = {"actor": "test", "cause": uuid4(), **envelope}
    while True:
        work = UnitOfWork(log, clock)
        await work.load([stream])
        fact = work.record(stream, event, case=None if case is None else UUID(case), **says)
        with suppress(VersionConflictError):  # a clock of the same referral was first
            await log.append(Append(entries=work.entries))
            return fact


async def happens(system: System, referral: Item, event: Event, **envelope: Any) -> None:
    """An event of a referral is appended to the referral service's log, whose followers react to it."""
    await put(system, "referral", UUID(referral["referral_id"]), event, referral["case_id"], **envelope)


async def shelter_alerted(system: System, referral: Item, shelter: str, about: AlertAbout = AlertAbout.WAITING) -> str:
    """A shelter is alerted about something of a referral; the alert's id."""
    stream = UUID(referral["referral_id"])
    event = AlertRaised(
        referral=stream,
        agency=Agency(referral["agency"]),
        urgency=Urgency.U2,
        code=code_of(stream),
        duties=(Duty.SHELTER,),
        about=about,
        shelter=shelter,
    )
    alert = shelter_alert(stream, about)
    await put(system, "notifications", alert, event, referral["case_id"], occurred_at=system_clock())
    return str(alert)


async def alert_about(system: System, referral: Item, whose: str) -> str:
    """The alert to the referral's desk, or one to the shelter."""
    if whose.startswith("ALB-"):
        return await shelter_alerted(system, referral, whose)
    return str(alert_of(UUID(referral["referral_id"])))
