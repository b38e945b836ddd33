"""Proposing a referral and deciding at once whether it may be sent."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from events.contract import Event, Recorded
from events.referral import Deadlines, ReferralBlocked, ReferralProposed, ReferralReassessed, ReferralRequested
from events.sealed import Box
from events.vocabulary import BlockReason, BoxClass, OverrideBasis, ReferralState, SendingBasis, Urgency
from services.chassis.boxes import Place, seal
from services.chassis.workspace import Workspace
from services.referral.caravans import Modes
from services.referral.casefile import CaseFile
from services.referral.consent import Allowed, Blocked, basis, disclosure
from services.referral.deadlines import Clocks, Counting
from services.referral.desks import Answering, Desks, OneDeskAnAgency
from services.referral.domain import Referral
from services.referral.rerouting import Rerouting
from services.referral.routing import Assessment, Proposal, assess
from services.referral.rules import RuleSet
from services.referral.working_days import day_in_mexico

NOTHING_OF_THE_PERSON = frozenset({SendingBasis.NOT_PERSONAL, SendingBasis.MANDATORY_REPORT})
"""What is sent on these is nobody's to take back."""
UNDECIDED = frozenset({ReferralState.REQUESTED, ReferralState.ACKNOWLEDGED, ReferralState.INFO_REQUESTED})
"""The decide clock runs, and departure sets it (domain.md §6)."""


