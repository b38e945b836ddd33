"""Assesses a case by the rules. Apart from issuing, so that reading a disclosure does not need the issuer."""

from dataclasses import dataclass, field
from datetime import datetime

from events.vocabulary import Agency, Urgency
from services.referral.bodies.ports import Bodies, NoBodies
from services.referral.capacity.queries import DesksWithoutRoom
from services.referral.caravans.queries import ActiveCaravans
from services.referral.case_file.domain import CaseFile
from services.referral.deadlines.calendar import day_in_mexico
from services.referral.deadlines.policy import Clocks, CountedHours
from services.referral.deadlines.ports import AnsweringDesk, Desks, OneDeskAnAgency
from services.referral.obligations.policy import ObligationPolicy, programmes_obligations
from services.referral.routing.domain import Assessment, assess
from services.referral.routing.policy import RuleSet

_CANNOT_WAIT = frozenset({Urgency.U0, Urgency.U1})


@dataclass(frozen=True, slots=True)
class Policies:
    """The policies in force: rules, deadlines, desks, active caravans, tasks and bodies."""

    rules: RuleSet
    clocks: Clocks
    desks: Desks = field(default_factory=OneDeskAnAgency)
    caravans: ActiveCaravans = field(default_factory=ActiveCaravans)
    without_room: DesksWithoutRoom = field(default_factory=DesksWithoutRoom)
    obligations: ObligationPolicy = field(default_factory=programmes_obligations)
    bodies: Bodies = field(default_factory=NoBodies)

    async def refresh(self) -> None:
        """Reads what people turned on or reported: caravan modes, and desks without room."""
        await self.caravans.refresh()
        await self.without_room.refresh()

    def answering_desk(self, agency: Agency, shelter: str, urgency: Urgency, at: datetime) -> AnsweringDesk:
        """The desk that a referral is sent to.

        For U0 and U1 a desk that says that it has no room is passed over as a closed one is (domain.md §6).
        """
        desk = self.desks.answering(agency, shelter, urgency, at)
        if urgency in _CANNOT_WAIT and self.without_room.is_full(desk.code, at):
            return self.desks.around_the_clock(agency)
        return desk

    @property
    def counted_hours(self) -> CountedHours:
        """The hours that a referral's clocks count."""
        return CountedHours(self.clocks, self.desks)

    def assessment(self, file: CaseFile) -> Assessment:
        """The assessment of a case by the rules, on the day it was opened in Mexico."""
        return assess(file.answers, self.rules, day_in_mexico(file.answered_at))
