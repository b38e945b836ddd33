"""Intake's read models: which submission opened which case, and what became of its referrals."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

import asyncpg

from events.break_glass import BreakGlassOpened, BreakGlassReviewed
from events.continuity import HandedOver
from events.contract import CATALOGUE, Event, Recorded, UnknownEventError, split_topic
from events.intake import CaseOpened
from events.notifications import AlertRaised
from events.referral import ReferralBlocked, ReferralFact, ReferralProposed, ReferralReassessed, ReferralRequested
from events.vocabulary import Agency, AlertAbout
from services.chassis.entry import Entry, recorded_from
from services.chassis.read_models import Fill, Statement, columns

REGISTERED = """
insert into submission (id, case_id, subject, shelter, opened, fingerprint, recorded_at)
  select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::uuid[], $6::text[],
  $7::timestamptz[])
"""
HANDED_OVER = "update submission set held_by = $2 where case_id = $1"
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


async def project(connection: asyncpg.Connection, batch: Sequence[Recorded[Event]]) -> None:
    """Registers submissions, in the transaction that opens their cases, and which shelter holds them then."""
    rows = [
        (
            fact.event.submission,
            fact.stream,
            fact.event.subject,
            fact.event.shelter,
            fact.id,
            fact.event.fingerprint,
            fact.recorded_at,
        )
        for fact in batch
        if isinstance(fact.event, CaseOpened)
    ]
    if rows:
        await connection.execute(REGISTERED, *columns(rows))
    for fact in batch:
        if isinstance(fact.event, HandedOver):
            await connection.execute(HANDED_OVER, fact.stream, fact.event.to_shelter)


@dataclass(slots=True)
class _Change:
    """What a batch does to one referral's row; ``None`` leaves a column as it is."""

    referral: UUID
    case: UUID | None = None
    agency: str | None = None
    """Of a referral that is new."""
    version: int = 0
    changed_at: datetime | None = None
    state: str | None = None
    urgency: str | None = None
    categories: str | None = None
    reason: str | None = None
    sent: bool | None = None

    def take(self, entry: Entry) -> None:
        """Adds a fact. Most say by their name all that a shelter is told, and are not opened."""
        kind = _kind(entry.topic)
        self.version, self.changed_at = entry.originator_version, entry.recorded_at
        self.state = kind.STATE or self.state
        if kind is ReferralRequested:
            self.sent = True
        elif kind in (ReferralProposed, ReferralReassessed, ReferralBlocked):
            self._open(recorded_from(entry))

    def _open(self, fact: Recorded[Event]) -> None:
        event = fact.event
        if isinstance(event, ReferralBlocked):
            self.reason = event.reason
        if isinstance(event, ReferralProposed | ReferralReassessed):
            self.urgency, self.categories = event.urgency, " ".join(event.categories)
        if isinstance(event, ReferralProposed):
            self.case, self.agency = fact.case, event.agency

    def row(self) -> tuple[Any, ...]:
        """In the order of ``CHANGED``."""
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
    """Which fact an entry is.

    Raises:
        UnknownEventError: a newer version of it than this program knows.
    """
    name, version = split_topic(topic)
    kind = CATALOGUE[name]
    if version > kind.VERSION or not issubclass(kind, ReferralFact):
        raise UnknownEventError(f"{name} version {version} is newer than this program")
    return kind


def follow_referrals(entries: Sequence[Entry]) -> list[Statement]:
    """Keeps the status that the shelter sees: for each referral of the batch one row, or one change to a row."""
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


def follow_alerts(entries: Sequence[Entry]) -> list[Statement]:
    """Tells the shelter that the desk was alerted, and when."""
    facts = [(recorded_from(entry).event, entry.recorded_at) for entry in entries]
    rows = [
        (event.referral, raised_at)
        for event, raised_at in facts
        if isinstance(event, AlertRaised) and event.about is AlertAbout.REFERRAL
    ]
    return [(ALERTED, columns(rows))] if rows else []


REFERRALS = Fill(
    place=follow_referrals, reads=tuple(fact for fact in CATALOGUE.values() if issubclass(fact, ReferralFact))
)
"""Every fact about a referral: the shelter that registered the case is told of each step."""

ALERTS = Fill(place=follow_alerts, reads=(AlertRaised,))

OPENED = """
insert into exceptional_access (access_id, case_id, agency, opened_for, basis, opened_at, until)
select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::timestamptz[])
"""
REVIEWED = """
update exceptional_access as old set verdict = new.verdict
from unnest($1::uuid[], $2::text[]) as new (access_id, verdict)
where old.access_id = new.access_id
"""


def follow_accesses(entries: Sequence[Entry]) -> list[Statement]:
    """Tells the shelter that somebody opened its case's data by break-glass."""
    opened: list[tuple[Any, ...]] = []
    reviewed: list[tuple[Any, ...]] = []
    for fact in map(recorded_from, entries):
        event = fact.event
        if isinstance(event, BreakGlassOpened) and event.agency is not Agency.PEAS:
            whose = (event.agency, event.opened_for, event.basis)
            opened.append((fact.stream, fact.case, *whose, fact.recorded_at, event.until))
        elif isinstance(event, BreakGlassReviewed):
            reviewed.append((fact.stream, event.verdict))
    return [(statement, columns(rows)) for statement, rows in ((OPENED, opened), (REVIEWED, reviewed)) if rows]


ACCESSES = Fill(place=follow_accesses, reads=(BreakGlassOpened, BreakGlassReviewed))
"""Who opened sealed data of a case by break-glass, as far as its shelter is told."""
