"""What is shown of a referral, folded from its log: an auditor compares it with the row of the read model.

The same values as the function ``shown_referrals`` has, as JSON has them.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from events.contract import Event, Recorded
from events.referral import ReferralProposed
from services.chassis.moments import as_exported
from services.referral.lifecycle.domain import fold

LOG = "referral"


class ShownReferrals:
    """Folds a referral's stream; other streams of the log are not referrals."""

    log = LOG

    def row(self, history: Sequence[Recorded[Event]]) -> Mapping[str, Any] | None:
        """The values of a referral's row."""
        if not isinstance(history[0].event, ReferralProposed):
            return None
        referral = fold(history)
        assert referral is not None  # noqa: S101 - the history is not empty
        return {
            "case_id": str(referral.case),
            "submission_id": str(referral.submission),
            "agency": referral.agency.value,
            "shelter": referral.shelter,
            "urgency": referral.urgency.value,
            "categories": [one.value for one in referral.categories],
            "rule_set": referral.rule_set,
            "state": referral.state.value,
            "basis": None if referral.basis is None else referral.basis.value,
            "since": as_exported(referral.since),
            "replaces": None if referral.replaces is None else str(referral.replaces),
            "follows": None if referral.follows is None else str(referral.follows),
            "linked": None if referral.linked is None else str(referral.linked),
        }
