"""When a desk or a shelter is silent, and when it has recovered (domain.md §8).

Pure: takes what is known of a party and the thresholds; returns the moment and the measure.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from uuid import UUID

from events.silence import DeskFellSilent, DeskHeardAgain, ShelterFellSilent, ShelterHeardAgain
from events.vocabulary import Agency, SilenceMeasure, Urgency
from services.chassis.clock import MEXICO
from services.chassis.ids import uuid5
from services.referral.deadlines.ports import EVERY_HOUR, Hours
from services.referral.silence.policy import DeskThresholds, Season, SilencePolicy

NAMESPACE = UUID("8b4f6c1e-52a9-5d37-9f0d-3c2ad7a1b6e5")
ZERO = timedelta(0)
MAX_DAYS_CLOSED = 400
"""Limit, in days, of the search for the beginning of a season: more than a year."""

SilenceFact = DeskFellSilent | DeskHeardAgain | ShelterFellSilent | ShelterHeardAgain


class PartyKind(StrEnum):
    """What may fall silent."""

    DESK = "desk"
    SHELTER = "shelter"


PartyKey = tuple[PartyKind, str]
"""A desk or a shelter, by its code."""


@dataclass(frozen=True, slots=True)
class SilenceDue:
    """When a party falls silent, since when it will have been, and by which measure (desks only)."""

    at: datetime
    since: datetime
    measure: SilenceMeasure | None = None


@dataclass(frozen=True, slots=True)
class OwedReferral:
    """A referral that a desk must acknowledge or decide."""

    acknowledge_by: datetime
    sent_at: datetime
    urgency: Urgency
    waits: bool
    """Nobody has acknowledged it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitoredParty:
    """A desk or a shelter whose signs of life are monitored."""

    kind: PartyKind
    code: str
    agency: Agency | None = None
    heard_at: datetime | None = None
    silent_at: datetime | None = None
    since: datetime | None = None
    last_heard: datetime | None = None
    """The last sign of life before the silence was recorded."""
    caravan: bool = False
    """Whether caravan mode is active for it."""
    hours: Hours = EVERY_HOUR
    season: Season | None = None
    owed: Sequence[OwedReferral] = ()
    """Of a desk: the first of each class, and the overdue ones since its last sign of life, as many as the policy
    counts.
    """

    @property
    def stream(self) -> UUID:
        """The stream of its silences."""
        return stream_of(self.kind, self.code)

    @property
    def recovered_at(self) -> datetime | None:
        """When a silent party gave a sign of life; ``None`` if it has not."""
        if self.silent_at is None or self.heard_at is None:
            return None
        return self.heard_at if self.last_heard is None or self.heard_at > self.last_heard else None


def stream_of(kind: PartyKind, code: str) -> UUID:
    """The stream of a desk's or a shelter's silences."""
    return uuid5(NAMESPACE, f"{kind}/{code}")


def next_due_at(party: MonitoredParty, policy: SilencePolicy) -> datetime | None:
    """When its silence or its recovery is due to be recorded; ``None``: neither."""
    if party.silent_at is not None:
        return party.recovered_at
    silence = silence_due(party, policy)
    return None if silence is None else silence.at


def due_fact(party: MonitoredParty, policy: SilencePolicy, now: datetime) -> SilenceFact | None:
    """The silence or recovery that is due by now; each is recorded once."""
    at = next_due_at(party, policy)
    if at is None or at > now:
        return None
    if party.silent_at is not None:
        return _heard_again(party, at)
    silence = silence_due(party, policy)
    assert silence is not None  # noqa: S101 - something was due
    return _fell_silent(party, silence, policy)


def silence_due(party: MonitoredParty, policy: SilencePolicy) -> SilenceDue | None:
    """When it falls silent if nobody there acts; ``None``: never, as things are."""
    if party.kind is PartyKind.SHELTER:
        return _shelter_silence(party, policy)
    usual, caravan = (_thresholds(party.hours, policy, caravan=one) for one in (False, True))
    if not party.caravan:
        return _desk_silence(party, usual)
    found = [_desk_silence(party, caravan)]
    if any(one.urgency is Urgency.U0 for one in party.owed):  # never looser for a U0
        found.append(_desk_silence(party, usual))
    return min((one for one in found if one is not None), key=lambda one: one.at, default=None)


