"""Does what a referral was sent on still stand? Asked at every reading: consent is a capability, not a memory."""

from datetime import datetime

from events.vocabulary import ConsentDecision, SendingBasis
from services.referral.casefile import CaseFile
from services.referral.domain import Referral
from services.referral.receipts import fault_of, standing_decisions
from services.referral.routing import Assessment


def stands(referral: Referral, file: CaseFile, assessment: Assessment, at: datetime) -> bool:
    """Whether the agency may still read what it was told."""
    match referral.basis:
        case None:
            return False
        case SendingBasis.NOT_PERSONAL | SendingBasis.MANDATORY_REPORT:
            return True
    excluded = referral.agency in (file.answers.get("withhold_from") or ())
    if excluded or file.is_frozen(referral.agency):
        return False  # the person has excluded it since, or a withdrawal made with their slip waits to be checked
    match referral.basis:
        case SendingBasis.CONSENT:
            return _consent_stands(referral, file, at)
        case SendingBasis.VITAL_INTEREST:
            return not _refused(referral, file, assessment, at)
        case _:
            return True


def _consent_stands(referral: Referral, file: CaseFile, at: datetime) -> bool:
    """The very receipt that it was sent on: neither given back, nor refused since by who gave it, nor expired."""
    standing = standing_decisions(referral.agency, file.receipts, at)
    found = {file.receipt_ids[index]: one for index, one in standing.items()}.get(referral.receipt or referral.id)
    return found is not None and not found.withdrawn(at) and not found.expired(at)


def _refused(referral: Referral, file: CaseFile, assessment: Assessment, at: datetime) -> bool:
    """Somebody who may decide has decided since, and said no."""
    standing = standing_decisions(referral.agency, file.receipts, at).values()
    return any(
        one.decision is ConsentDecision.REFUSED and fault_of(one, assessment, file.answers, at) is None
        for one in standing
    )
