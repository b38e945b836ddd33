"""Intake's read models: which submission opened which case, and what became of its referrals."""

from collections.abc import Sequence

import asyncpg

from events.contract import Event, Recorded
from events.intake import CaseOpened
from events.referral import (
    ReferralAccepted,
    ReferralAcknowledged,
    ReferralBlocked,
    ReferralProposed,
    ReferralRequested,
)
from events.vocabulary import ReferralState

STATE_AFTER: dict[type[Event], ReferralState] = {
    ReferralProposed: ReferralState.PROPOSED,
    ReferralRequested: ReferralState.REQUESTED,
    ReferralBlocked: ReferralState.BLOCKED_CONSENT,
    ReferralAcknowledged: ReferralState.ACKNOWLEDGED,
    ReferralAccepted: ReferralState.ACCEPTED,
}
"""What a shelter is told after each fact about a referral."""


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
        state = STATE_AFTER[type(fact.event)]
        if isinstance(fact.event, ReferralProposed):
            await connection.execute(
                "insert into referral_status values ($1,$2,$3,$4,$5,$6,null,$7,$8)",
                fact.stream,
                fact.case,
                fact.event.agency,
                fact.event.urgency,
                list(fact.event.categories),
                state,
                fact.version,
                fact.recorded_at,
            )
        else:
            reason = fact.event.reason if isinstance(fact.event, ReferralBlocked) else None
            await connection.execute(
                "update referral_status set state=$2, reason=$3, version=$4, changed_at=$5 where referral_id=$1",
                fact.stream,
                state,
                reason,
                fact.version,
                fact.recorded_at,
            )
