"""When a desk or a shelter is silent, and when it is heard again (domain.md §8).

Pure: what is known of one of them, the thresholds and whether caravan mode is on in; the moment and the measure out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from uuid import UUID

from events.silence import DeskFellSilent, DeskHeardAgain, ShelterFellSilent, ShelterHeardAgain
from events.vocabulary import Agency, SilenceMeasure, Urgency
from services.chassis.identity import derived
from services.referral.desks import EVERY_HOUR, Hours
from services.referral.silence_policy import DeskThresholds, Season, SilencePolicy
from services.referral.working_days import MEXICO_CITY

NAMESPACE = UUID("8b4f6c1e-52a9-5d37-9f0d-3c2ad7a1b6e5")
NOTHING = timedelta(0)
LONGEST_CLOSED = 400
"""Days to look for a season's beginning: a year, and more."""

SilenceFact = DeskFellSilent | DeskHeardAgain | ShelterFellSilent | ShelterHeardAgain


class Kind(StrEnum):
    """What may fall silent."""

    DESK = "desk"
    SHELTER = "shelter"


@dataclass(frozen=True, slots=True)
class Falls:
    """When it falls silent, since when it will have been, and by which measure (a desk's)."""

    at: datetime
    since: datetime
    measure: SilenceMeasure | None = None


@dataclass(frozen=True, slots=True)
class Owed:
    """A referral that a desk owes something: an acknowledgement, or after that a decision."""

    acknowledge_by: datetime
    sent_at: datetime
    urgency: Urgency
    waits: bool
    """Nobody has seen it yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """All that is known of a desk or a shelter here."""

    kind: Kind
    code: str
    agency: Agency | None = None
    heard_at: datetime | None = None
    silent_at: datetime | None = None
    since: datetime | None = None
    last_heard: datetime | None = None
    """Of a silent one: the last sign of life before its silence was told."""
    caravan: bool = False
    """Whether caravan mode is on for it."""
    hours: Hours = EVERY_HOUR
    season: Season | None = None
    owed: Sequence[Owed] = ()
    """A desk's: the first of each class that is owed something, and of those overdue after it was last heard as many
    as are counted in a row."""

    @property
    def stream(self) -> UUID:
        """Where its silences are told."""
        return stream_of(self.kind, self.code)

    @property
    def heard(self) -> datetime | None:
        """When a silent one gave a sign of life, if it has."""
        if self.silent_at is None or self.heard_at is None:
            return None
        return self.heard_at if self.last_heard is None or self.heard_at > self.last_heard else None


def stream_of(kind: Kind, code: str) -> UUID:
    """The stream of a desk's or a shelter's silences."""
    return derived(NAMESPACE, f"{kind}/{code}")


def next_at(watched: Watched, policy: SilencePolicy) -> datetime | None:
    """When something is due of it: its silence, or of a silent one that it was heard."""
    if watched.silent_at is not None:
        return watched.heard
    falls = falls_silent(watched, policy)
    return None if falls is None else falls.at


def due(watched: Watched, policy: SilencePolicy, now: datetime) -> SilenceFact | None:
    """What has become so by now and was not told yet. Once for each silence."""
    at = next_at(watched, policy)
    if at is None or at > now:
        return None
    if watched.silent_at is not None:
        return _heard_again(watched, at)
    falls = falls_silent(watched, policy)
    assert falls is not None  # noqa: S101 - something was due
    return _fell_silent(watched, falls, policy)


def falls_silent(watched: Watched, policy: SilencePolicy) -> Falls | None:
    """When it falls silent if nobody there does anything; ``None``: never, as things are."""
    if watched.kind is Kind.SHELTER:
        return _shelter(watched, policy)
    usual, caravan = (_of_kind(watched.hours, policy, caravan=one) for one in (False, True))
    if not watched.caravan:
        return _desk(watched, usual)
    found = [_desk(watched, caravan)]
    if any(one.urgency is Urgency.U0 for one in watched.owed):  # never looser for a U0
        found.append(_desk(watched, usual))
    return min((one for one in found if one is not None), key=lambda one: one.at, default=None)


def _of_kind(hours: Hours, policy: SilencePolicy, *, caravan: bool) -> DeskThresholds:
    desks = (policy.caravan if caravan else policy.usual).desks
    return desks.every_hour if hours.always else desks.office_hours


def _desk(watched: Watched, thresholds: DeskThresholds) -> Falls | None:
    hours, found = watched.hours, list[Falls]()
    waiting = sorted((one for one in watched.owed if one.waits), key=lambda one: one.acknowledge_by)
    if waiting:
        first = waiting[0]
        begins = _later(first.acknowledge_by, watched.heard_at)
        since = _later(min(one.sent_at for one in waiting), watched.heard_at)
        found.append(Falls(hours.after(begins, thresholds.waiting), since, SilenceMeasure.WAITING))
        unheard = [one for one in waiting if watched.heard_at is None or one.acknowledge_by > watched.heard_at]
        if len(unheard) >= thresholds.in_a_row:
            last = unheard[thresholds.in_a_row - 1]
            found.append(Falls(last.acknowledge_by, since, SilenceMeasure.IN_A_ROW))
    if watched.owed:
        since = _later(min(one.sent_at for one in watched.owed), watched.heard_at)
        found.append(Falls(hours.after(since, thresholds.nothing_decided), since, SilenceMeasure.NOTHING_DECIDED))
    return min(found, key=lambda one: one.at, default=None)


def _shelter(watched: Watched, policy: SilencePolicy) -> Falls | None:
    if watched.heard_at is None:
        return None
    quiet = (policy.caravan if watched.caravan else policy.usual).shelters.quiet
    at = in_season(watched.heard_at, quiet, watched.season)
    return None if at is None else Falls(at, watched.heard_at)


def in_season(start: datetime, duration: timedelta, season: Season | None) -> datetime | None:
    """When so much of a season's time has passed since a moment; days are those of Mexico City."""
    if season is None:
        return start + duration
    day, moment, left = start.astimezone(MEXICO_CITY).date(), start.astimezone(UTC), duration
    for _ in range(LONGEST_CLOSED + duration.days):
        ends = datetime.combine(day + timedelta(days=1), time(), MEXICO_CITY).astimezone(UTC)
        if season.open_on(day):
            if left <= ends - moment:
                return moment + left
            left -= ends - moment
        day, moment = day + timedelta(days=1), ends
    return None


