"""The alerts of a desk."""

from typing import Any

from events.vocabulary import AlertAbout
from services.chassis.access import Action, Principal, Whose, whose
from services.chassis.database import Database
from services.notifications.domain import text_of


async def list_alerts(
    database: Database, principal: Principal, *, after: int, limit: int, state: str | None
) -> list[dict[str, Any]]:
    """Alerts the principal may see, oldest first."""
    everywhere = whose(principal, Action.SEE_ALERTS) is Whose.ANY
    query = """select * from alert where sequence > $1 and ($2::text is null or agency = $2)
        and ($3::text is null or state = $3) and ($5 or about <> 'silence') order by sequence limit $4"""
    async with database.shown_to(principal) as connection:
        rows = await connection.fetch(query, after, None if everywhere else principal.org, state, limit, everywhere)
    return [as_item(row) for row in rows]


def as_item(row: Any) -> dict[str, Any]:
    """One alert as the API shows it."""
    return {
        "alert_id": str(row["alert_id"]),
        "sequence": row["sequence"],
        # An agency that is asked in another's stead could not open it, and learns nothing by which to tell it.
        "referral_id": None if row["asked"] or row["about"] != AlertAbout.REFERRAL else str(row["referral_id"]),
        "agency": row["agency"],
        "urgency": row["urgency"],
        "code": row["code"],
        "about": row["about"],
        "text": text_of(row["urgency"], row["code"], about=row["about"]),
        "state": row["state"],
        "delivery": {name: row[name] for name in ("delivered", "failed", "unreached")},
        "raised_at": row["raised_at"].isoformat(),
        "answered_at": None if row["answered_at"] is None else row["answered_at"].isoformat(),
    }
