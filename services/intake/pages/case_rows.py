"""What a shelter is shown of its cases in lines: of each referral what is awaited, of whom and until when."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from events.referral_states import CLOSED
from events.vocabulary import Urgency
from services.intake.case_list.domain import Waiting
from services.intake.case_list.schemas import ListedCase
from services.intake.case_status.schemas import CaseReferral
from services.intake.case_timeline.clocks import NO_CLOCKS, Awaited, Clocks, Whom, awaited

FIRST = (Whom.SHELTER, Whom.DESK, Whom.PERSON, Whom.PROGRAMME, Whom.NOBODY)
"""Whose turn it is comes first where it is the shelter's."""


@dataclass(frozen=True, slots=True)
class Line:
    """A referral, and what comes next with it."""

    referral: CaseReferral
    awaited: Awaited


TURNS = {
    "ask": Waiting.CONSENT,
    "renew": Waiting.CONSENT,
    "answer": Waiting.QUESTION,
    "confirm": Waiting.CONFIRMATION,
    "check": Waiting.WITHDRAWAL_CHECK,
}
"""What the shelter does when its turn has come. A person who wants time, or said no, is not asked meanwhile."""


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case of the list."""

    case: ListedCase
    lines: list[Line]

    @property
    def turns(self) -> list[Waiting]:
        """What the shelter can do for it."""
        return turns_of(self.lines, frozen=Waiting.WITHDRAWAL_CHECK in self.case.waits_for)

    @property
    def urgency(self) -> Urgency | None:
        """The most urgent class of what is open; ``None``: nothing is."""
        return min((line.referral.urgency for line in self.lines if line.referral.state not in CLOSED), default=None)


def turns_of(lines: Iterable[Line], *, frozen: bool) -> list[Waiting]:
    """What the shelter can do for a case, in the order of ``Waiting``."""
    found = {TURNS[line.awaited.what] for line in lines if line.awaited.what in TURNS}
    found |= {Waiting.WITHDRAWAL_CHECK} if frozen else set()
    return [one for one in Waiting if one in found]


def lines_of(referrals: Iterable[CaseReferral], clocks: Mapping[UUID, Clocks], at: datetime) -> list[Line]:
    """The referrals of a case: what the shelter can do, then what is due first, then what has ended."""
    lines = [Line(one, awaited(one, clocks.get(one.referral_id, NO_CLOCKS), at)) for one in referrals]
    return sorted(lines, key=lambda line: (FIRST.index(line.awaited.whom), line.referral.urgency, line.referral.agency))
