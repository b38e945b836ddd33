"""Sends a referral on to another agency: as a new linked one, or joined to the one that the agency has already.

The grounds are the same, and it is never less urgent. Consent is decided again.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from events.contract import Event, Recorded
from events.referral import ReferralRerouted
from events.vocabulary import Agency, ReferralState
from services.chassis.errors import NotFoundError
from services.chassis.eventlog.unit_of_work import UnitOfWork
from services.referral.assessment import Policies
from services.referral.case_file.domain import CaseFile
from services.referral.case_file.queries import CaseFiles
from services.referral.consent.domain import Allowed, Blocked
from services.referral.lifecycle.domain import Referral
from services.referral.lifecycle.policy import ReroutingPolicy
from services.referral.lifecycle.rerouting import find_agency
from services.referral.lifecycle.revising import ReferralReviser
from services.referral.obligations.grounds import tasks_of_case
from services.referral.routing.domain import Assessment, Proposal

WITHOUT_ANSWER = frozenset({ReferralState.DECLINED, ReferralState.EXPIRED})
"""An agency whose own referral of the case is in one of these is sent nothing more of it by the rules."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacement:
    """The case, its assessment and its other referrals, loaded to send one of them on.

    ``cause`` is the command or the fact that leads to it.
    """

    policies: Policies
    file: CaseFile
    assessment: Assessment
    work: UnitOfWork
    cause: Recorded[Event] | UUID
    actor: str
    others: Mapping[Agency, Referral]
    """The other open referrals of the case, by agency."""

    def find(
        self, replaced: Referral, policy: ReroutingPolicy, *, earlier: Collection[Agency], ask: bool
    ) -> Agency | None:
        """The agency that gets it by the rules; ``None``: a person must decide. ``ask``: see ``find_agency``."""
        passed_over = {*earlier, *(agency for agency, one in self.others.items() if one.state in WITHOUT_ANSWER)}
        return find_agency(
            policy.candidates(replaced.agency, passed_over),
            others=self.others,
            may_send=lambda agency: self.may_send(replaced, agency),
            has_room=lambda agency: self._has_room(replaced, agency),
            ask=ask,
        )

    def may_send(self, replaced: Referral, agency: Agency) -> Allowed | Blocked:
        """Whether what was declined may be sent to an agency.

        Raises:
            NotFoundError: with the present answers, the rules find none of the grounds.
        """
        return self._issuer().may_send(self.proposal(replaced, agency))

    def proposal(self, replaced: Referral, agency: Agency) -> Proposal:
        """The proposal to an agency on the replaced referral's grounds.

        Raises:
            NotFoundError: with the present answers, the rules find none of them.
        """
        found = self.assessment.on(replaced.categories, agency, as_for=[replaced.agency])
        if found is None:
            raise NotFoundError
        return replace(found, urgency=min(found.urgency, replaced.urgency))

    def reroute(self, replaced: Referral, stream: UUID, to: Agency) -> UUID:
        """Records that it is rerouted, and the linked referral or what is joined; returns the linked one's id.

        Raises:
            NotFoundError: with the present answers, the rules find none of the grounds.
        """
        other = self.others.get(to)
        linked = stream if other is None else other.id
        event = ReferralRerouted(agency=replaced.agency, shelter=replaced.shelter, to=to, linked=linked)
        self.work.record(replaced.id, event, case=replaced.case, actor=self.actor, cause=self.cause)
        return self.propose(replaced, stream, to)

    def propose(self, replaced: Referral, stream: UUID, to: Agency) -> UUID:
        """Proposes the linked referral, or joins the agency's other open one; returns the linked one's id.

        Raises:
            NotFoundError: with the present answers, the rules find none of the grounds.
        """
        other = self.others.get(to)
        if other is not None:
            self._join(replaced, other)
            return other.id
        self.work.begin(stream)
        self._issuer().propose(stream, self.proposal(replaced, to), replaces=replaced.id)
        return stream

    def _join(self, replaced: Referral, other: Referral) -> None:
        """The categories join the agency's open referral, as a change that it has not seen."""
        categories = {*other.categories, *replaced.categories}
        found = self.assessment.on(categories, other.agency, as_for=[replaced.agency])
        if found is None:
            raise NotFoundError
        urgency = min(found.urgency, other.urgency, replaced.urgency)
        self._issuer().reassess(other, replace(found, urgency=urgency))

    def _has_room(self, replaced: Referral, agency: Agency) -> bool:
        now = self.work.now()
        desk = self.policies.desks.answering(agency, self.file.shelter, replaced.urgency, now)
        return not self.policies.without_room.is_full(desk.code, now)

    def _issuer(self) -> ReferralReviser:
        return ReferralReviser(
            file=self.file,
            assessment=self.assessment,
            policies=self.policies,
            work=self.work,
            cause=self.cause,
            actor=self.actor,
        )


async def replacement_for(
    replaced: Referral,
    *,
    files: CaseFiles,
    policies: Policies,
    work: UnitOfWork,
    others: Mapping[Agency, Referral],
    cause: Recorded[Event] | UUID,
    actor: str,
) -> Replacement:
    """Loads what is needed to send a referral on.

    Raises:
        ErasedError: the person's data were erased.
    """
    await policies.refresh()
    file = await files.load(replaced.case, work)
    await work.load(tasks_of_case(replaced.case, policies.obligations))
    return Replacement(
        policies=policies,
        file=file,
        assessment=policies.assessment(file),
        work=work,
        others=others,
        cause=cause,
        actor=actor,
    )
