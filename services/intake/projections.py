"""Intake's read models: which submission opened which case, and what became of its referrals."""

from collections.abc import Sequence

import asyncpg

from events.contract import CATALOGUE, Event, Recorded
from events.intake import CaseOpened
from events.notifications import AlertRaised
from events.referral import ReferralBlocked, ReferralFact, ReferralProposed, ReferralReassessed, ReferralRequested

TOLD: tuple[type[Event], ...] = tuple(fact for fact in CATALOGUE.values() if issubclass(fact, ReferralFact))
"""Every fact about a referral: the shelter that registered the case is told of each step."""

SENT = "update referral_status set sent = true where referral_id = $1"
PROPOSED = """
insert into referral_status (referral_id, case_id, agency, urgency, categories, state, version, changed_at)
values ($1,$2,$3,$4,$5,$6,$7,$8)
"""
CHANGED = """
update referral_status set version = $2, changed_at = $3, state = coalesce($4, state), urgency = coalesce($5, urgency),
  categories = coalesce($6, categories), reason = coalesce($7, reason) where referral_id = $1
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
    """Keeps the status that the shelter sees."""
    for fact in facts:
        event = fact.event
        if isinstance(event, ReferralProposed):
            await connection.execute(
                PROPOSED,
                fact.stream,
                fact.case,
                event.agency,
                event.urgency,
                list(event.categories),
                event.STATE,
                fact.version,
                fact.recorded_at,
            )
            continue
        if isinstance(event, ReferralRequested):
            await connection.execute(SENT, fact.stream)
        if isinstance(event, ReferralFact):
            again = event if isinstance(event, ReferralReassessed) else None
            await connection.execute(
                CHANGED,
                fact.stream,
                fact.version,
                fact.recorded_at,
                event.STATE,
                again and again.urgency,
                again and list(again.categories),
                event.reason if isinstance(event, ReferralBlocked) else None,
            )


async def follow_alerts(connection: asyncpg.Connection, facts: Sequence[Recorded[Event]]) -> None:
    """Tells the shelter that the desk was alerted, and when."""
    rows = [(fact.event.referral, fact.recorded_at) for fact in facts if isinstance(fact.event, AlertRaised)]
    await connection.executemany("insert into alert_status values ($1,$2) on conflict (referral_id) do nothing", rows)
