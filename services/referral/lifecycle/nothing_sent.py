"""Alerts shelter and coordinator at once where nothing of a pressing case could be sent."""

from events.vocabulary import Agency
from services.referral.lifecycle.case_referrals import current, referral_of
from services.referral.lifecycle.issuing import ReferralIssuer
from services.referral.lifecycle.waiting import PRESSING, nothing_was_sent


def tell_if_nothing_was_sent(issuer: ReferralIssuer) -> None:
    """Notifies shelter and coordinator at once if for want of a decision nothing of a pressing case was sent.

    In the same transaction as what made it so.
    """
    if not any(one.urgency in PRESSING for one in issuer.assessment.proposals):
        return
    work, opened = issuer.work, issuer.file.opened.id
    new = issuer.cause is issuer.file.opened  # its streams alone were begun
    agencies = [one.agency for one in issuer.assessment.proposals] if new else list(Agency)
    chains = [current(referral_of(opened, agency), work) for agency in agencies]
    last = dict.fromkeys(one.id for one in chains if one is not None)
    if found := nothing_was_sent((work.history(stream) for stream in last), work.now()):
        referral, event = found
        work.record(referral.id, event, case=referral.case, actor=issuer.actor, cause=issuer.cause)
