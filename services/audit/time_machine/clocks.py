"""Which clocks of a referral ran at a moment, until when, and whether they stood still. Pure.

A clock's end stands in the facts. The decision's is moved by the one question that a desk may ask: by the recorded
pause, at most by the recorded allowance. Where a class counts the desk's own hours, how much of the pause counted is
in no fact, and the end that is told is the latest that it can have been (``at_latest``).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from events.referral_states import CHANGEABLE, CLOSED, OPEN, TAKEN, UNDECIDED
from events.vocabulary import ReferralClock, Urgency
from events.vocabulary import ReferralState as S
from services.audit.time_machine.referrals import ReferralThen

C = ReferralClock
ROUND_THE_CLOCK = frozenset({Urgency.U0, Urgency.U1})
"""Classes whose clocks count every hour (domain.md §6)."""


class Waits(StrEnum):
    """What runs besides the clocks of the ladders."""

    WANTS_TIME = "wants_time"
    """The person named a moment for their decision."""
    RENEWAL = "renewal"
    """The consent ran out, and the person is asked for another."""
    DUTY = "duty"
    """A task that the law or the programme sets."""


STATES: Mapping[ReferralClock | Waits, frozenset[S]] = {
    C.ACKNOWLEDGE: frozenset({S.REQUESTED}),
    C.DECIDE: UNDECIDED | {S.EXPIRED},
    C.SERVE: frozenset({S.ACCEPTED, S.SCHEDULED}),
    C.REROUTE: frozenset({S.DECLINED, S.EXPIRED}),
    C.CONFIRM: frozenset({S.DELIVERED}),
    C.DELETION: CLOSED,
    C.WAITING: frozenset({S.BLOCKED_CONSENT}),
    C.CHANGE: CHANGEABLE,
    C.CORRECTION: CHANGEABLE,
    C.FREEZE: OPEN,
    C.CONSENT: UNDECIDED | TAKEN | {S.EXPIRED, S.DECLINED},
    C.CONTEST: OPEN,
    Waits.WANTS_TIME: frozenset({S.BLOCKED_CONSENT}),
    Waits.RENEWAL: UNDECIDED | TAKEN | {S.EXPIRED, S.DECLINED},
}
"""The states in which each clock can run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningClock:
    """A clock at a moment."""

    what: ReferralClock | Waits
    until: datetime | None
    """Its end; ``None``: it has none, and counts from a beginning."""
    since: datetime | None = None
    stands: bool = False
    """Whether it stood still: a withdrawal was to be checked, or the shelter was asked something."""
    at_latest: bool = False
    """Whether the end is only the latest that it can have been."""
    until_day: date | None = None
    """Of a task that is due on a day."""


def clocks_of(referral: ReferralThen) -> list[RunningClock]:
    """The clocks that ran on a referral, the nearest end first, those without one last."""
    running = [clock for clock in _all(referral) if referral.state in STATES[clock.what]]
    return sorted(running, key=lambda one: (one.until is None, one.until.timestamp() if one.until else 0.0))


def decide_by(referral: ReferralThen) -> tuple[datetime, bool] | None:
    """The end of the decision's clock, and whether it is only the latest that it can have been."""
    times = referral.deadlines
    if times is None or referral.clocks_from is None:
        return None
    allowed = times.decide_by_if_asked
    if referral.asked_at is None or allowed is None:
        return times.decide_by, False
    begin, answered = max(referral.asked_at, referral.clocks_from), referral.answered_at
    if times.decide_by <= begin or (answered is not None and answered <= begin):
        return times.decide_by, False  # it had passed, or the pause was over before these deadlines were set
    if answered is None or referral.urgency not in ROUND_THE_CLOCK:
        return allowed, answered is not None
    return min(times.decide_by + (answered - begin), allowed), False


def _all(one: ReferralThen) -> Iterator[RunningClock]:
    yield from _of_the_desk(one)
    yield from _of_what_happened(one)
    if one.deletion_due is not None and not one.deleted:
        yield RunningClock(what=C.DELETION, until=one.deletion_due)
    if one.state is S.DECLINED or (one.raised_at is not None and one.raised_at >= one.since):
        yield RunningClock(what=C.REROUTE, until=None, since=max(one.since, one.raised_at or one.since))
    yield RunningClock(what=C.CONFIRM, until=None, since=one.since)


def _of_the_desk(one: ReferralThen) -> Iterator[RunningClock]:
    decision = decide_by(one)
    if one.deadlines is None or decision is None:
        return
    frozen, since = one.frozen_at is not None, one.clocks_from
    asked = one.state is S.INFO_REQUESTED and one.deadlines.decide_by_if_asked is not None
    yield RunningClock(what=C.ACKNOWLEDGE, until=one.deadlines.acknowledge_by, since=since, stands=frozen)
    yield RunningClock(what=C.DECIDE, until=decision[0], since=since, stands=frozen or asked, at_latest=decision[1])
    yield RunningClock(what=C.SERVE, until=one.deadlines.serve_by, since=since, stands=frozen)


def _of_what_happened(one: ReferralThen) -> Iterator[RunningClock]:
    if one.ask_by is not None:
        yield RunningClock(what=C.WAITING, until=one.ask_by, since=one.since)
    if one.wait_until is not None:
        yield RunningClock(what=Waits.WANTS_TIME, until=one.wait_until, since=one.since)
    if one.unseen is not None:
        what = C.CHANGE if one.unseen.urgent else C.CORRECTION
        yield RunningClock(what=what, until=one.unseen.by, since=one.unseen.since)
    if one.frozen_at is not None:
        yield RunningClock(what=C.FREEZE, until=one.check_by, since=one.frozen_at)
    if one.basis_until is not None and one.lapsed_at is None:
        yield RunningClock(what=C.CONSENT, until=one.basis_until)
    if one.lapsed_at is not None:
        yield RunningClock(what=Waits.RENEWAL, until=one.renew_by, since=one.lapsed_at)
    if one.contested_at is not None:
        yield RunningClock(what=C.CONTEST, until=None, since=one.contested_at)
