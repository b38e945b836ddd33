"""Whether a referral may be sent: six questions in the order of the programme's rules; the first yes is the basis.

Silence is not consent: what is not allowed waits, with the reason.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from events.consent_rules import ALL_FIELDS
from events.vocabulary import (
    Agency,
    BlockReason,
    CaseKind,
    ConsentDecision,
    RiskCategory,
    SendingBasis,
    Urgency,
)
from services.referral.consent.receipts import (
    Receipt,
    decisions_in_force,
    fault_of,
    latest_grants,
    nobody_may_decide,
)
from services.referral.routing.domain import Assessment, Proposal
from services.referral.routing.evidence import merge

VITAL_ANSWERS = frozenset({"danger_now", "perpetrator_nearby", "medical_now"})
"""Disclosed without consent in addition to what every referral discloses: the reasons why it could not wait."""

MINIMAL = frozenset(
    {
        SendingBasis.VITAL_INTEREST,
        SendingBasis.IMMINENT_DANGER_TO_LIFE,
        SendingBasis.CHILD_BEST_INTERESTS,
        SendingBasis.CANNOT_CONSENT,
    }
)
"""Bases without consent, for which the disclosure is minimal."""

CHILD_VICTIM = frozenset({RiskCategory.NNA_NA, RiskCategory.TRATA, RiskCategory.SECUESTRO, RiskCategory.VSG})
"""Categories for which UNICEF learns of a child in the child's best interests."""
PRESSING = frozenset({Urgency.U0, Urgency.U1})
"""Of a child in family at risk, likewise."""
ASSENT = frozenset({"yes", "not_applicable"})
"""What a child said who was informed and heard, and does not object."""
ABLE_AT_ONCE = frozenset({Agency.OIM})
"""Agencies that can act at once where a life may depend on it."""
ABLE_AT_ONCE_FOR_A_CHILD = ABLE_AT_ONCE | {Agency.UNICEF}


@dataclass(frozen=True, slots=True)
class Grant:
    """A valid consent, by the index of its receipt, and the proposed categories that its purpose covers."""

    index: int
    covers: tuple[RiskCategory, ...]


@dataclass(frozen=True, slots=True)
class Allowed:
    """The referral may be sent. ``grants``: what was consented to, if the basis is consent."""

    basis: SendingBasis
    grants: tuple[Grant, ...] = ()
    """The one that covers most is the first: it is recorded as what the referral rests on.

    Each opens what it covers, as far as its own fields go: whoever consents to one thing and then to another has
    consented to both, and takes back either with its own receipt.
    """
    uncovered: tuple[RiskCategory, ...] = ()
    """The proposed categories that no consent covers: they are not sent, and the shelter is shown them."""
    shown_refusal: bool = False
    """Somebody refused; this basis does not depend on it, but the recipient sees it."""

    @property
    def receipt_index(self) -> int | None:
        """Index of the receipt that it rests on, if the basis is consent."""
        return self.grants[0].index if self.grants else None

    def told(self, proposal: Proposal) -> Proposal:
        """The proposal as the agency may learn of it: on the categories alone that are covered."""
        return proposal.within(set(proposal.categories) - {*self.uncovered}) if self.uncovered else proposal


@dataclass(frozen=True, slots=True)
class Blocked:
    """The referral waits for consent, and why."""

    reason: BlockReason
    tell_coordinator: bool = False
    until: datetime | None = None
    """Of ``wants_time``: when the person said that they would decide."""
    uncovered: tuple[RiskCategory, ...] = ()
    """Of ``purpose_too_narrow``: the categories that no consent covers."""


def basis(  # noqa: PLR0911 - the questions are asked in order, and each may answer
    proposal: Proposal,
    assessment: Assessment,
    submission: Mapping[str, Any],
    receipts: Sequence[Receipt],
    at: datetime,
) -> Allowed | Blocked:
    """Whether the proposal may be sent at this moment. ``receipts`` in the order in which they were given."""
    if submission.get("kind", CaseKind.PERSON) != CaseKind.PERSON:
        return Allowed(SendingBasis.NOT_PERSONAL)
    if proposal.agency is Agency.PEAS:
        return Allowed(SendingBasis.MANDATORY_REPORT)
    if proposal.agency in (submission.get("withhold_from") or ()):
        return Blocked(BlockReason.WITHHELD, tell_coordinator=assessment.child)
    in_force = decisions_in_force(proposal.agency, receipts, at)
    refused = any(one.decision is ConsentDecision.REFUSED for one in in_force.values())
    if _in_best_interests(proposal.agency, assessment, submission):
        return Allowed(SendingBasis.BEST_INTERESTS, shown_refusal=refused)
    faults = {index: fault_of(one, assessment, submission, at) for index, one in in_force.items()}
    if grants := _grants(proposal, assessment, in_force, faults):
        covered = {code for grant in grants for code in grant.covers}
        uncovered = tuple(code for code in proposal.categories if code not in covered)
        return Allowed(SendingBasis.CONSENT, grants, uncovered, shown_refusal=refused)
    if _is_vital(proposal, assessment, submission) and _may_be_presumed(in_force, faults, child=assessment.child):
        return Allowed(SendingBasis.VITAL_INTEREST, shown_refusal=refused)
    return _blocked(proposal, assessment, submission, in_force, faults, at)


