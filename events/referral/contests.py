"""Two people decide whether a referral that was sent in a child's best interests ends."""

from typing import ClassVar

from events.referral.fact import ReferralFact
from events.vocabulary import ContestDecision, ContestReason


class WithdrawalContested(ReferralFact):
    """Somebody said no to what was sent in a child's best interests: nothing new is shared until two people decide."""

    NAME: ClassVar[str] = "referral.withdrawal_contested"

    reason: ContestReason


class ContestVoted(ReferralFact):
    """The first of two people decided; it takes effect when a second one decides the same."""

    NAME: ClassVar[str] = "referral.contest_voted"

    decision: ContestDecision


class ContestSettled(ReferralFact):
    """Two people decided that the referral goes on; that it ends is told by its withdrawal."""

    NAME: ClassVar[str] = "referral.contest_settled"
