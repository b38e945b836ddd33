"""What a referral rests on, asked again: whether its agency may still read, and what follows if it may not.

Pure. A referral is sent on the first of six questions that is answered with yes. When a person says no, when a consent
runs out and when a new one is given, the questions are asked anew.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from events.referral_states import OPEN
from events.vocabulary import (
    Agency,
    BlockReason,
    CaseKind,
    OverrideBasis,
    ReferralState,
    SendingBasis,
    WithdrawalReason,
)
from services.referral.case_file.domain import CaseFile
from services.referral.consent.domain import MINIMAL, Allowed, Blocked, basis
from services.referral.consent.overrides import override_permitted
from services.referral.consent.receipts import Receipt, decisions_in_force
from services.referral.lifecycle.domain import Referral
from services.referral.routing.domain import Assessment, Proposal

NO_CONSENT_NEEDED = frozenset({SendingBasis.NOT_PERSONAL, SendingBasis.MANDATORY_REPORT})
"""Legal bases that need no consent; withdrawing consent does not affect them."""


@dataclass(frozen=True, slots=True)
class Moves:
    """Another basis holds: the referral goes on, and rests on that."""

    answer: Allowed


@dataclass(frozen=True, slots=True)
class Ends:
    """It rests on nothing any more, because of a person's no."""

    reason: WithdrawalReason


@dataclass(frozen=True, slots=True)
class RunsOut:
    """The consent that it rests on has run out, and nothing else holds: no refusal, but nobody may read."""


Finding = Moves | Ends | RunsOut | None
"""``None``: it stands as it is."""


def is_personal(referral: Referral, file: CaseFile) -> bool:
    """Whether it is about a person, and no report that the law demands: only such a one rests on what people decide."""
    return file.answers.get("kind", CaseKind.PERSON) == CaseKind.PERSON and referral.agency is not Agency.PEAS


def is_withheld(referral: Referral, file: CaseFile) -> bool:
    """Whether the person excludes the agency."""
    return referral.agency in (file.answers.get("withhold_from") or ())


def survives_a_no(referral: Referral, assessment: Assessment) -> bool:
    """Whether a refusal alone does not end it: it was sent in a child's interest, and two people decide."""
    match referral.basis:
        case SendingBasis.BEST_INTERESTS:
            return True
        case (
            SendingBasis.IMMINENT_DANGER_TO_LIFE
            | SendingBasis.CHILD_BEST_INTERESTS
            | SendingBasis.CANNOT_CONSENT as ground
        ):
            of_access = OverrideBasis(ground.value)
            return override_permitted(of_access, child=assessment.child, refused=True, withheld=False)
        case _:
            return False


def basis_is_valid(referral: Referral, file: CaseFile, assessment: Assessment, at: datetime) -> bool:
    """Whether the basis that it was sent on still holds, so that its agency may read what was disclosed to it.

    What was sent in a child's best interests stays open to its agency until two people have decided that it ends.
    """
    match referral.basis:
        case None:
            return False
        case SendingBasis.NOT_PERSONAL | SendingBasis.MANDATORY_REPORT:
            return True
    if file.is_on_hold(referral.agency):
        return False  # a withdrawal with the slip waits to be checked
    if referral.basis is SendingBasis.BEST_INTERESTS:
        return True
    return not is_withheld(referral, file) and _holds(referral, file, assessment, at)


def may_be_read(referral: Referral, file: CaseFile, assessment: Assessment, at: datetime) -> bool:
    """Whether its agency may read it now: it is open, was not closed meanwhile, and its basis holds."""
    if referral.basis in NO_CONSENT_NEEDED:
        return referral.state in OPEN
    closed = referral.state is ReferralState.BLOCKED_CONSENT or referral.after.lapsed_at or referral.after.frozen_at
    return referral.state in OPEN and not closed and basis_is_valid(referral, file, assessment, at)


def examine(  # noqa: PLR0911 - one return for each finding
    referral: Referral, proposal: Proposal | None, file: CaseFile, assessment: Assessment, at: datetime
) -> Finding:
    """What becomes of an open referral that was sent. ``proposal``: what the rules propose on its grounds now."""
    if referral.basis in NO_CONSENT_NEEDED or referral.basis is SendingBasis.BEST_INTERESTS:
        return None  # whether it ends is for two people to decide
    if is_withheld(referral, file):
        return Ends(WithdrawalReason.WITHHELD)
    answer = None if proposal is None else basis(proposal, assessment, file.answers, file.receipts, at)
    if referral.state is ReferralState.BLOCKED_CONSENT:
        return _while_it_waits_again(referral, answer)
    holds = _holds(referral, file, assessment, at)
    if isinstance(answer, Allowed):
        stays = holds and referral.after.lapsed_at is None and not _is_better(referral, answer, file)
        stopped = file.is_on_hold(referral.agency) or referral.after.contest is not None
        return None if stays or stopped else Moves(answer)
    if holds:
        return None
    if referral.basis is SendingBasis.CONSENT and _nobody_took_it_back(referral, file, at):
        return RunsOut() if referral.after.lapsed_at is None else None
    return Ends(_of_a_refusal(referral))


def _while_it_waits_again(referral: Referral, answer: Allowed | Blocked | None) -> Finding:
    """One whose consent ran out before its desk decided: it waits for another decision, and ends with a no."""
    if not isinstance(answer, Blocked) or answer.reason is not BlockReason.CONSENT_REFUSED:
        return None
    return Ends(_of_a_refusal(referral))


def _of_a_refusal(referral: Referral) -> WithdrawalReason:
    consented = referral.basis is SendingBasis.CONSENT
    return WithdrawalReason.CONSENT_WITHDRAWN if consented else WithdrawalReason.REFUSED


def _is_better(referral: Referral, answer: Allowed, file: CaseFile) -> bool:
    """Whether another basis takes the place of one that holds: a consent, or of a minimal one a child's interests."""
    if referral.basis in MINIMAL:
        return answer.basis in {SendingBasis.CONSENT, SendingBasis.BEST_INTERESTS}
    if answer.basis is not SendingBasis.CONSENT or referral.basis is not SendingBasis.CONSENT:
        return False
    return [file.receipt_ids[grant.index] for grant in answer.grants] != _receipts_of(referral)


def _holds(referral: Referral, file: CaseFile, assessment: Assessment, at: datetime) -> bool:
    """Whether a basis that depends on somebody's word holds."""
    if referral.basis is SendingBasis.CONSENT:
        found = _found(referral, file, at)
        return all(one is not None and not one.withdrawn(at) and not one.expired(at) for one in found)
    refused = file.has_refusal(referral.agency, assessment, at)
    if referral.basis is SendingBasis.VITAL_INTEREST:
        return not refused
    return not refused or survives_a_no(referral, assessment)


def _nobody_took_it_back(referral: Referral, file: CaseFile, at: datetime) -> bool:
    return all(one is not None and not one.withdrawn(at) for one in _found(referral, file, at))


def _receipts_of(referral: Referral) -> list[UUID]:
    return [referral.receipt or referral.id, *referral.further_receipts]


def _found(referral: Referral, file: CaseFile, at: datetime) -> list[Receipt | None]:
    """The very receipts it rests on; ``None`` for one that its giver has replaced."""
    in_force = decisions_in_force(referral.agency, file.receipts, at)
    found = {file.receipt_ids[index]: one for index, one in in_force.items()}
    return [found.get(receipt) for receipt in _receipts_of(referral)]
