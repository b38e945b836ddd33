"""Does what a referral was sent on still stand? Asked at every reading: consent is a capability, not a memory."""

from datetime import datetime

from events.vocabulary import Agency, ConsentDecision, OverrideBasis, SendingBasis
from services.referral.breaking import permitted
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
    if referral.basis is SendingBasis.CONSENT:
        return _consent_stands(referral, file, at)
    if referral.basis is SendingBasis.BEST_INTERESTS:
        return True
    return _without_consent_stands(referral.basis, assessment, refused=refused(referral.agency, file, assessment, at))


def _without_consent_stands(basis: SendingBasis, assessment: Assessment, *, refused: bool) -> bool:
    """Vital interest, and the grounds of break-glass."""
    if basis is SendingBasis.VITAL_INTEREST:
        return not refused
    return permitted(OverrideBasis(basis.value), child=assessment.child, refused=refused, withheld=False)


def _consent_stands(referral: Referral, file: CaseFile, at: datetime) -> bool:
    """The very receipt that it was sent on: neither given back, nor refused since by who gave it, nor expired."""
    standing = standing_decisions(referral.agency, file.receipts, at)
    found = {file.receipt_ids[index]: one for index, one in standing.items()}.get(referral.receipt or referral.id)
    return found is not None and not found.withdrawn(at) and not found.expired(at)


def refused(agency: Agency, file: CaseFile, assessment: Assessment, at: datetime) -> bool:
    """Somebody who may decide has said no to this agency, and not taken it back."""
    standing = standing_decisions(agency, file.receipts, at).values()
    return any(
        one.decision is ConsentDecision.REFUSED and fault_of(one, assessment, file.answers, at) is None
        for one in standing
    )
