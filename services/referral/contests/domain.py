"""How two people decide: the second one must agree with the first, and be somebody else. Pure."""

from datetime import datetime, timedelta

from events.referral import ContestSettled, ContestVoted, ReferralFact, ReferralWithdrawn
from events.vocabulary import ContestDecision, WithdrawalReason
from services.chassis.errors import ServiceError
from services.referral.lifecycle.domain import Referral


class NothingContestedError(ServiceError):
    """Nobody has said no to what was sent in a child's best interests, or it was decided already."""

    code = "nothing_contested"
    status = 409


class SecondPersonNeededError(ServiceError):
    """The caller has decided the same before: the decision takes effect when somebody else agrees."""

    code = "second_person_needed"
    status = 409


def decide(
    referral: Referral, decision: ContestDecision, voter: str, *, now: datetime, deletion: timedelta
) -> ReferralFact:
    """What a person's decision leads to. ``voter``: their actor, of which the label is the code of their account.

    Whoever decides otherwise than the first replaces that decision, and waits for somebody who agrees: no one person
    decides, and neither can the first hold the second up.

    Raises:
        NothingContestedError: there is nothing to decide.
        SecondPersonNeededError: the same person has decided the same before.
    """
    after = referral.after
    if after.contest is None:
        raise NothingContestedError(state=referral.state, version=referral.version)
    whose = {"agency": referral.agency, "shelter": referral.shelter}
    if after.vote is not decision or after.voted_by is None:
        return ContestVoted(**whose, decision=decision)
    if _account(after.voted_by) == _account(voter):
        raise SecondPersonNeededError
    if decision is ContestDecision.CONTINUE:
        return ContestSettled(**whose)
    return ReferralWithdrawn(
        **whose,
        reason=WithdrawalReason.TWO_PEOPLE,
        receipt=referral.receipt,
        confirm_deletion_by=now + deletion,
    )


def _account(actor: str) -> str:
    """The code of an account, whatever role the person had."""
    return actor.split(":", 2)[-1]
