"""What the clocks look at of a referral, from its row of the read model."""

import json
from datetime import datetime
from typing import Any

from events.referral import Deadlines
from events.vocabulary import Agency, ReferralClock, ReferralState, Urgency
from services.referral.caravans import Caravans
from services.referral.deadlines import Counting
from services.referral.domain import Climbed
from services.referral.ladder import Running


def running(row: Any, counting: Counting, caravans: Caravans) -> Running:
    """The same as of the referral that its events tell."""
    return Running(
        hours=counting.hours(Urgency(row["urgency"]), row["desk"]),
        caravan=caravans.since(row["shelter"]),
        agency=Agency(row["agency"]),
        urgency=Urgency(row["urgency"]),
        state=ReferralState(row["state"]),
        since=row["since"],
        deadlines=None
        if row["decide_by"] is None
        else Deadlines(
            acknowledge_by=row["acknowledge_by"],
            decide_by=row["decide_by"],
            serve_by=row["serve_by"],
            decide_by_if_asked=row["decide_by_if_asked"],
        ),
        clocks_from=row["clocks_from"],
        asked_at=row["asked_at"],
        answered_at=row["answered_at"],
        deletion_from=row["deletion_from"],
        deletion_due=row["deletion_due"] if row["deletion_confirmed_at"] is None else None,
        climbed=frozenset(
            Climbed(ReferralClock(one["clock"]), one["rung"], datetime.fromisoformat(one["deadline"]))
            for one in json.loads(row["escalations"])
        ),
    )
