"""Seals anew what an agency may see, when another basis holds than before; blocks what a consent held that ran out."""

from dataclasses import dataclass

from events.referral import DisclosureRenewed
from events.vocabulary import BlockReason, RenewalReason
from services.referral.consent.domain import Allowed, Blocked
from services.referral.lifecycle.changes import TOLD_AT_ONCE
from services.referral.lifecycle.domain import Referral
from services.referral.lifecycle.revising import ReferralReviser
from services.referral.routing.domain import Proposal


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralRenewer(ReferralReviser):
    """Also moves a referral that was sent to the basis that holds now, or lets it wait again."""

    def move(
        self,
        referral: Referral,
        proposal: Proposal,
        answer: Allowed,
        *,
        nothing_new: bool = False,
    ) -> None:
        """Rests it on another basis; a desk that had answered has to see what is new.

        Where less is disclosed than before, nothing is new, and nobody is alerted. ``nothing_new``: it moves because
        of somebody's no, and nothing is disclosed by that which was not disclosed before.
        """
        before = self._told(referral)
        disclosed = self._disclosure(answer.told(proposal), answer)
        if nothing_new:
            disclosed = {name: value for name, value in disclosed.items() if name in before}
        uncovered = {*answer.uncovered, *(set(referral.after.uncovered) - {*proposal.categories})}
        new = {name for name, value in disclosed.items() if name not in before or before[name] != value}
        has_news = bool(new) or not {*referral.after.uncovered} <= uncovered
        receipts = [self.file.receipt_ids[grant.index] for grant in answer.grants]
        self._record(
            referral.id,
            DisclosureRenewed(
                agency=referral.agency,
                shelter=referral.shelter,
                reason=RenewalReason.CONSENT,
                disclosure=self.seal(referral.id, DisclosureRenewed.NAME, "disclosure", disclosed),
                basis=answer.basis,
                receipt=receipts[0] if receipts else None,
                further_receipts=tuple(receipts[1:]),
                basis_until=self._basis_until(answer),
                uncovered=tuple(sorted(uncovered)),
                at_once=bool(new & TOLD_AT_ONCE),
                seen_by=self._seen_by(referral) if has_news else None,
            ),
        )

    def wait_again(self, referral: Referral, proposal: Proposal) -> None:
        """Records that it waits for a decision again, from now on."""
        self._block(referral.id, proposal, Blocked(BlockReason.CONSENT_EXPIRED))