@dataclass(frozen=True, slots=True)
class Policies:
    """The policies in force."""

    rules: RuleSet
    clocks: Clocks
    rerouting: Rerouting
    desks: Desks = field(default_factory=OneDeskAnAgency)
    modes: Modes = field(default_factory=Modes)

    @property
    def counting(self) -> Counting:
        """Which hours a referral's clocks count."""
        return Counting(self.clocks, self.desks)

    def assessment(self, file: CaseFile) -> Assessment:
        """What the rules make of a case."""
        return assess(file.answers, self.rules, day_in_mexico(file.opened.occurred_at))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """One case, what the rules made of it, and the fact or command on whose account something is sent."""

    file: CaseFile
    assessment: Assessment
    policies: Policies
    workspace: Workspace
    cause: Recorded[Any] | UUID
    actor: str

    def propose(self, stream: UUID, proposal: Proposal, *, replaces: UUID | None = None) -> None:
        """A new referral: proposed, and at once requested or blocked."""
        event = self.file.opened.event
        self._record(
            stream,
            ReferralProposed(
                submission=event.submission,
                shelter=self.file.shelter,
                agency=proposal.agency,
                urgency=proposal.urgency,
                categories=proposal.categories,
                rule_set=self.assessment.rule_set,
                grounds=self._grounds(stream, ReferralProposed.NAME, proposal),
                replaces=replaces,
            ),
        )
        answer = self._asked(proposal)
        if isinstance(answer, Allowed):
            self._request(stream, proposal, answer)
        else:
            self._block(stream, proposal, answer)

    def reconsider(self, referral: Referral, proposal: Proposal) -> None:
        """A referral that exists: more urgent or with more categories, and sent if it waited and now may be.

        When the person leaves at another time than they said, its clocks are set anew; never beyond the class's own.
        """
        urgency: Urgency = min(referral.urgency, proposal.urgency)
        categories = tuple(sorted({*referral.categories, *proposal.categories}))
        answer = self._asked(proposal)
        leaves = self._leaves_otherwise(referral, urgency)
        if urgency < referral.urgency or categories != referral.categories or leaves is not None:
            told = self._told(proposal, answer) if referral.sent and isinstance(answer, Allowed) else None
            desk = self._desk(proposal) if referral.sent and urgency < referral.urgency else None
            self._record(
                referral.id,
                ReferralReassessed(
                    agency=referral.agency,
                    shelter=referral.shelter,
                    urgency=urgency,
                    categories=categories,
                    rule_set=self.assessment.rule_set,
                    grounds=self._grounds(referral.id, ReferralReassessed.NAME, proposal),
                    deadlines=leaves if desk is None else self._deadlines(proposal, desk),
                    desk=None if desk is None else desk.code,
                    disclosure=None
                    if told is None
                    else self.seal(referral.id, ReferralReassessed.NAME, "disclosure", told),
                ),
            )
        if referral.sent:
            return
        if isinstance(answer, Allowed):
            self._request(referral.id, proposal, answer)
        elif answer.reason is not referral.reason:
            self._block(referral.id, proposal, answer)

    def _leaves_otherwise(self, referral: Referral, urgency: Urgency) -> Deadlines | None:
        """The clocks of what was sent and is undecided, by the new departure; ``None``: they stay as they are."""
        before, sent = referral.deadlines, referral.clocks_from
        if before is None or sent is None or referral.state not in UNDECIDED or not self.file.departs_otherwise:
            return None
        if urgency < referral.urgency:
            return None  # it is sent anew, with clocks of its own
        again = self.policies.clocks.again(
            urgency,
            referral.categories,
            self.file.answers.get("screening", {}),
            occurred_at=self.file.answered_at,
            sent_at=sent,
            now=self.workspace.now(),
            hours=self.policies.counting.hours(urgency, referral.desk),  # those of the desk that has it
        )
        # To acknowledge took the class's time all along: what is overdue stays overdue.
        again = again.model_copy(update={"acknowledge_by": min(before.acknowledge_by, again.decide_by)})
        return None if again == before else again

    def override(self, referral: Referral, proposal: Proposal, basis: OverrideBasis, *, refused: bool) -> None:
        """A referral that waits for consent is sent without, by break-glass: with the least that helps."""
        urgency: Urgency = min(referral.urgency, proposal.urgency)
        answer = Allowed(SendingBasis(basis.value), shown_refusal=refused)
        self._request(referral.id, replace(proposal, agency=referral.agency, urgency=urgency), answer)

    def seal(self, stream: UUID, name: str, field: str, content: Mapping[str, Any]) -> Box:
        """Seals for the place that the next event of the stream will have."""
        place = Place(stream, self.workspace.next_version(stream), name, field)
        key = self.file.key
        return seal(
            content,
            key_id=key,
            key=self.workspace.keys[key],
            kind=BoxClass.SCREENING,
            place=place,
            commitment=self.file.opened.event.screening.commitment,
        )

    def _asked(self, proposal: Proposal) -> Allowed | Blocked:
        answer = basis(proposal, self.assessment, self.file.answers, self.file.receipts, self.workspace.now())
        personal = isinstance(answer, Allowed) and answer.basis not in NOTHING_OF_THE_PERSON
        return Blocked(BlockReason.FROZEN) if personal and self.file.is_frozen(proposal.agency) else answer

    def _told(self, proposal: Proposal, answer: Allowed) -> dict[str, Any]:
        return disclosure(proposal, answer, self.file.receipts, self.policies.rules.policy.discloses.always)

    def _request(self, stream: UUID, proposal: Proposal, answer: Allowed) -> None:
        index = answer.receipt_index
        desk = self._desk(proposal)
        self._record(
            stream,
            ReferralRequested(
                agency=proposal.agency,
                urgency=proposal.urgency,
                shelter=self.file.shelter,
                basis=answer.basis,
                receipt=None if index is None else self.file.receipt_ids[index],
                refusal_shown=answer.shown_refusal,
                deadlines=self._deadlines(proposal, desk),
                desk=desk.code,
                caravan=self._in_a_caravan(),
                disclosure=self.seal(stream, ReferralRequested.NAME, "disclosure", self._told(proposal, answer)),
            ),
        )

    def _block(self, stream: UUID, proposal: Proposal, answer: Blocked) -> None:
        self._record(
            stream,
            ReferralBlocked(
                agency=proposal.agency,
                urgency=proposal.urgency,
                shelter=self.file.shelter,
                reason=answer.reason,
                tell_coordinator=answer.tell_coordinator,
            ),
        )

    def _desk(self, proposal: Proposal) -> Answering:
        shelter = self.file.shelter
        family = self.file.answers.get("screening", {}).get("family_group")
        if family and self._in_a_caravan():
            # In a caravan a family is answered for by one desk, whoever of them is more urgent and at whatever hour:
            # the agency's desk of every hour. It is told of nobody's family by that.
            return self.policies.desks.around_the_clock(proposal.agency)
        return self.policies.desks.answering(proposal.agency, shelter, proposal.urgency, self.workspace.now())

    def _in_a_caravan(self) -> bool:
        return self.policies.modes.now.since(self.file.shelter) is not None

    def _deadlines(self, proposal: Proposal, desk: Answering) -> Deadlines:
        return self.policies.clocks.deadlines(
            proposal.urgency,
            proposal.categories,
            self.file.answers.get("screening", {}),
            occurred_at=self.file.answered_at,
            sent_at=self.workspace.now(),
            hours=desk.hours,
        )

    def _grounds(self, stream: UUID, name: str, proposal: Proposal) -> Box:
        grounds = {one.rule.value: {"inputs": one.inputs, "raised_by": one.raised_by} for one in proposal.grounds}
        return self.seal(stream, name, "grounds", grounds)

    def _record(self, stream: UUID, event: Event) -> None:
        self.workspace.record(stream, event, case=self.file.opened.stream, actor=self.actor, cause=self.cause)
