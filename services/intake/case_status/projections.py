"""Stores the state of each referral, its alert and accesses by break-glass, for the shelter."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from events.break_glass import BreakGlassOpened, BreakGlassReviewed
from events.contract import CATALOGUE, Event, Recorded, UnknownEventError, split_topic
from events.notifications import AlertRaised
from events.referral import ReferralBlocked, ReferralFact, ReferralProposed, ReferralReassessed, ReferralRequested
from events.vocabulary import Agency, AlertAbout
from services.chassis.eventlog.log_entry import LogEntry, decode
from services.chassis.eventlog.projections import Projector, Statement, columns

PROPOSED = """
insert into referral_status
  (referral_id, version, changed_at, state, urgency, categories, reason, sent, case_id, agency)
select referral_id, version, changed_at, state, urgency, string_to_array(categories, ' '), reason,
  coalesce(sent, false), case_id, agency
from unnest($1::uuid[], $2::integer[], $3::timestamptz[], $4::text[], $5::text[], $6::text[], $7::text[], $8::boolean[],
    $9::uuid[], $10::text[])
  as new (referral_id, version, changed_at, state, urgency, categories, reason, sent, case_id, agency)
"""
CHANGED = """
update referral_status as old set version = new.version, changed_at = new.changed_at,
  state = coalesce(new.state, old.state), urgency = coalesce(new.urgency, old.urgency),
  categories = coalesce(string_to_array(new.categories, ' '), old.categories),
  reason = coalesce(new.reason, old.reason), sent = coalesce(new.sent, old.sent)
from unnest($1::uuid[], $2::integer[], $3::timestamptz[], $4::text[], $5::text[], $6::text[], $7::text[], $8::boolean[])
  as new (referral_id, version, changed_at, state, urgency, categories, reason, sent)
where old.referral_id = new.referral_id
"""
ALERTED = """
insert into alert_status select * from unnest($1::uuid[], $2::timestamptz[]) on conflict (referral_id) do nothing
"""


@dataclass(slots=True)
class _Change:
    """The changes of one batch to one referral's row; ``None`` leaves a column as it is."""

    referral: UUID
    case: UUID | None = None
    agency: str | None = None
    """Set for a new referral only."""
    version: int = 0
    changed_at: datetime | None = None
    state: str | None = None
    urgency: str | None = None
    categories: str | None = None
    reason: str | None = None
    sent: bool | None = None

    def take(self, entry: LogEntry) -> None:
        """Applies one event. For most the name says all the row needs, so they are not decoded."""
        kind = _kind(entry.topic)
        self.version, self.changed_at = entry.originator_version, entry.recorded_at
        self.state = kind.STATE or self.state
        if kind in (ReferralProposed, ReferralReassessed, ReferralBlocked, ReferralRequested):
            self._open(decode(entry))

    def _open(self, fact: Recorded[Event]) -> None:
        event = fact.event
        if isinstance(event, ReferralBlocked):
            self.reason = event.reason
        if isinstance(event, ReferralRequested):  # less urgent than proposed, where a consent covers a part alone
            self.sent, self.urgency = True, event.urgency
        if isinstance(event, ReferralProposed | ReferralReassessed):
            self.urgency, self.categories = event.urgency, " ".join(event.categories)
        if isinstance(event, ReferralProposed):
            self.case, self.agency = fact.case, event.agency

    def row(self) -> tuple[Any, ...]:
        """The values in the column order of ``CHANGED``."""
        return (
            self.referral,
            self.version,
            self.changed_at,
            self.state,
            self.urgency,
            self.categories,
            self.reason,
            self.sent,
        )


@cache
def _kind(topic: str) -> type[ReferralFact]:
    """The event class of a topic.

    Raises:
        UnknownEventError: the topic has a newer version than this program knows.
    """
    name, version = split_topic(topic)
    kind = CATALOGUE[name]
    if version > kind.VERSION or not issubclass(kind, ReferralFact):
        raise UnknownEventError(f"{name} version {version} is newer than this program")
    return kind


def follow_referrals(entries: Sequence[LogEntry]) -> list[Statement]:
    """Inserts or updates one row for each referral in the batch."""
    changes: dict[UUID, _Change] = {}
    for entry in entries:
        stream = entry.stream
        change = changes.get(stream)
        if change is None:
            change = changes[stream] = _Change(stream)
        change.take(entry)
    new = [(*change.row(), change.case, change.agency) for change in changes.values() if change.agency]
    changed = [change.row() for change in changes.values() if not change.agency]
    return [(statement, columns(rows)) for statement, rows in ((PROPOSED, new), (CHANGED, changed)) if rows]


def follow_alerts(entries: Sequence[LogEntry]) -> list[Statement]:
    """Stores when the desk was alerted about each referral."""
    facts = [(decode(entry).event, entry.recorded_at) for entry in entries]
    rows = [
        (event.referral, raised_at)
        for event, raised_at in facts
        if isinstance(event, AlertRaised) and event.about is AlertAbout.REFERRAL
    ]
    return [(ALERTED, columns(rows))] if rows else []


REFERRALS = Projector(
    place=follow_referrals, reads=tuple(fact for fact in CATALOGUE.values() if issubclass(fact, ReferralFact))
)
"""Every event of a referral, because the shelter sees each step."""

ALERTS = Projector(place=follow_alerts, reads=(AlertRaised,))

OPENED = """
insert into exceptional_access (access_id, case_id, agency, opened_for, basis, opened_at, until)
select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::timestamptz[])
"""
REVIEWED = """
update exceptional_access as old set verdict = new.verdict
from unnest($1::uuid[], $2::text[]) as new (access_id, verdict)
where old.access_id = new.access_id
"""


def follow_accesses(entries: Sequence[LogEntry]) -> list[Statement]:
    """Stores accesses by break-glass and their reviews; PEAS's are hidden from the shelter it may investigate."""
    opened: list[tuple[Any, ...]] = []
    reviewed: list[tuple[Any, ...]] = []
    for fact in map(decode, entries):
        event = fact.event
        if isinstance(event, BreakGlassOpened) and event.agency is not Agency.PEAS:
            access = (event.agency, event.opened_for, event.basis)
            opened.append((fact.stream, fact.case, *access, fact.recorded_at, event.until))
        elif isinstance(event, BreakGlassReviewed):
            reviewed.append((fact.stream, event.verdict))
    return [(statement, columns(rows)) for statement, rows in ((OPENED, opened), (REVIEWED, reviewed)) if rows]


ACCESSES = Projector(place=follow_accesses, reads=(BreakGlassOpened, BreakGlassReviewed))
"""Accesses by break-glass that the shelter may see."""
