"""Loads one referral with its history, for whoever may see it."""

from dataclasses import dataclass
from uuid import UUID

from events.vocabulary import ShownView
from services.chassis.authorization.policy import Principal
from services.chassis.errors import NotFoundError
from services.chassis.eventlog.log import Log
from services.chassis.showings.domain import tells
from services.referral.disclosures.messages import messages_for
from services.referral.lifecycle.domain import Referral as FoldedReferral
from services.referral.lifecycle.domain import fold
from services.referral.showings.domain import Seen
from services.referral.timeline.domain import Entry, entries
from services.referral.timeline.unseen import UnseenChange, unseen_changes
from services.referral.worklist.filters import ReferralFilters
from services.referral.worklist.queries import Worklist
from services.referral.worklist.schemas import Referral

MAX_RELATED = 20
"""Other referrals of the case that are named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralInFull:
    """One referral, as its viewer may know it, at one version."""

    shown: Referral
    """As the list shows it to the viewer."""
    state: FoldedReferral
    """All of it, for deciding which steps there are. It is not shown."""
    timeline: list[Entry]
    unseen: list[UnseenChange]
    has_messages: bool
    """Whether there are texts that the viewer may read while the referral is open to them."""
    related: list[Referral]
    """The other referrals of its case that the viewer may see."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralHistories:
    """Reads single referrals."""

    log: Log
    worklist: Worklist

    async def one(self, principal: Principal, referral: UUID) -> ReferralInFull:
        """One referral with what happened to it.

        Raises:
            NotFoundError: no such referral, or the principal may not see it.
        """
        shown = await self.worklist.one(principal, referral)
        history = (await self.log.streams([referral]))[referral]
        history = [fact for fact in history if fact.version <= shown.version]  # what came since is not shown, either
        state = fold(history)
        if state is None:
            raise NotFoundError
        filters = ReferralFilters(case=shown.case_id, limit=MAX_RELATED)
        others = await self._named(principal, (await self.worklist.page(principal, filters, None)).items)
        messages = messages_for(principal, history, shelter=shown.shelter, open_=True, basis_valid=True)
        return ReferralInFull(
            shown=shown,
            state=state,
            timeline=entries(history, shown, principal),
            unseen=unseen_changes(history) if shown.unseen_change is not None else [],
            has_messages=bool(messages),
            related=[one for one in others if one.referral_id != referral],
        )

    async def _named(self, principal: Principal, others: list[Referral]) -> list[Referral]:
        """Those of the case's referrals whose agency may be named: one tells by its name what it is about."""
        telling = [one for one in others if tells((), one.agency)]
        seen = [Seen(one.referral_id, one.case_id) for one in telling]
        if await self.worklist.showings.may_show(ShownView.REFERRAL, seen, principal):
            return others
        return [one for one in others if one not in telling]
