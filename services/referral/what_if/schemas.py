"""What a replay is told and what comes of it: counts under the programme's limits, and nothing of a person."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from events.vocabulary import Agency, ReferralClock, RiskCategory, Urgency


class RunState(StrEnum):
    """What has become of a replay."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    """It ended without a result: the service stopped, or something could not be read."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Hidden(StrEnum):
    """Why a number is not shown."""

    FEW = "few"
    """It is under the limit, and not none."""
    CLOSE = "close"
    """It differs from the one before by less than the limit: the difference would tell of a few."""


class Number(_Part):
    """A number, or why it is not shown."""

    value: int | None = None
    hidden: Hidden | None = None


class Pair(_Part):
    """A number as it was, and as it would have been."""

    before: Number
    after: Number


class ChangeGroup(_Part):
    """Cases of which the same would have been otherwise."""

    cases: int
    agencies_gained: tuple[Agency, ...] = ()
    agencies_lost: tuple[Agency, ...] = ()
    categories_added: tuple[RiskCategory, ...] = ()
    categories_lost: tuple[RiskCategory, ...] = ()
    urgency_before: Urgency | None = None
    urgency_after: Urgency | None = None
    sent_gained: tuple[Agency, ...] = ()
    sent_lost: tuple[Agency, ...] = ()


class Load(_Part):
    """Referrals that an agency's desks were sent, and would have been."""

    agency: Agency
    sent: Pair
    peak: Pair
    """On the day with most."""


class MissedDeadlines(_Part):
    """Deadlines of one kind that an agency's desks missed, and would have missed."""

    agency: Agency
    clock: ReferralClock
    missed: Pair
    unknown: Number
    """Referrals of which nobody knows how long the desk would have taken."""


class NamedCase(_Part):
    """A case that would have gone elsewhere, by its pseudonym, and the number of its group."""

    case_id: UUID
    group: int


class ReplayResult(_Part):
    """What came of a replay."""

    rule_set: str | None
    deadlines: str | None
    first_day: date
    last_day: date
    known_until: datetime
    compared: int
    erased: int
    lost: int
    not_reproduced: int
    deadlines_differ: int
    changed: Number
    """Cases of which anything would have been otherwise."""
    groups: tuple[ChangeGroup, ...]
    """Those with enough cases to be shown, the largest first."""
    others: Number
    """Changed cases in groups that are too small to be shown."""
    load: tuple[Load, ...]
    missed: tuple[MissedDeadlines, ...]
    named: tuple[NamedCase, ...] | None = None
    """``None``: no case is named."""


class Run(_Part):
    """One replay, as it is listed."""

    run_id: UUID
    state: RunState
    started_at: datetime
    started_by: str
    """Role and organisation; who it was, the log tells."""
    rule_set: str | None
    deadlines: str | None
    first_day: date
    last_day: date
    cases: int
    done: int
    """Cases that were looked at so far."""
    result: ReplayResult | None = None
