"""Stores the list of alerts that a desk, a shelter or the programme sees."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg

from events.contract import Event, Recorded
from events.notifications import AlertAnswered, AlertDelivered, AlertNotDelivered, AlertRaised
from services.chassis.eventlog.projections import columns
from services.notifications.alerts.domain import is_for_desk

RAISE = """
insert into alert (alert_id, sequence, referral_id, agency, urgency, code, state, raised_at, asked, about, desk,
  formerly, shelter, of_desk, case_id)
select alert_id, sequence, referral_id, agency, urgency, code, 'pending', raised_at, asked, about, desk,
  formerly, shelter, of_desk, case_id
from unnest($1::uuid[], $2::bigint[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::timestamptz[], $8::boolean[],
    $9::text[], $10::text[], $11::text[], $12::text[], $13::boolean[], $14::uuid[])
  as raised (alert_id, sequence, referral_id, agency, urgency, code, raised_at, asked, about, desk, formerly, shelter,
    of_desk, case_id)
on conflict (alert_id) do update set
  sequence = excluded.sequence, urgency = excluded.urgency, state = 'pending', answered_at = null,
  desk = excluded.desk, formerly = excluded.formerly, shelter = excluded.shelter,
  of_desk = alert.of_desk or excluded.of_desk
"""
ANSWER = """
update alert set state = 'answered', answered_at = answered.at
from unnest($1::uuid[], $2::timestamptz[]) as answered (alert_id, at) where alert.alert_id = answered.alert_id
"""
COUNT_ATTEMPTS = """
update alert set delivered = alert.delivered + tried.delivered, failed = alert.failed + tried.failed,
  unreached = coalesce(tried.unreached, alert.unreached)
from unnest($1::uuid[], $2::integer[], $3::integer[], $4::boolean[]) as tried (alert_id, delivered, failed, unreached)
where alert.alert_id = tried.alert_id
"""

LISTED_EVENTS: tuple[type[Event], ...] = (AlertRaised, AlertAnswered, AlertDelivered, AlertNotDelivered)
"""Events that the list is built from."""


class _Row(NamedTuple):
    """A row in the column order of ``RAISE``."""

    alert_id: UUID
    sequence: int
    referral_id: UUID
    agency: str
    urgency: str
    code: str
    raised_at: datetime
    asked: bool
    about: str
    desk: str | None
    formerly: str | None
    shelter: str | None
    of_desk: bool
    case_id: UUID | None
    """Only of alerts that no desk sees: an agency reads of its referrals' cases elsewhere."""


def _row(fact: Recorded[Event], event: AlertRaised) -> _Row:
    return _Row(
        alert_id=fact.stream,
        sequence=fact.position,
        referral_id=event.referral,
        agency=event.agency,
        urgency=event.urgency,
        code=event.code,
        raised_at=fact.recorded_at,
        asked=event.asked,
        about=event.about,
        desk=event.desk,
        formerly=event.formerly,
        shelter=event.shelter,
        of_desk=is_for_desk(event),
        case_id=None if is_for_desk(event) else fact.case,
    )


def _again(first: _Row, later: _Row) -> _Row:
    """What the conflict clause of ``RAISE`` makes of two rows of one alert."""
    return first._replace(
        sequence=later.sequence,
        urgency=later.urgency,
        desk=later.desk,
        formerly=later.formerly,
        shelter=later.shelter,
        of_desk=first.of_desk or later.of_desk,
    )


async def list_alerts(connection: asyncpg.Connection, batch: Sequence[Recorded[Event]]) -> None:
    """Updates the list of alerts from a batch of events, with one statement for each kind of change."""
    raised: dict[UUID, _Row] = {}
    answered: dict[UUID, tuple[Any, ...]] = {}
    tried: dict[UUID, tuple[int, int, bool | None]] = {}
    for fact in batch:
        event = fact.event
        _count(fact, tried)
        if isinstance(event, AlertRaised):
            row, first = _row(fact, event), raised.get(fact.stream)
            # Raised twice in one batch: as two batches would store it.
            raised[fact.stream] = row if first is None else _again(first, row)
            answered.pop(fact.stream, None)  # raised again after the answer
        elif isinstance(event, AlertAnswered):
            answered[fact.stream] = (fact.stream, fact.recorded_at)
    if raised:
        await connection.execute(RAISE, *columns(tuple(row) for row in raised.values()))
    if answered:
        await connection.execute(ANSWER, *columns(answered.values()))
    if tried:
        await connection.execute(COUNT_ATTEMPTS, *columns((alert, *counts) for alert, counts in tried.items()))


def _count(fact: Recorded[Event], tried: dict[UUID, tuple[int, int, bool | None]]) -> None:
    """Counts the attempts that an event reports, and notes whether anybody could be reached."""
    delivered, failed, unreached = tried.get(fact.stream, (0, 0, None))
    match fact.event:
        case AlertDelivered():
            tried[fact.stream] = delivered + 1, failed, False
        case AlertNotDelivered():
            tried[fact.stream] = delivered, failed + 1, unreached
        case AlertRaised(unreached=True):
            tried[fact.stream] = delivered, failed, True
