"""May a referral be sent? Six questions in the order of the programme's rules; the first yes is the basis.

Nobody's silence is consent: whatever is not allowed waits, and says what is missing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from events.vocabulary import (
    Agency,
    BlockReason,
    CaseKind,
    ConsentDecision,
    RiskCategory,
    SendingBasis,
    Urgency,
)
from services.referral.receipts import Receipt, fault_of, standing_decisions
from services.referral.routing import Assessment, Proposal

ALL_FIELDS = "all"
VITAL_ANSWERS = frozenset({"danger_now", "perpetrator_nearby", "medical_now"})
"""With nobody's consent, beside what every referral tells: why it could not wait."""

MINIMAL = frozenset(
    {
        SendingBasis.VITAL_INTEREST,
        SendingBasis.IMMINENT_DANGER_TO_LIFE,
        SendingBasis.CHILD_BEST_INTERESTS,
        SendingBasis.CANNOT_CONSENT,
    }
)
"""Sent without consent: the least that helps."""

_CHILD_VICTIM = frozenset({RiskCategory.NNA_NA, RiskCategory.TRATA, RiskCategory.SECUESTRO, RiskCategory.VSG})
_PRESSING = frozenset({Urgency.U0, Urgency.U1})
_ASSENT = frozenset({"yes", "not_applicable"})


@dataclass(frozen=True, slots=True)
class Allowed:
    """It may be sent. ``receipt_index`` is the receipt's place in the list, if consent is the basis."""

    basis: SendingBasis
    receipt_index: int | None = None
    shown_refusal: bool = False
    """Somebody refused, which does not stop this basis but is shown to the recipient."""


@dataclass(frozen=True, slots=True)
class Blocked:
    """It waits for consent, and why."""

    reason: BlockReason
    tell_coordinator: bool = False


def basis(  # noqa: PLR0911 - the questions are asked in order, and each may answer
    proposal: Proposal,
    assessment: Assessment,
    submission: Mapping[str, Any],
    receipts: Sequence[Receipt],
    at: datetime,
) -> Allowed | Blocked:
    """Whether the proposal may be sent at this moment. Receipts are in the order they were given."""
    if submission.get("kind", CaseKind.PERSON) != CaseKind.PERSON:
        return Allowed(SendingBasis.NOT_PERSONAL)
    if proposal.agency is Agency.PEAS:
        return Allowed(SendingBasis.MANDATORY_REPORT)
    if proposal.agency in (submission.get("withhold_from") or ()):
        return Blocked(BlockReason.WITHHELD, tell_coordinator=assessment.child)
    standing = standing_decisions(proposal.agency, receipts, at)
    refused = any(one.decision is ConsentDecision.REFUSED for one in standing.values())
    if _in_best_interests(proposal.agency, assessment, submission):
        return Allowed(SendingBasis.BEST_INTERESTS, shown_refusal=refused)
    faults = {index: fault_of(one, assessment, submission, at) for index, one in standing.items()}
    for index, one in standing.items():
        if one.decision is ConsentDecision.GRANTED and faults[index] is None:
            return Allowed(SendingBasis.CONSENT, receipt_index=index, shown_refusal=refused)
    if _vital(proposal, assessment, submission) and _undecided(standing, faults, child=assessment.child):
        return Allowed(SendingBasis.VITAL_INTEREST, shown_refusal=refused)
    return Blocked(_missing(standing, faults))


def narrow(disclosed: Mapping[str, Any], fields: Iterable[str]) -> dict[str, Any]:
    """What is left when only these fields may be told. Naming a field that was not disclosed adds nothing."""
    allowed = set(fields)
    if ALL_FIELDS in allowed:
        return dict(disclosed)
    return {name: told for name, told in disclosed.items() if {name, name.partition(".")[0]} & allowed}


def disclosure(
    proposal: Proposal, allowed: Allowed, receipts: Sequence[Receipt], always: Iterable[str]
) -> dict[str, Any]:
    """What the recipient is told. ``always`` is what the rule set discloses in every referral."""
    if allowed.receipt_index is not None:
        return narrow(proposal.disclosed, receipts[allowed.receipt_index].fields)
    if allowed.basis in MINIMAL:
        return narrow(proposal.disclosed, {*always, *VITAL_ANSWERS})
    return dict(proposal.disclosed)


def _in_best_interests(agency: Agency, assessment: Assessment, submission: Mapping[str, Any]) -> bool:
    """A child who was informed and heard is not left without protection for want of a signature."""
    interests = submission.get("best_interests") or {}
    if not assessment.child or interests.get("assent") not in _ASSENT:
        return False
    if agency is Agency.UNFPA:
        return RiskCategory.VSG in assessment.categories
    pressing = assessment.urgency_of(RiskCategory.NNA_FAM) in _PRESSING
    return agency is Agency.UNICEF and (pressing or not _CHILD_VICTIM.isdisjoint(assessment.categories))


def _missing(standing: Mapping[int, Receipt], faults: Mapping[int, BlockReason | None]) -> BlockReason:
    """What the shelter is told: a refusal before anything, else what is wrong with the last decision."""
    if _refused(standing, faults):
        return BlockReason.CONSENT_REFUSED
    if _cannot_decide(standing):
        return BlockReason.CANNOT_DECIDE
    told = [fault for fault in faults.values() if fault]
    return told[-1] if told else BlockReason.CONSENT_NOT_ASKED


def _vital(proposal: Proposal, assessment: Assessment, submission: Mapping[str, Any]) -> bool:
    """A life may depend on it, and this is who can act at once."""
    able = {Agency.OIM, Agency.UNICEF} if assessment.child else {Agency.OIM}
    in_peril = assessment.danger or submission["screening"].get("medical_now") == "yes"
    return proposal.urgency is Urgency.U0 and in_peril and proposal.agency in able


def _undecided(standing: Mapping[int, Receipt], faults: Mapping[int, BlockReason | None], *, child: bool) -> bool:
    """An adult who cannot decide and had not refused before; a child for whom nobody has refused."""
    refused, unable = _refused(standing, faults), _cannot_decide(standing)
    return (unable or not refused) if child else (unable and not refused)


def _refused(standing: Mapping[int, Receipt], faults: Mapping[int, BlockReason | None]) -> bool:
    return any(one.decision is ConsentDecision.REFUSED and faults[at] is None for at, one in standing.items())


def _cannot_decide(standing: Mapping[int, Receipt]) -> bool:
    return any(one.decision is ConsentDecision.CANNOT_DECIDE for one in standing.values())
