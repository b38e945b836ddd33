"""The list of alerts a desk sees."""

from collections.abc import Sequence

import asyncpg

from events.contract import Event, Recorded
from events.notifications import AlertAnswered, AlertRaised


async def project(connection: asyncpg.Connection, batch: Sequence[Recorded[Event]]) -> None:
    """Brings the list up to a batch, in the transaction that appends it."""
    raised = [
        (
            fact.stream,
            fact.position,
            fact.event.referral,
            fact.event.agency,
            fact.event.urgency,
            fact.event.code,
            fact.recorded_at,
        )
        for fact in batch
        if isinstance(fact.event, AlertRaised)
    ]
    answered = [(fact.stream, fact.recorded_at) for fact in batch if isinstance(fact.event, AlertAnswered)]
    if raised:
        await connection.executemany("insert into alert values ($1,$2,$3,$4,$5,$6,'pending',$7,null)", raised)
    if answered:
        await connection.executemany(
            "update alert set state = 'answered', answered_at = $2 where alert_id = $1", answered
        )
