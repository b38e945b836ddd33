"""Reads who knew of a person from the logs of intake and referral, of what the shelter is shown alone."""

from dataclasses import dataclass

from services.chassis.eventlog.log import Log
from services.chassis.eventlog.upstream import Upstream
from services.chassis.ids import uuid5
from services.intake.case_status.schemas import CaseStatus
from services.intake.who_knew.domain import Knower, knowers

READINGS, IDENTITY = "readings", "identity"
"""The streams beside a case's, and beside a referral's, in which readings are recorded."""


@dataclass(frozen=True, slots=True)
class WhoKnew:
    """Reads both logs. ``referral``: the log with the referrals."""

    log: Log
    referral: Upstream

    async def of(self, status: CaseStatus) -> list[Knower]:
        """Who was told, or read, of a case as its shelter is shown it; of one that was handed over nobody."""
        if status.handed_over:
            return []
        case = status.case_id
        own = await self.log.streams([case, uuid5(case, READINGS), uuid5(case, IDENTITY)])
        shown = {one.referral_id: one for one in status.referrals}
        reads = {referral: uuid5(referral, READINGS) for referral in shown}
        told = await self.referral.streams([*shown, *reads.values()])
        return knowers(
            status.shelter,
            own[case],
            [*own[uuid5(case, READINGS)], *own[uuid5(case, IDENTITY)]],
            [(one, told[referral], told[reads[referral]]) for referral, one in shown.items()],
            status.exceptional_accesses,
        )
