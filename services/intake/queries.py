"""What intake answers questions from: its read models."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from events.vocabulary import Agency, ReferralState
from services.chassis.access import Principal
from services.chassis.database import Database
from services.chassis.errors import NotFoundError
from services.intake.continuity_queries import Whereabouts

ENDED = frozenset(
    {
        ReferralState.LOOP_CLOSED,
        ReferralState.REROUTED,
        ReferralState.CANCELLED,
        ReferralState.WITHDRAWN,
        ReferralState.NO_CONTACT,
        ReferralState.FAILED,
        ReferralState.ENTERED_IN_ERROR,
    }
)
"""domain.md §6: all but these are open."""
REFERRALS = """
select * from referral_status left join alert_status using (referral_id) where case_id = $1 order by agency, changed_at
"""
LEFT_BEHIND = """
select submission.id, recorded_at from submission join continuity using (case_id)
where case_id = $1 and $2 = any(former) and coalesce(continuity.shelter, submission.shelter) <> $2
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


async def left_behind(database: Database, case: UUID, principal: Principal) -> dict[str, Any]:
    """What a shelter reads of a case that it handed over: that it did, neither where to, nor when, nor what came of it.

    Whoever has access there may be whom the person fled from (ADR 0021): row-level security does not show them the
    case any more.

    Raises:
        NotFoundError: it never held the case.
    """
    async with database.own_work() as connection:
        row = await connection.fetchrow(LEFT_BEHIND, case, principal.org)
    if row is None:
        raise NotFoundError
    return {
        "case_id": str(case),
        "submission_id": str(row["id"]),
        "shelter": principal.org,
        "recorded_at": row["recorded_at"].isoformat(),
        "handed_over": True,
        "referrals": [],
    }


def as_an_agency_sees(status: dict[str, Any], where: Whereabouts, own: list[dict[str, Any]]) -> dict[str, Any]:
    """An agency that still works on the case is told where the person is; one that does not, where they were.

    So is whoever looks into what a shelter's own staff did: that shelter is what it is about.
    """
    works = any(each["state"] not in ENDED and each["agency"] != Agency.PEAS for each in own)
    return {**status, "shelter": where.shelter if works else status["shelter"]}
