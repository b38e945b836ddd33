"""Reads what happened to a case, for the shelter that holds it: only of what ``case_status`` showed it."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from services.chassis.eventlog.log import Log
from services.chassis.eventlog.upstream import Upstream
from services.chassis.ids import uuid5
from services.intake.case_status.schemas import CaseReferral, CaseStatus
from services.intake.case_timeline.clocks import Clocks, clocks_of
from services.intake.case_timeline.domain import Entry, entries
from services.intake.cases.domain import shown_version
from services.intake.who_knew.commands import told_stream


@dataclass(frozen=True, slots=True)
class CaseTimeline:
    """What happened to a case, its referrals' deadlines, and its version as its shelter is told it."""

    entries: list[Entry]
    clocks: dict[UUID, Clocks]
    version: int


@dataclass(frozen=True, slots=True)
class CaseTimelines:
    """Reads the logs of intake and referral. ``referral``: the log with the referrals."""

    log: Log
    referral: Upstream

    async def of(self, status: CaseStatus) -> CaseTimeline:
        """What happened to a case that was shown, with those of its referrals that were.

        Of a case that was handed over a former shelter is told nothing.
        """
        if status.handed_over:
            return CaseTimeline([], {}, 1)
        case = status.case_id
        streams = (case, uuid5(case, "readings"), uuid5(case, "identity"), told_stream(case))
        own = await self.log.streams(streams)
        told = await self.referral.streams([one.referral_id for one in status.referrals])
        readings = [fact for stream in streams[1:] for fact in own[stream]]
        return CaseTimeline(
            entries=entries(own[case], readings, told.values(), status.shelter),
            clocks={referral: clocks_of(history) for referral, history in told.items()},
            version=shown_version(own[case], own[case][-1]),
        )

    async def clocks(self, referrals: Iterable[CaseReferral]) -> dict[UUID, Clocks]:
        """The deadlines of referrals that were shown."""
        told = await self.referral.streams([one.referral_id for one in referrals if one.sent])
        return {referral: clocks_of(history) for referral, history in told.items()}