def _thresholds(hours: Hours, policy: SilencePolicy, *, caravan: bool) -> DeskThresholds:
    desks = (policy.caravan if caravan else policy.usual).desks
    return desks.every_hour if hours.always else desks.office_hours


def _desk_silence(party: MonitoredParty, thresholds: DeskThresholds) -> SilenceDue | None:
    hours, found = party.hours, list[SilenceDue]()
    waiting = sorted((one for one in party.owed if one.waits), key=lambda one: one.acknowledge_by)
    if waiting:
        first = waiting[0]
        begins = _later(first.acknowledge_by, party.heard_at)
        since = _later(min(one.sent_at for one in waiting), party.heard_at)
        found.append(SilenceDue(hours.after(begins, thresholds.waiting), since, SilenceMeasure.WAITING))
        unheard = [one for one in waiting if party.heard_at is None or one.acknowledge_by > party.heard_at]
        if len(unheard) >= thresholds.in_a_row:
            last = unheard[thresholds.in_a_row - 1]
            found.append(SilenceDue(last.acknowledge_by, since, SilenceMeasure.IN_A_ROW))
    if party.owed:
        since = _later(min(one.sent_at for one in party.owed), party.heard_at)
        found.append(SilenceDue(hours.after(since, thresholds.nothing_decided), since, SilenceMeasure.NOTHING_DECIDED))
    return min(found, key=lambda one: one.at, default=None)


def _shelter_silence(party: MonitoredParty, policy: SilencePolicy) -> SilenceDue | None:
    if party.heard_at is None:
        return None
    quiet = (policy.caravan if party.caravan else policy.usual).shelters.quiet
    at = after_in_season(party.heard_at, quiet, party.season)
    return None if at is None else SilenceDue(at, party.heard_at)


def after_in_season(start: datetime, duration: timedelta, season: Season | None) -> datetime | None:
    """When so much time within the season has passed since a moment; days are those of Mexico City."""
    if season is None:
        return start + duration
    day, moment, left = start.astimezone(MEXICO).date(), start.astimezone(UTC), duration
    for _ in range(MAX_DAYS_CLOSED + duration.days):
        ends = datetime.combine(day + timedelta(days=1), time(), MEXICO).astimezone(UTC)
        if season.open_on(day):
            if left <= ends - moment:
                return moment + left
            left -= ends - moment
        day, moment = day + timedelta(days=1), ends
    return None


def _fell_silent(
    party: MonitoredParty, silence: SilenceDue, policy: SilencePolicy
) -> DeskFellSilent | ShelterFellSilent:
    if party.kind is PartyKind.SHELTER:
        return ShelterFellSilent(
            shelter=party.code,
            since=silence.since,
            policy=policy.version,
            caravan=party.caravan,
            last_heard=party.heard_at,
        )
    assert party.agency is not None  # noqa: S101 - a desk is an agency's
    assert silence.measure is not None  # noqa: S101 - and fell silent by one of the measures
    return DeskFellSilent(
        desk=party.code,
        agency=party.agency,
        since=silence.since,
        measure=silence.measure,
        urgency=min((one.urgency for one in party.owed if one.waits), default=None),
        policy=policy.version,
        caravan=party.caravan,
        last_heard=party.heard_at,
    )


def _heard_again(party: MonitoredParty, at: datetime) -> DeskHeardAgain | ShelterHeardAgain:
    since = party.since or at
    if party.kind is PartyKind.SHELTER:
        return ShelterHeardAgain(shelter=party.code, since=since, heard_at=at)
    assert party.agency is not None  # noqa: S101 - a desk is an agency's
    return DeskHeardAgain(desk=party.code, agency=party.agency, since=since, heard_at=at)


def _later(moment: datetime, other: datetime | None) -> datetime:
    return moment if other is None else max(moment, other)