def _fell_silent(watched: Watched, falls: Falls, policy: SilencePolicy) -> DeskFellSilent | ShelterFellSilent:
    if watched.kind is Kind.SHELTER:
        return ShelterFellSilent(
            shelter=watched.code,
            since=falls.since,
            policy=policy.version,
            caravan=watched.caravan,
            last_heard=watched.heard_at,
        )
    assert watched.agency is not None  # noqa: S101 - a desk is an agency's
    assert falls.measure is not None  # noqa: S101 - and fell silent by one of the measures
    return DeskFellSilent(
        desk=watched.code,
        agency=watched.agency,
        since=falls.since,
        measure=falls.measure,
        urgency=min((one.urgency for one in watched.owed if one.waits), default=None),
        policy=policy.version,
        caravan=watched.caravan,
        last_heard=watched.heard_at,
    )


def _heard_again(watched: Watched, at: datetime) -> DeskHeardAgain | ShelterHeardAgain:
    since = watched.since or at
    if watched.kind is Kind.SHELTER:
        return ShelterHeardAgain(shelter=watched.code, since=since, heard_at=at)
    assert watched.agency is not None  # noqa: S101 - a desk is an agency's
    return DeskHeardAgain(desk=watched.code, agency=watched.agency, since=since, heard_at=at)


def _later(moment: datetime, other: datetime | None) -> datetime:
    return moment if other is None else max(moment, other)
