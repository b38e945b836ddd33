"""What those who watch the system see of the referrals: what nobody has acknowledged, and what waits for a decision."""

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from events.referral_states import ASKED_LATER, TO_BE_ASKED
from events.vocabulary import Agency, Urgency
from services.chassis.clock import Clock
from services.chassis.telemetry.gauges import Gauge, Sample, seconds_since

UNACKNOWLEDGED = Gauge("referrals_unacknowledged", "Referrals sent that no desk has acknowledged", ("urgency",))
OLDEST = Gauge("referrals_unacknowledged_oldest_seconds", "Since when the oldest of them waits; 0: none", ("urgency",))
OVERDUE = Gauge("referrals_overdue", "Referrals sent whose acknowledgement is overdue", ("urgency",))
WAITING = Gauge("consents_waiting", "Referrals that wait for somebody to ask for a decision", ("reason",))
WAITING_OLDEST = Gauge("consents_waiting_oldest_seconds", "Since when the oldest of them waits; 0: none", ("reason",))

UNACKNOWLEDGED_NOW = """
select urgency, count(*) as number, min(sent_at) as oldest, count(*) filter (where acknowledge_by <= $1) as overdue
from referral where agency = any($2::text[]) and state = 'requested' and sent_at is not null group by urgency
"""
"""By the index of what a desk answers next: reads what is unacknowledged, and no more."""
WAITING_NOW = """
select reason, count(*) as number, min(coalesce((after_sending ->> 'asking_since')::timestamptz, since)) as oldest
from referral where state = 'blocked_consent' and reason = any($1::text[]) group by reason
"""
REASONS = tuple(sorted((*TO_BE_ASKED, ASKED_LATER)))


@dataclass(frozen=True, slots=True)
class ReferralGauges:
    """Read from the read model."""

    clock: Clock

    async def __call__(self, connection: asyncpg.Connection) -> Sequence[Sample]:
        """Every urgency and reason, also those of which there is none."""
        now, found = self.clock(), list[Sample]()
        rows = {row["urgency"]: row for row in await connection.fetch(UNACKNOWLEDGED_NOW, now, list(Agency))}
        for urgency in Urgency:
            row = rows.get(urgency)
            found.append(Sample(UNACKNOWLEDGED, 0 if row is None else row["number"], (urgency,)))
            found.append(Sample(OVERDUE, 0 if row is None else row["overdue"], (urgency,)))
            found.append(Sample(OLDEST, seconds_since(None if row is None else row["oldest"], now), (urgency,)))
        rows = {row["reason"]: row for row in await connection.fetch(WAITING_NOW, list(REASONS))}
        for reason in REASONS:
            row = rows.get(reason)
            found.append(Sample(WAITING, 0 if row is None else row["number"], (reason,)))
            found.append(Sample(WAITING_OLDEST, seconds_since(None if row is None else row["oldest"], now), (reason,)))
        return found
