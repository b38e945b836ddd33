"""Builds the escalation state of a referral from its read-model row."""

import json
from datetime import datetime
from typing import Any

from events.referral import Deadlines
from events.vocabulary import Agency, ReferralClock, ReferralState, Urgency
from services.referral.caravans.domain import Caravans
from services.referral.deadlines.policy import CountedHours
from services.referral.escalation.state import EscalationState
from services.referral.lifecycle.after_sending import NOTHING, AfterSending
from services.referral.lifecycle.domain import FiredStep


def escalation_state(row: Any, counted_hours: CountedHours, caravans: Caravans) -> EscalationState:
    """Same as ``EscalationState.of(referral)``, but from a row instead of events."""
    return EscalationState(
        hours=counted_hours.hours(Urgency(row["urgency"]), row["desk"]),
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
        after=NOTHING if row["after_sending"] == "{}" else AfterSending.model_validate_json(row["after_sending"]),
        deletion_from=row["deletion_from"],
        deletion_due=row["deletion_due"] if row["deletion_confirmed_at"] is None else None,
        fired_steps=frozenset(
            FiredStep(ReferralClock(one["clock"]), one["rung"], datetime.fromisoformat(one["deadline"]))
            for one in json.loads(row["escalations"])
        ),
    )
