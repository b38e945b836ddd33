"""What intake answers questions from: its read models."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from events.vocabulary import ReferralState
from services.chassis.access import Principal
from services.chassis.database import Database

REFERRALS = """
select * from referral_status left join alert_status using (referral_id) where case_id = $1 order by agency, changed_at
"""

ACCESSES = "select * from exceptional_access where case_id = $1 order by opened_at, access_id"


@dataclass(frozen=True, slots=True)
class Known:
    """A submission that opened a case before."""

    case: UUID
    subject: UUID
    opened: UUID
    fingerprint: str
    recorded_at: datetime


async def known_submission(database: Database, submission: UUID) -> Known | None:
    """The case that a submission opened, if it did."""
    query = "select case_id, subject, opened, fingerprint, recorded_at from submission where id = $1"
    async with database.own_work() as connection:
        row = await connection.fetchrow(query, submission)
    if row is None:
        return None
    case, subject, opened = (UUID(int=row[name].int) for name in ("case_id", "subject", "opened"))
    return Known(case, subject, opened, row["fingerprint"], row["recorded_at"])


async def case_status(database: Database, case: UUID, principal: Principal) -> dict[str, Any] | None:
    """A case and what became of its referrals, as the API shows it."""
    async with database.shown_to(principal) as connection:
        opened = await connection.fetchrow("select * from submission where case_id = $1", case)
        if opened is None:
            return None
        referrals = await connection.fetch(REFERRALS, case)
        accesses = await connection.fetch(ACCESSES, case)
    return {
        "case_id": str(case),
        "submission_id": str(opened["id"]),
        "shelter": opened["shelter"],
        "recorded_at": opened["recorded_at"].isoformat(),
        "referrals": [
            {
                "referral_id": str(row["referral_id"]),
                "agency": row["agency"],
                "urgency": row["urgency"],
                "categories": row["categories"],
                "state": row["state"],
                "reason": row["reason"] if row["state"] == ReferralState.BLOCKED_CONSENT else None,
                "alerted_at": None if row["alerted_at"] is None else row["alerted_at"].isoformat(),
                "version": row["version"],
                "sent": row["sent"],
                "changed_at": row["changed_at"].isoformat(),
            }
            for row in referrals
        ],
        "exceptional_accesses": [
            {
                **{name: row[name] for name in ("agency", "opened_for", "basis", "verdict")},
                **{name: row[name].isoformat() for name in ("opened_at", "until")},
            }
            for row in accesses
        ],
    }
