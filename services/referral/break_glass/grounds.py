"""Checks that a ground of break-glass holds now, from the case as it is and the refusals in it."""

from collections.abc import Callable
from dataclasses import dataclass

from events.vocabulary import Agency, OverrideBasis, ReferralState, WithdrawalReason
from services.chassis.authorization.policy import Principal
from services.chassis.eventlog.commands import InTransaction
from services.chassis.eventlog.unit_of_work import UnitOfWork
from services.referral.assessment import Policies
from services.referral.case_file.domain import CaseFile
from services.referral.case_file.queries import CaseFiles
from services.referral.consent.overrides import OverrideRefusedError, override_permitted
from services.referral.disclosures.queries import unchanged
from services.referral.lifecycle.domain import Referral


@dataclass(frozen=True, slots=True)
class CaseNow:
    """A referral and its case, as both are at one moment."""

    referral: Referral
    file: CaseFile
    work: UnitOfWork

    def unchanged(self, otherwise: Callable[[], None] = lambda: None) -> InTransaction:
        """A guard that raises ``VersionConflictError`` if referral or case changed; ``otherwise`` may refuse, too."""
        own = self.work.history(self.referral.id)[-1].version  # including what this unit of work records
        return unchanged(self.referral, own, self.file.version, otherwise)


async def case_now(referral: Referral, work: UnitOfWork, files: CaseFiles) -> CaseNow:
    """Loads the case of a referral, and the referral's key.

    Raises:
        ErasedError: the person's data were erased.
    """
    return CaseNow(referral, await files.load(referral.case, work, referral.key), work)


def check_ground(found: CaseNow, basis: OverrideBasis, by: Principal, policies: Policies) -> None:
    """Checks the ground for the referral's agency and for the reader's: neither may have been refused.

    Consent that was taken back counts as a refusal, with the slip even before somebody has checked it.

    Raises:
        OverrideRefusedError: the ground does not hold.
    """
    assessment, now = policies.assessment(found.file), found.work.now()
    agencies = {found.referral.agency, *(one for one in Agency if one == by.org)}
    ran_out = found.referral.withdrawn_for is WithdrawalReason.CONSENT_EXPIRED  # which is no refusal
    refused = (found.referral.state is ReferralState.WITHDRAWN and not ran_out) or any(
        found.file.is_on_hold(one) or found.file.has_refusal(one, assessment, now) for one in agencies
    )
    withheld = bool(agencies & set(found.file.answers.get("withhold_from") or ()))
    if not override_permitted(basis, child=assessment.child, refused=refused, withheld=withheld):
        raise OverrideRefusedError
