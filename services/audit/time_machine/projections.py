"""Stores which referral was at which desk from when until when, and where the facts about desks are.

A stay begins as the referral is sent, or as a change sends it to another desk; it ends as the referral ends, waits for
consent again, or begins at another desk. An event that this version cannot read is left out: the histories show it,
and nothing of one referral keeps audit from following the rest.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from events.capacity import DeskCapacitySet
from events.contract import Event, Recorded, UnknownEventError, UnreadableEventError
from events.referral import (
    ContactLost,
    EnteredInError,
    LoopClosed,
    ReferralBlocked,
    ReferralCancelled,
    ReferralFact,
    ReferralFailed,
    ReferralHandedOver,
    ReferralReassessed,
    ReferralRequested,
    ReferralRerouted,
    ReferralWithdrawn,
)
from events.silence import DeskFellSilent, DeskHeardAgain
from services.chassis.eventlog.log_entry import LogEntry, decode
from services.chassis.eventlog.projections import Projector, ReadModel, Statement, columns

BEGINS = (ReferralRequested, ReferralReassessed, ReferralHandedOver)
ENDS = (
    ReferralBlocked,
    LoopClosed,
    ReferralRerouted,
    ReferralCancelled,
    ReferralWithdrawn,
    ContactLost,
    ReferralFailed,
    EnteredInError,
)
OF_A_DESK = (DeskFellSilent, DeskHeardAgain, DeskCapacitySet)

END = """
update desk_stay set ended_recorded = last.recorded, ended_occurred = last.occurred
from unnest($1::uuid[], $2::integer[], $3::timestamptz[], $4::timestamptz[])
  as last (referral, version, recorded, occurred)
where desk_stay.referral = last.referral and number < last.version and ended_recorded = 'infinity'
"""
BEGIN = """
insert into desk_stay
  (referral, number, case_id, agency, desk, began_recorded, began_occurred, ended_recorded, ended_occurred)
select referral, number, case_id, agency, desk, began_recorded, began_occurred,
  coalesce(ended_recorded, 'infinity'), coalesce(ended_occurred, 'infinity')
from unnest($1::uuid[], $2::integer[], $3::uuid[], $4::text[], $5::text[], $6::timestamptz[], $7::timestamptz[],
    $8::timestamptz[], $9::timestamptz[])
  as begun (referral, number, case_id, agency, desk, began_recorded, began_occurred, ended_recorded, ended_occurred)
on conflict (referral, number) do nothing
"""
PLACE = """
insert into desk_fact (position, agency, recorded_at, occurred_at)
select * from unnest($1::bigint[], $2::text[], $3::timestamptz[], $4::timestamptz[]) on conflict (position) do nothing
"""


@dataclass(slots=True)
class _Stay:
    begun: Recorded[Event]
    agency: str
    desk: str | None
    ended: Recorded[Event] | None = None


def place_stays(entries: Sequence[LogEntry]) -> list[Statement]:
    """The stays that a batch begins and ends."""
    begun: list[_Stay] = []
    current: dict[UUID, _Stay] = {}
    ended_before: dict[UUID, Recorded[Event]] = {}
    for fact in _readable(entries, (*BEGINS, *ENDS)):
        event = fact.event
        assert isinstance(event, ReferralFact)  # noqa: S101 - as those it reads
        desk = getattr(event, "desk", None)
        if desk is None and isinstance(event, ReferralReassessed | ReferralHandedOver):
            continue  # it stays where it is
        before = current.pop(fact.stream, None)
        if before is not None:
            before.ended = fact
        else:
            ended_before.setdefault(fact.stream, fact)
        if isinstance(event, BEGINS):
            current[fact.stream] = _Stay(fact, event.agency.value, desk)
            begun.append(current[fact.stream])
    statements: list[Statement] = []
    if ended_before:
        rows = [(one.stream, one.version, one.recorded_at, one.occurred_at) for one in ended_before.values()]
        statements.append((END, columns(rows)))
    if begun:
        statements.append((BEGIN, columns(_row(one) for one in begun)))
    return statements


def place_desk_facts(entries: Sequence[LogEntry]) -> list[Statement]:
    """Where the facts about desks in a batch are."""
    rows = [
        (fact.position, str(getattr(fact.event, "agency", "")), fact.recorded_at, fact.occurred_at)
        for fact in _readable(entries, OF_A_DESK)
    ]
    return [(PLACE, columns(rows))] if rows else []


def _row(stay: _Stay) -> tuple[Any, ...]:
    first, last = stay.begun, stay.ended
    return (
        first.stream,
        first.version,
        first.case,
        stay.agency,
        stay.desk,
        first.recorded_at,
        first.occurred_at,
        None if last is None else last.recorded_at,
        None if last is None else last.occurred_at,
    )


def _readable(entries: Sequence[LogEntry], kinds: Sequence[type[Event]]) -> Iterator[Recorded[Event]]:
    names = {event.NAME for event in kinds}
    for entry in entries:
        if entry.name in names:
            try:
                yield decode(entry)
            except (UnreadableEventError, UnknownEventError):
                continue


STAYS = Projector(place=place_stays, reads=(*BEGINS, *ENDS))
DESK_FACTS = Projector(place=place_desk_facts, reads=OF_A_DESK)
FOLLOWED = {"referral": (STAYS, DESK_FACTS)}
"""By the log that they follow."""
MODELS = (
    ReadModel(tables=("desk_stay",), fills={"referral": STAYS}),
    ReadModel(tables=("desk_fact",), fills={"referral": DESK_FACTS}),
)
