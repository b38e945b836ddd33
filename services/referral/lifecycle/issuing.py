"""Proposes referrals, and sends or blocks each by the consent rules."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from events.contract import Event, Recorded
from events.referral import Deadlines, ReferralFrozen, ReferralProposed, ReferralRequested
from events.sealed import Box
from events.vocabulary import Agency, BlockReason, BoxClass, OverrideBasis, RiskCategory, SendingBasis, Urgency
from services.chassis.eventlog.unit_of_work import UnitOfWork
from services.chassis.vault.sealing import Place, seal
from services.referral.assessment import Policies
from services.referral.case_file.domain import CaseFile
from services.referral.consent.domain import Allowed, Blocked, basis, disclosure
from services.referral.deadlines.ports import EVERY_HOUR, AnsweringDesk, Hours
from services.referral.lifecycle.domain import Referral, fold
from services.referral.lifecycle.standing import NO_CONSENT_NEEDED
from services.referral.lifecycle.waiting import (
    Waiting,
    is_known,
    pressing_not_covered,
    was_told_of,
    withheld_from_child,
)
from services.referral.obligations.starting import start_tasks
from services.referral.routing.domain import Assessment, Proposal


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralIssuer:
    """Issues the referrals of one case. ``cause`` is the fact or the command that leads to them."""

    file: CaseFile
    assessment: Assessment
    policies: Policies
    work: UnitOfWork
    cause: Recorded[Any] | UUID
    actor: str

    def propose(
        self, stream: UUID, proposal: Proposal, *, replaces: UUID | None = None, follows: UUID | None = None
    ) -> None:
        """Records a new referral: proposed, then requested or blocked."""
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
                follows=follows,
                known_categories=self.known_categories(proposal),
            ),
        )
        answer = self.may_send(proposal)
        if isinstance(answer, Allowed):
            self._request(stream, proposal, answer)
        else:
            self._block(stream, proposal, answer)

    def issue_without_consent(
        self, referral: Referral, proposal: Proposal, basis: OverrideBasis, *, refused: bool
    ) -> None:
        """Sends a referral that waits for consent, on a ground of break-glass and with the minimal disclosure."""
        urgency: Urgency = min(referral.urgency, proposal.urgency)
        answer = Allowed(SendingBasis(basis.value), shown_refusal=refused)
        self._request(referral.id, replace(proposal, agency=referral.agency, urgency=urgency), answer)

    def known_categories(self, proposal: Proposal) -> tuple[RiskCategory, ...] | None:
        """The categories whose answers the present shelter was let know; ``None``: all of them."""
        if self.file.known is None:
            return None
        return tuple(ground.rule for ground in proposal.grounds if self.file.knows(ground.evidence))

    def seal(self, stream: UUID, name: str, field: str, content: Mapping[str, Any]) -> Box:
        """Seals content for the next event of a stream."""
        place = Place(stream, self.work.next_version(stream), name, field)
        key = self.file.key
        return seal(
            content,
            key_id=key,
            key=self.work.keys[key],
            kind=BoxClass.SCREENING,
            place=place,
            commitment=self.file.answered.commitment,
        )

    def freeze(self, referral: Referral) -> None:
        """Records that a withdrawal made with the slip is to be checked, once."""
        if referral.after.frozen_at is None:
            check_by = self._acknowledge_by(referral, EVERY_HOUR)
            whose = {"agency": referral.agency, "shelter": referral.shelter}
            self._record(referral.id, ReferralFrozen(**whose, check_by=check_by))

    def _acknowledge_by(self, referral: Referral, hours: Hours) -> datetime:
        """When the class's time to acknowledge ends that begins now."""
        deadlines = self.policies.clocks.deadlines(
            referral.urgency,
            referral.categories,
            self.file.answers.get("screening", {}),
            occurred_at=self.file.answered_at,
            sent_at=self.work.now(),
            hours=hours,
        )
        return deadlines.acknowledge_by

    def sent_as(self, proposal: Proposal) -> tuple[Proposal, SendingBasis] | None:
        """What the agency would learn of a proposal that is sent now, and on which basis; ``None``: it waits."""
        answer = self.may_send(proposal)
        return (answer.told(proposal), answer.basis) if isinstance(answer, Allowed) else None

    def may_send(self, proposal: Proposal) -> Allowed | Blocked:
        """Whether a proposal may be sent now: by the consent rules, and not while a withdrawal is to be checked."""
        answer = basis(proposal, self.assessment, self.file.answers, self.file.receipts, self.work.now())
        personal = isinstance(answer, Allowed) and answer.basis not in NO_CONSENT_NEEDED
        return Blocked(BlockReason.FROZEN) if personal and self.file.is_on_hold(proposal.agency) else answer

    def _disclosure(self, proposal: Proposal, answer: Allowed) -> dict[str, Any]:
        disclosed = disclosure(proposal, answer, self.file.receipts, self.policies.rules.policy.discloses.always)
        # The person may have come to another shelter since the answers were given.
        return disclosed | ({"shelter": self.file.shelter} if "shelter" in disclosed else {})

    def _request(self, stream: UUID, whole: Proposal, answer: Allowed) -> None:
        """Sends it: of the whole proposal the agency learns what is covered, by its categories and their urgency."""
        index, proposal = answer.receipt_index, answer.told(whole)
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
                caravan=self._in_caravan_mode(),
                basis_until=self._basis_until(answer),
                uncovered=answer.uncovered,
                further_receipts=tuple(self.file.receipt_ids[grant.index] for grant in answer.grants[1:]),
                disclosure=self.seal(stream, ReferralRequested.NAME, "disclosure", self._disclosure(proposal, answer)),
            ),
        )
        self._tell_what_is_not_covered(stream, whole)

    def _tell_what_is_not_covered(self, stream: UUID, whole: Proposal) -> None:
        """Alerts shelter and coordinator at once if the consent does not cover what presses."""
        history = self.work.history(stream)
        referral = fold(history)
        event = None if referral is None else pressing_not_covered(referral, whole, history, self.work.now())
        if event is not None:
            self._record(stream, event)

    def _block(self, stream: UUID, proposal: Proposal, answer: Blocked, *, before: Referral | None = None) -> None:
        """Records that it waits, unless that is what is known of it already."""
        blocked = self._waiting().blocked(proposal, answer, before)
        told = before is not None and was_told_of(blocked, before, self.work.history(stream))
        if before is None or not is_known(before, blocked):
            self._record(stream, blocked)
            if blocked.reason is BlockReason.FROZEN and (waiting := fold(self.work.history(stream))) is not None:
                self.freeze(waiting)
        if blocked.tell_coordinator and not told:
            self._record(stream, withheld_from_child(blocked, self.work.now()))

    def _waiting(self) -> Waiting:
        return Waiting(
            file=self.file,
            assessment=self.assessment,
            clocks=self.policies.clocks,
            now=self.work.now(),
            cause=self.cause,
        )

    def _basis_until(self, answer: Allowed) -> datetime | None:
        """When the first of the consents that it rests on runs out."""
        ends = [self.file.receipts[grant.index].expires_at for grant in answer.grants]
        return min((one for one in ends if one is not None), default=None)

    def _desk(self, proposal: Proposal) -> AnsweringDesk:
        return self._desk_for(proposal.agency, proposal.urgency)

    def _desk_for(self, agency: Agency, urgency: Urgency) -> AnsweringDesk:
        shelter = self.file.shelter
        family = self.file.answers.get("screening", {}).get("family_group")
        if family and self._in_caravan_mode():
            # In caravan mode one desk takes a whole family: the agency's desk of every hour, whatever the urgency and
            # the time. The referral does not disclose the family to it.
            return self.policies.desks.around_the_clock(agency)
        return self.policies.answering_desk(agency, shelter, urgency, self.work.now())

    def _in_caravan_mode(self) -> bool:
        return self.policies.caravans.current.since(self.file.shelter) is not None

    def _deadlines(self, proposal: Proposal, desk: AnsweringDesk) -> Deadlines:
        return self.policies.clocks.deadlines(
            proposal.urgency,
            proposal.categories,
            self.file.answers.get("screening", {}),
            occurred_at=self.file.answered_at,
            sent_at=self.work.now(),
            hours=desk.hours,
        )

    def _grounds(self, stream: UUID, name: str, proposal: Proposal) -> Box:
        grounds = {one.rule.value: {"inputs": one.evidence, "raised_by": one.raised_by} for one in proposal.grounds}
        return self.seal(stream, name, "grounds", grounds)

    def _record(self, stream: UUID, event: Event) -> None:
        fact = self.work.record(stream, event, case=self.file.opened.stream, actor=self.actor, cause=self.cause)
        start_tasks(fact, self.work, self.policies.obligations, self.policies.bodies)
