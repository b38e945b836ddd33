"""An agency that was asked in another's stead, without an hour passing first."""

from datetime import datetime
from uuid import UUID, uuid4

from events.referral import ReferralEscalated
from events.vocabulary import Agency, Duty, ReferralClock, Urgency
from services.chassis.eventlog.append import Append
from services.chassis.eventlog.unit_of_work import UnitOfWork
from tests.support.people.people import Item
from tests.support.system.system import System


async def is_asked(system: System, referral: Item, agency: Agency) -> None:
    """The rung of the ladder that asks an agency, as the scheduler records it."""
    service = system.service("referral")
    work, stream = UnitOfWork(service.log, service.context.clock), UUID(referral["referral_id"])
    await work.load([stream])
    rung = ReferralEscalated(
        agency=Agency(referral["agency"]),
        shelter=referral["shelter"],
        urgency=Urgency(referral["urgency"]),
        clock=ReferralClock.DECIDE,
        rung="deadline_missed",
        whom=(Duty.FALLBACK,),
        deadline=datetime.fromisoformat(referral["deadlines"]["decide_by"]),
        asked=agency,
    )
    work.record(stream, rung, case=UUID(referral["case_id"]), actor="clock:test", cause=uuid4())
    await service.log.append(Append(entries=work.entries))
