"""Sends a declined, expired or offered referral on, by the rules or by a person: loads, decides and records it."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from events.contract import Event, Recorded
from events.referral_states import OPEN
from events.vocabulary import Agency, DeclineReason
from services.chassis.database import Database
from services.chassis.errors import NotFoundError, UnreadableContentError
from services.chassis.eventlog.unit_of_work import UnitOfWork
from services.chassis.ids import uuid5
from services.referral.assessment import Policies
from services.referral.case_file.queries import CaseFiles
from services.referral.consent.domain import Allowed
from services.referral.lifecycle.domain import Referral, fold
from services.referral.lifecycle.policy import ReroutingPolicy
from services.referral.lifecycle.queries import Guard, no_other_open_referral, open_referrals
from services.referral.lifecycle.replacement import WITHOUT_ANSWER, Replacement, replacement_for


@dataclass(frozen=True, slots=True, kw_only=True)
class SendingOn:
    """Finds the agency that gets a referral instead, and records that it does."""

    database: Database
    files: CaseFiles
    policies: Policies
    rerouting: ReroutingPolicy

    @property
    def actor(self) -> str:
        """The actor of what the rules send on."""
        return f"rules:{self.rerouting.version}"

    async def by_rules(self, declined: Referral, reason: DeclineReason, cause: UUID, work: UnitOfWork) -> Guard | None:
        """Applies the rerouting policy to a decline, in the same append so that it cannot be lost.

        Returns a guard against a second open referral at that agency; ``None`` if a person must decide.
        """
        if not self.rerouting.by_rules(declined.agency, reason):
            return None
        return await self._find_and_send(declined, cause, work, ask=True)

    async def after_expiry(self, expired: Referral, cause: UUID, work: UnitOfWork) -> Guard | None:
        """Sends an expired referral on where there is a basis; nobody is asked, since the desk may still act."""
        return await self._find_and_send(expired, cause, work, ask=False)

    async def to_whom_offered(self, referral: Referral, offers: Agency, cause: UUID, work: UnitOfWork) -> Guard | None:
        """Sends a referral to the agency that offered to take it; ``None`` if nothing allows it to be sent there."""
        others = await self.others(referral, work)
        if referral.agency is Agency.PEAS or (offers in others and others[offers].state in WITHOUT_ANSWER):
            return None  # a person decides
        if referral.after.contest is not None:
            return None  # two people decide first whether anything more is shared
        try:
            replacement = await self.replacement(referral, others, work, cause=cause, actor=self.actor)
            if not isinstance(replacement.may_send(referral, offers), Allowed):
                return None
        except (UnreadableContentError, NotFoundError):
            return None
        linked = replacement.reroute(referral, uuid5(referral.id, "rerouted"), offers)
        return no_other_open_referral(referral.case, offers, besides=linked)

    async def others(self, referral: Referral, work: UnitOfWork) -> dict[Agency, Referral]:
        """The other open referrals of the case, by agency."""
        streams = await open_referrals(self.database, referral.case)
        await work.load(streams)
        found = (fold(work.history(one)) for one in streams if one != referral.id)
        return {one.agency: one for one in found if one is not None and one.state in OPEN}

    async def replacement(
        self,
        referral: Referral,
        others: Mapping[Agency, Referral],
        work: UnitOfWork,
        *,
        cause: Recorded[Event] | UUID,
        actor: str,
    ) -> Replacement:
        """Loads what is needed to send a referral on.

        Raises:
            ErasedError: the person's data were erased.
        """
        return await replacement_for(
            referral, files=self.files, policies=self.policies, work=work, others=others, cause=cause, actor=actor
        )

    async def _find_and_send(self, referral: Referral, cause: UUID, work: UnitOfWork, *, ask: bool) -> Guard | None:
        if referral.after.contest is not None:
            return None  # two people decide first whether anything more is shared
        earlier = await self._earlier_agencies(referral, work)
        others = await self.others(referral, work)
        try:
            replacement = await self.replacement(referral, others, work, cause=cause, actor=self.actor)
            to = replacement.find(referral, self.rerouting, earlier=earlier, ask=ask)
        except (UnreadableContentError, NotFoundError):
            return None  # nothing is left to send: the referral is escalated
        if to is None:
            return None
        linked = replacement.reroute(referral, uuid5(referral.id, "rerouted"), to)
        return no_other_open_referral(referral.case, to, besides=linked)

    async def _earlier_agencies(self, referral: Referral, work: UnitOfWork) -> set[Agency]:
        """The agencies that had this referral before."""
        agencies = set[Agency]()
        earlier = referral
        while earlier.replaces is not None:
            await work.load([earlier.replaces])
            found = fold(work.history(earlier.replaces))
            if found is None:
                break
            agencies.add(found.agency)
            earlier = found
        return agencies
