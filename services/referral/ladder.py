"""What silence leads to: which rungs of a referral's ladders are due and not yet climbed, and when the next one is.

Pure: a referral as its events tell it, the policy and a moment in; what follows out. A rung is climbed once for a
deadline; a deadline that is set anew, because the referral became more urgent, begins its ladder anew.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from events.referral import Deadlines, LoopClosed, ReferralEscalated, ReferralExpired, ReferralFact
from events.vocabulary import Agency, Confirmation, Duty, ReferralClock, ReferralState, Urgency
from services.chassis.identity import derived
from services.referral.desks import EVERY_HOUR, Hours
from services.referral.domain import CLOSED, Climbed, Referral
from services.referral.ladder_policy import Ladders, Rung

S = ReferralState
NOTHING = timedelta(0)
WHOLE = 100
"""Per cent."""

UNDECIDED = frozenset({S.REQUESTED, S.ACKNOWLEDGED, S.INFO_REQUESTED})
RUNS: Mapping[ReferralClock, frozenset[ReferralState]] = {
    ReferralClock.ACKNOWLEDGE: frozenset({S.REQUESTED}),
    ReferralClock.DECIDE: UNDECIDED | {S.EXPIRED},
    ReferralClock.SERVE: frozenset({S.ACCEPTED, S.SCHEDULED}),
    ReferralClock.REROUTE: frozenset({S.DECLINED}),
    ReferralClock.CONFIRM: frozenset({S.DELIVERED}),
    ReferralClock.DELETION: CLOSED,
}
"""In which states each clock runs: it stops at once when the referral leaves them."""
ENDS: Mapping[ReferralClock, Callable[[Deadlines], datetime]] = {
    ReferralClock.ACKNOWLEDGE: lambda deadlines: deadlines.acknowledge_by,
    ReferralClock.DECIDE: lambda deadlines: deadlines.decide_by,
    ReferralClock.SERVE: lambda deadlines: deadlines.serve_by,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """All that the clocks look at of one referral."""

    agency: Agency
    urgency: Urgency
    state: ReferralState
    since: datetime
    deadlines: Deadlines | None
    clocks_from: datetime | None
    asked_at: datetime | None
    answered_at: datetime | None
    climbed: frozenset[Climbed]
    deletion_from: datetime | None = None
    deletion_due: datetime | None = None
    """From when and until when what was told is to be deleted, while nobody has confirmed that it is."""
    hours: Hours = EVERY_HOUR
    """Those that its clocks count: the desk's for U2 and U3 (domain.md §6)."""
    caravan: datetime | None = None
    """When caravan mode began for it, if it is on: what was due by then stays due, what comes later is moved."""

    @classmethod
    def of(cls, referral: Referral, hours: Hours = EVERY_HOUR, *, caravan: datetime | None = None) -> "Running":
        """A referral's."""
        return cls(
            hours=hours,
            caravan=caravan,
            agency=referral.agency,
            urgency=referral.urgency,
            state=referral.state,
            since=referral.since,
            deadlines=referral.deadlines,
            clocks_from=referral.clocks_from,
            asked_at=referral.asked_at,
            answered_at=referral.answered_at,
            climbed=referral.climbed,
            deletion_from=referral.deletion_from,
            deletion_due=None if referral.deletion_confirmed else referral.deletion_due,
        )

    @property
    def decide_by(self) -> datetime | None:
        """Until when the desk must decide, its one question taken into account."""
        return None if self.deadlines is None else _standing_still(self, self.deadlines.decide_by, self.deadlines)


@dataclass(frozen=True, slots=True)
class Due:
    """A rung that is still to be climbed, the moment for it and the deadline it belongs to."""

    at: datetime
    clock: ReferralClock
    rung: Rung
    deadline: datetime

    def command(self, referral: UUID) -> UUID:
        """The same whoever climbs it, whenever: so that twice is once."""
        return derived(referral, f"{self.clock}/{self.rung.rung}/{self.deadline.astimezone(UTC).isoformat()}")

    def happens(self, referral: Referral, ladders: Ladders) -> list[ReferralFact]:
        """The facts that climbing it makes."""
        whose = {"agency": referral.agency, "shelter": referral.shelter}
        facts: list[ReferralFact] = []
        if self.rung.then == "expire" and referral.state in UNDECIDED:
            facts.append(ReferralExpired(**whose, deadline=self.deadline))
        if self.rung.then == "close":
            facts.append(LoopClosed(**whose, confirmation=Confirmation.UNCONFIRMED))
        if self.rung.whom:
            facts.append(
                ReferralEscalated(
                    **whose,
                    urgency=referral.urgency,
                    clock=self.clock,
                    rung=self.rung.rung,
                    whom=self.rung.whom,
                    deadline=self.deadline,
                    asked=ladders.asked_for(referral.agency) if Duty.FALLBACK in self.rung.whom else None,
                )
            )
        return facts


