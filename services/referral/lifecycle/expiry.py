"""What becomes of a referral when the consent that it rests on has run out: no refusal, but nobody may read on it."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal
from uuid import UUID

import structlog

from events.referral import ConsentLapsed, ReferralBlocked, ReferralFact, ReferralWithdrawn
from events.referral_states import UNDECIDED
from events.vocabulary import BlockReason, ReferralState, WithdrawalReason
from services.chassis.database import is_outage
from services.chassis.errors import ServiceError, UnreadableContentError
from services.chassis.eventlog.unit_of_work import UnitOfWork
from services.referral.assessment import Policies
from services.referral.case_file.queries import CaseFiles
from services.referral.lifecycle.domain import Referral
from services.referral.lifecycle.renewing import ReferralRenewer
from services.referral.lifecycle.standing import Moves, examine
from services.referral.obligations.grounds import tasks_of_case
from services.referral.routing.domain import Proposal

logger = structlog.get_logger(__name__)

End = Literal["lapse", "withdraw"]
NOT_TAKEN = UNDECIDED | {ReferralState.EXPIRED}
"""States in which nobody has taken it: it waits for a decision again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentExpiry:
    """Carries out what the clock of a consent says. It holds the key that the clock does not."""

    files: CaseFiles
    policies: Policies

    async def __call__(
        self, end: End, referral: Referral, work: UnitOfWork, *, command: UUID, actor: str, renew_within: timedelta
    ) -> bool:
        """Records what follows, and returns whether anybody is alerted: not where another basis holds by itself.

        ``renew_within``: how long what is taken waits for the person to consent again.
        """
        issuer = await self._issuer(referral, work, command, actor)
        if issuer is not None and self._moved(issuer, referral):
            return False
        if end == "lapse" and referral.state in NOT_TAKEN and issuer is not None:
            proposal = _on_its_grounds(issuer, referral)
            if proposal is not None:
                issuer.wait_again(referral, proposal)
                return True
        event = without_the_answers(end, referral, work, renew_within, self.policies.clocks.deletion)
        work.record(referral.id, event, case=referral.case, actor=actor, cause=command)
        return True

    def _moved(self, issuer: ReferralRenewer, referral: Referral) -> bool:
        """Whether another basis holds now: another consent, or a child's best interests."""
        proposal = _on_its_grounds(issuer, referral)
        found = examine(referral, proposal, issuer.file, issuer.assessment, issuer.work.now())
        if isinstance(found, Moves) and proposal is not None:
            issuer.move(referral, proposal, found.answer)
            return True
        return False

    async def _issuer(self, referral: Referral, work: UnitOfWork, command: UUID, actor: str) -> ReferralRenewer | None:
        try:
            file = await self.files.load(referral.case, work, referral.key)
            assessment = self.policies.assessment(file)
        except UnreadableContentError:
            return None
        except ServiceError:
            raise
        except Exception as error:
            if is_outage(error):
                raise
            # A case that cannot be read is alerted elsewhere; its clocks, and everybody else's, go on.
            logger.exception("expiry_without_the_answers", referral=str(referral.id))
            return None
        await work.load(tasks_of_case(referral.case, self.policies.obligations))
        return ReferralRenewer(
            file=file, assessment=assessment, policies=self.policies, work=work, cause=command, actor=actor
        )


def _on_its_grounds(issuer: ReferralRenewer, referral: Referral) -> Proposal | None:
    """What the rules propose on its grounds now, never less urgent."""
    found = issuer.assessment.on(referral.categories, referral.agency)
    return None if found is None else replace(found, urgency=min(found.urgency, referral.urgency))


def without_the_answers(
    end: End, referral: Referral, work: UnitOfWork, renew_within: timedelta, deletion: timedelta
) -> ReferralFact:
    """What follows where the answers tell nothing more: the person was erased, or no rule fires any more."""
    whose = {"agency": referral.agency, "shelter": referral.shelter}
    if end == "withdraw":
        return ReferralWithdrawn(
            **whose,
            reason=WithdrawalReason.CONSENT_EXPIRED,
            receipt=referral.receipt,
            confirm_deletion_by=work.now() + deletion,
        )
    if referral.state in NOT_TAKEN:
        return ReferralBlocked(**whose, urgency=referral.urgency, reason=BlockReason.CONSENT_EXPIRED)
    assert referral.receipt is not None  # noqa: S101 - only a consent runs out
    return ConsentLapsed(**whose, receipt=referral.receipt, renew_by=work.now() + renew_within)
