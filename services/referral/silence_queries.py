"""Who has gone silent, and what runs out next (M1)."""

from datetime import datetime
from typing import Any

from events.vocabulary import Urgency
from services.chassis.access import Action, Principal, Whose, whose
from services.chassis.database import Database
from services.referral.silence import Kind

NEXT = 50
SILENT = """
select * from watch where silent_at is not null and ($1::text is null or (kind = 'desk' and agency = $1))
order by since, kind, code
"""
FALLING = """
select * from watch where silent_at is null and next_at is not null
  and ($1::text is null or (kind = 'desk' and agency = $1))
order by next_at, kind, code limit $2
"""
RUNNING_OUT = """
select referral.referral_id, referral.agency, referral.urgency, referral.state, first.next_at
from unnest($3::text[]) as of_class (urgency) cross join lateral (
  select timer.referral_id, timer.next_at from timer join referral using (referral_id)
  where timer.urgency = of_class.urgency and sent_at is not null and ($1::text is null or agency = $1)
  order by timer.next_at limit $2) as first
join referral using (referral_id) order by first.next_at, referral_id limit $2
"""


async def silence_seen(database: Database, principal: Principal) -> dict[str, Any]:
    """What the principal may see: a supervisor her own agency's desks and referrals, a coordinator all."""
    agency = None if whose(principal, Action.SEE_SILENCE) is Whose.ANY else principal.org
    async with database.shown_to(principal) as connection:
        silent = await connection.fetch(SILENT, agency)
        falling = await connection.fetch(FALLING, agency, NEXT)
        running_out = await connection.fetch(RUNNING_OUT, agency, NEXT, list(Urgency))
    return {
        "desks": [_desk(row) for row in silent if row["kind"] == Kind.DESK],
        "shelters": [_shelter(row) for row in silent if row["kind"] == Kind.SHELTER],
        "falling_silent": [
            {"kind": row["kind"], "code": row["code"], "agency": row["agency"], "at": _moment(row["next_at"])}
            for row in falling
        ],
        "runs_out_next": [
            {
                "referral_id": str(row["referral_id"]),
                "agency": row["agency"],
                "urgency": row["urgency"],
                "state": row["state"],
                "at": _moment(row["next_at"]),
            }
            for row in running_out
        ],
    }


def _desk(row: Any) -> dict[str, Any]:
    return {
        "desk": row["code"],
        "agency": row["agency"],
        "since": _moment(row["since"]),
        "told_at": _moment(row["silent_at"]),
        "measure": row["measure"],
        "caravan": row["caravan"],
    }


def _shelter(row: Any) -> dict[str, Any]:
    return {
        "shelter": row["code"],
        "since": _moment(row["since"]),
        "told_at": _moment(row["silent_at"]),
        "caravan": row["caravan"],
    }


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
