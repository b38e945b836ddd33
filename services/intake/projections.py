"""Intake's read models: which submission opened which case, and what became of its referrals."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg

from events.contract import CATALOGUE, Event, Recorded
from events.intake import CaseOpened
from events.notifications import AlertRaised
from events.referral import ReferralBlocked, ReferralFact, ReferralProposed, ReferralReassessed, ReferralRequested

TOLD: tuple[type[Event], ...] = tuple(fact for fact in CATALOGUE.values() if issubclass(fact, ReferralFact))
"""Every fact about a referral: the shelter that registered the case is told of each step."""

PROPOSED = """
insert into referral_status
  (referral_id, case_id, agency, version, changed_at, state, urgency, categories, reason, sent)
values ($1,$2,$3,$4,$5,$6,$7,$8,$9,coalesce($10, false))
"""
CHANGED = """
update referral_status set version = $2, changed_at = $3, state = coalesce($4, state), urgency = coalesce($5, urgency),
  categories = coalesce($6, categories), reason = coalesce($7, reason), sent = coalesce($8, sent)
where referral_id = $1
"""


async def project(connection: asyncpg.Connection, batch: Sequence[Recorded[Event]]) -> None:
    """Registers submissions, in the transaction that opens their cases."""
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
        await connection.executemany("insert into submission values ($1,$2,$3,$4,$5,$6,$7)", rows)


async def follow_referrals(connection: asyncpg.Connection, facts: Sequence[Recorded[Event]]) -> None:
    """Keeps the status that the shelter sees: for each referral of the batch one row, or one change to a row."""
    proposed: dict[UUID, tuple[Any, ...]] = {}
    changed: dict[UUID, tuple[Any, ...]] = {}
    for fact in facts:
        event = fact.event
        if isinstance(event, ReferralProposed):
            proposed[fact.stream] = (fact.stream, fact.case, event.agency)
        if isinstance(event, ReferralFact):
            changed[fact.stream] = _merged(changed.get(fact.stream), _change(fact, event))
    new = [(*start, *changed.pop(stream)[1:]) for stream, start in proposed.items()]
    if new:
        await connection.executemany(PROPOSED, new)
    if changed:
        await connection.executemany(CHANGED, list(changed.values()))


def _change(fact: Recorded[Event], event: ReferralFact) -> tuple[Any, ...]:
    """What one fact sets, in the order of ``CHANGED``; ``None`` leaves a column as it is."""
    again = event if isinstance(event, ReferralProposed | ReferralReassessed) else None
    return (
        fact.stream,
        fact.version,
        fact.recorded_at,
        event.STATE,
        again and again.urgency,
        again and list(again.categories),
        event.reason if isinstance(event, ReferralBlocked) else None,
        True if isinstance(event, ReferralRequested) else None,
    )


def _merged(earlier: tuple[Any, ...] | None, later: tuple[Any, ...]) -> tuple[Any, ...]:
    """Two changes of one referral in one batch: the later, with what only the earlier one set."""
    if earlier is None:
        return later
    return tuple(new if new is not None else old for old, new in zip(earlier, later, strict=True))


async def follow_alerts(connection: asyncpg.Connection, facts: Sequence[Recorded[Event]]) -> None:
    """Tells the shelter that the desk was alerted, and when."""
    rows = [(fact.event.referral, fact.recorded_at) for fact in facts if isinstance(fact.event, AlertRaised)]
    await connection.executemany("insert into alert_status values ($1,$2) on conflict (referral_id) do nothing", rows)
