"""Lists the consent decisions of a case."""

from uuid import UUID

from events.intake import CaseOpened, ConsentRecorded, ConsentWithdrawn
from services.chassis.eventlog.log import Log
from services.intake.consents.schemas import CaseConsent


async def consents_of(log: Log, case: UUID) -> list[CaseConsent]:
    """The decisions in the order recorded, with the receipts that a withdrawal names."""
    given: dict[UUID, CaseConsent] = {}
    for fact in (await log.streams([case]))[case]:
        event = fact.event
        if isinstance(event, ConsentWithdrawn):
            given[event.receipt] = given[event.receipt].model_copy(update={"withdrawn_at": fact.recorded_at})
            continue
        new = event.consents if isinstance(event, CaseOpened) else ()
        for one in (event.consent,) if isinstance(event, ConsentRecorded) else new:
            given[one.receipt] = CaseConsent(
                receipt=one.receipt,
                recipient=one.recipient,
                decision=one.decision,
                given_by=one.given_by,
                how=one.how,
                wording_version=one.wording_version,
                asked_by=one.asked_by,
                expires_at=one.expires_at,
                until=one.until,
                withdrawn_at=None,
            )
    return list(given.values())
