"""Reads from the referral log itself which help was reported as given: what is shown of it may be a moment behind."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from events.contract import Event, Recorded
from events.referral import ReferralFact
from events.vocabulary import Agency, ReferralState
from services.chassis.database import Database
from services.chassis.eventlog.upstream import Upstream

REFERRALS = "select referral_id from referral_status where case_id = $1"


@dataclass(frozen=True, slots=True)
class DeliveredHelp:
    """Help that an agency reported as given, and that nobody has confirmed."""

    agency: Agency
    at: datetime


async def delivered_help(database: Database, case: UUID) -> list[DeliveredHelp]:
    """The referrals of a case that wait for a word of the person's, those hidden from its shelter included."""
    async with database.as_system() as connection:
        referrals = [UUID(int=row["referral_id"].int) for row in await connection.fetch(REFERRALS, case)]
    histories = await Upstream(database, "referral").streams(referrals)
    return [found for history in histories.values() if (found := _delivered(history)) is not None]


def _delivered(history: Sequence[Recorded[Event]]) -> DeliveredHelp | None:
    steps = [fact for fact in history if isinstance(fact.event, ReferralFact) and fact.event.STATE is not None]
    if not steps:
        return None
    last, event = steps[-1], steps[-1].event
    assert isinstance(event, ReferralFact)  # noqa: S101 - the others were left out
    return DeliveredHelp(event.agency, last.recorded_at) if event.STATE is ReferralState.DELIVERED else None
