"""What each service would show, folded from its own log by its own rules: a bundle's rows are compared with it."""

from services.audit.verification.models import Replays
from services.intake.cases.shown import ShownCases
from services.referral.lifecycle.shown import ShownReferrals


def replays() -> Replays:
    """New replays, empty, by service and name of the rows."""
    return {("intake", "cases"): ShownCases(), ("referral", "referrals"): ShownReferrals()}