def narrow(disclosed: Mapping[str, Any], fields: Iterable[str]) -> dict[str, Any]:
    """The disclosed fields that are also among ``fields``. A field that was not disclosed adds nothing."""
    allowed = set(fields)
    if ALL_FIELDS in allowed:
        return dict(disclosed)
    return {name: value for name, value in disclosed.items() if {name, name.partition(".")[0]} & allowed}


def disclosure(
    proposal: Proposal, allowed: Allowed, receipts: Sequence[Receipt], always: Iterable[str]
) -> dict[str, Any]:
    """What the recipient is shown. ``always``: what the rule set discloses in every referral."""
    if allowed.grants:
        return merge(
            narrow(proposal.within(grant.covers).disclosed, receipts[grant.index].fields) for grant in allowed.grants
        )
    if allowed.basis in MINIMAL:
        return narrow(proposal.disclosed, {*always, *VITAL_ANSWERS})
    return dict(proposal.disclosed)


def _grants(
    proposal: Proposal,
    assessment: Assessment,
    in_force: Mapping[int, Receipt],
    faults: Mapping[int, BlockReason | None],
) -> tuple[Grant, ...]:
    """The valid consents that cover something of the proposal: first what covers most, or of equals what came first."""
    found = []
    for index, one in latest_grants(in_force).items():
        covers = tuple(code for code in proposal.categories if code in assessment.purposes[one.purpose])
        if covers and faults[index] is None:
            found.append(Grant(index, covers))
    return tuple(sorted(found, key=lambda grant: -len(grant.covers)))


def _in_best_interests(agency: Agency, assessment: Assessment, submission: Mapping[str, Any]) -> bool:
    """A child who was informed and heard is not left unprotected for want of a signature."""
    interests = submission.get("best_interests") or {}
    if not assessment.child or interests.get("assent") not in ASSENT:
        return False
    if agency is Agency.UNFPA:
        return RiskCategory.VSG in assessment.categories
    pressing = assessment.urgency_of(RiskCategory.NNA_FAM) in PRESSING
    return agency is Agency.UNICEF and (pressing or not CHILD_VICTIM.isdisjoint(assessment.categories))


def _blocked(
    proposal: Proposal,
    assessment: Assessment,
    submission: Mapping[str, Any],
    in_force: Mapping[int, Receipt],
    faults: Mapping[int, BlockReason | None],
    at: datetime,
) -> Blocked:
    """The reason shown to the shelter: the last valid word of the person, else what is missing or wrong."""
    valid = [one for index, one in in_force.items() if faults[index] is None]
    if valid and valid[-1].decision is ConsentDecision.WANTS_TIME:
        until = valid[-1].until
        waits = until is not None and until > at
        return Blocked(BlockReason.WANTS_TIME, until=until) if waits else Blocked(BlockReason.CONSENT_NOT_ASKED)
    if _refused(in_force, faults):
        return Blocked(BlockReason.CONSENT_REFUSED)
    if nobody_may_decide(assessment, submission):
        return Blocked(BlockReason.NEEDS_REPRESENTATIVE)
    if _cannot_decide(in_force):
        return Blocked(BlockReason.CANNOT_DECIDE)
    if any(faults[index] is None for index in latest_grants(in_force)):
        return Blocked(BlockReason.PURPOSE_TOO_NARROW, uncovered=proposal.categories)
    reasons = [fault for fault in faults.values() if fault]
    return Blocked(reasons[-1] if reasons else BlockReason.CONSENT_NOT_ASKED)


def _is_vital(proposal: Proposal, assessment: Assessment, submission: Mapping[str, Any]) -> bool:
    """Whether a life may depend on it and this agency can act at once."""
    able = ABLE_AT_ONCE_FOR_A_CHILD if assessment.child else ABLE_AT_ONCE
    in_peril = assessment.danger or submission["screening"].get("medical_now") == "yes"
    return proposal.urgency is Urgency.U0 and in_peril and proposal.agency in able


def _may_be_presumed(in_force: Mapping[int, Receipt], faults: Mapping[int, BlockReason | None], *, child: bool) -> bool:
    """An adult who cannot decide and had not refused before; a child for whom nobody has refused."""
    refused, unable = _refused(in_force, faults), _cannot_decide(in_force)
    return (unable or not refused) if child else (unable and not refused)


def _refused(in_force: Mapping[int, Receipt], faults: Mapping[int, BlockReason | None]) -> bool:
    return any(one.decision is ConsentDecision.REFUSED and faults[at] is None for at, one in in_force.items())


def _cannot_decide(in_force: Mapping[int, Receipt]) -> bool:
    return any(one.decision is ConsentDecision.CANNOT_DECIDE for one in in_force.values())