def to_climb(running: Running, ladders: Ladders) -> list[Due]:
    """Every rung that is left of the clocks that run, in the order of their moments; on a tie in that of the file."""
    return sorted(_left(running, ladders), key=lambda due: due.at)


def due(running: Running, ladders: Ladders, now: datetime) -> list[Due]:
    """What is to be climbed by now, the longest due first."""
    return [one for one in to_climb(running, ladders) if one.at <= now]


def next_at(running: Running, ladders: Ladders) -> datetime | None:
    """When something is due next, if nobody acts before."""
    return min((one.at for one in _left(running, ladders)), default=None)


def at_share(start: datetime, end: datetime, percent: int, hours: Hours = EVERY_HOUR) -> datetime:
    """When so much of the time from one moment to another has passed, by the hours that are counted.

    The whole of it has passed at the end itself; more than the whole counts on from there. Where none of those hours
    lie between (a person leaves at night), every hour counts.
    """
    whole = hours.between(start, end)
    if whole <= NOTHING:
        hours, whole = EVERY_HOUR, max(end - start, NOTHING)
    if percent == WHOLE:
        return max(start, end)
    if percent > WHOLE:
        return hours.after(max(start, end), whole * (percent - WHOLE) / WHOLE)
    return min(hours.after(start, whole * percent / WHOLE), max(start, end))


def _left(running: Running, ladders: Ladders) -> Iterator[Due]:
    for ladder in ladders.of(running.urgency):
        if running.state not in RUNS[ladder.clock]:
            continue
        for rung in ladder.rungs:
            one = _in_force(running, ladder.clock, rung, ladders)
            if one is None or (running.climbed and Climbed(one.clock, rung.rung, one.deadline) in running.climbed):
                continue
            yield one


def _in_force(running: Running, clock: ReferralClock, rung: Rung, ladders: Ladders) -> Due | None:
    usual = _when(running, clock, rung)
    if usual is None or running.caravan is None or usual.at <= running.caravan:
        return usual
    moved = ladders.moved(clock, running.urgency, rung.rung)
    return usual if moved is None else _when(running, clock, moved)


def _when(running: Running, clock: ReferralClock, rung: Rung) -> Due | None:
    if clock is ReferralClock.DELETION:
        return _deletion(running, rung)
    if clock not in ENDS:
        assert rung.after is not None  # noqa: S101 - the policy was validated
        return Due(running.since + rung.after, clock, rung, running.since + rung.after)
    if running.deadlines is None or running.clocks_from is None:
        return None  # never sent
    start, end = running.clocks_from, ENDS[clock](running.deadlines)
    hours = EVERY_HOUR if clock is ReferralClock.SERVE else running.hours  # the service begins by the calendar
    at = start + rung.after if rung.after is not None else at_share(start, end, rung.at or 0, hours)
    if clock is ReferralClock.DECIDE:
        at = _standing_still(running, at, running.deadlines)
    return Due(at, clock, rung, end)


def _deletion(running: Running, rung: Rung) -> Due | None:
    """What was told is deleted by the calendar, whatever the desk's hours."""
    start, end = running.deletion_from, running.deletion_due
    if start is None or end is None:
        return None  # nothing was told, or it is deleted
    at = start + rung.after if rung.after is not None else at_share(start, end, rung.at or 0)
    return Due(at, ReferralClock.DELETION, rung, end)


def _standing_still(running: Running, moment: datetime, deadlines: Deadlines) -> datetime:
    """A moment of the decide clock, later by as long as that clock stood still before it.

    It stands still from the desk's question to the shelter's answer, but no longer than the class allows; while
    nobody has answered, by all that it allows.
    """
    if running.asked_at is None or deadlines.decide_by_if_asked is None or running.clocks_from is None:
        return moment
    hours = running.hours
    longest = hours.between(deadlines.decide_by, deadlines.decide_by_if_asked)
    if longest <= NOTHING:  # set when pauses were not counted by the desk's hours yet
        hours, longest = EVERY_HOUR, deadlines.decide_by_if_asked - deadlines.decide_by
    stopped = max(running.asked_at, running.clocks_from)
    if moment <= stopped:
        return moment
    stood = longest if running.answered_at is None else min(hours.between(stopped, running.answered_at), longest)
    return hours.after(moment, stood) if stood > NOTHING else moment
