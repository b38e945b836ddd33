"""Revises the referrals of a case after its answers or its shelter changed (domain.md §6).

Nothing new is shared while a referral is frozen, contested, or its basis has run out.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from events.contract import Recorded
from events.intake import AnswersAmended
from events.referral import DisclosureRenewed, ReferralReassessed
from events.referral_states import UNDECIDED
from events.vocabulary import Agency, ReferralState, RenewalReason, RiskCategory, SendingBasis
from services.referral.consent.domain import Allowed, Blocked, Grant
from services.referral.deadlines.ports import AnsweringDesk
from services.referral.lifecycle.changes import HARM, TOLD_AT_ONCE, Change, change_of, further_harm, told_right
from services.referral.lifecycle.disclosed import changed_names, evidence_of_rules, may_be_told_more, told
from services.referral.lifecycle.domain import Referral
from services.referral.lifecycle.issuing import ReferralIssuer
from services.referral.lifecycle.rescheduling import Rescheduling
from services.referral.lifecycle.standing import NO_CONSENT_NEEDED
from services.referral.routing.domain import Proposal
from services.referral.routing.evidence import merge
from services.referral.routing.fields import by_name

MAY_MOVE = UNDECIDED | {ReferralState.EXPIRED}
"""States in which another desk may be asked: nobody has accepted it, and the desk may still take it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralReviser(ReferralIssuer):
    """Also revises the referrals that a case has already."""

    def reassess(self, referral: Referral, proposal: Proposal) -> None:
        """Applies a proposal of the rules to an open referral: raises it, tells it right, or sends what waited.

        It never becomes less urgent, and loses no category.
        """
        if referral.waits:
            self._reassess_waiting(referral, proposal)
        elif self._may_be_told_more(referral):
            self._reassess_sent(referral, proposal)
            self._tell_what_is_not_covered(referral.id, proposal)

    def correct(self, referral: Referral) -> None:
        """Tells the agency right, although the rules no longer name it."""
        if not referral.waits and self._may_be_told_more(referral):
            self._tell_right(referral, self._right(referral, None), referral.after.uncovered)

    def renew(self, referral: Referral, reason: RenewalReason) -> None:
        """Seals anew what the agency was told of a person, as it is now; to whoever had answered it is a change."""
        personal = referral.basis not in NO_CONSENT_NEEDED
        if personal and not referral.waits and self._may_be_told_more(referral):
            self._renew(referral, self._right(referral, None), reason, referral.after.uncovered, at_once=True)

    def change_of(self, referral: Referral, proposal: Proposal) -> Change:
        """What a proposal changes on a referral."""
        return change_of(referral, proposal, self._further_harm(referral, proposal))

    def desk_of(self, referral: Referral) -> AnsweringDesk:
        """The desk that answers for a referral where the person is now."""
        return self._desk_for(referral.agency, referral.urgency)

    def shelter_of(self, referral: Referral) -> str:
        """A report about staff is about the shelter where it was made, wherever the person is now."""
        return referral.shelter if referral.agency is Agency.PEAS else self.file.shelter

    def _reassess_waiting(self, referral: Referral, proposal: Proposal) -> None:
        change, answer = change_of(referral, proposal), self.may_send(proposal)
        if change.more_urgent or change.categories != referral.categories:
            self._record_reassessed(referral, proposal, change, _uncovered_waiting(referral, proposal, answer))
        if isinstance(answer, Allowed):
            self._request(referral.id, proposal, answer)
        else:
            self._block(referral.id, replace(proposal, urgency=change.urgency), answer, before=referral)

    def _reassess_sent(self, referral: Referral, whole: Proposal) -> None:
        own = self._allowed(referral, whole)
        allowed = self._wider(own, whole)
        covered = set(whole.categories) - {*allowed.uncovered}
        proposal = whole.within(covered) if covered else None
        uncovered = tuple(sorted({*allowed.uncovered, *({*referral.after.uncovered} - {*whole.categories})}))
        fresh = {} if proposal is None else self._disclosure(proposal, allowed)
        right = self._right(referral, fresh)
        change = self._change_to(referral, whole, proposal, right)
        if change.is_news:
            self._raise(referral, whole, change, right, uncovered)
            if allowed is not own:  # what it rests on since the person consented to more of it
                self._renew(referral, right, RenewalReason.CONSENT, uncovered, at_once=False, wider=allowed)
            return
        moved = self._rescheduling().after_departure(referral) if self._is_amended else None
        if moved is not None or change.categories != referral.categories:
            self._record_reassessed(referral, whole, change, uncovered, deadlines=moved)
        self._tell_right(referral, right, uncovered)

    def _change_to(
        self, referral: Referral, whole: Proposal, proposal: Proposal | None, right: dict[str, Any]
    ) -> Change:
        """What changes for the agency, as far as it may be told; what no consent covers is carried all the same."""
        categories = change_of(referral, whole).categories
        if proposal is None:
            return Change(
                urgency=referral.urgency,
                categories=categories,
                more_urgent=False,
                new_categories=False,
                new_harm=False,
            )
        found = self.change_of(referral, proposal)
        return replace(found, categories=categories, new_harm=found.new_harm and HARM in right)

    def _raise(
        self,
        referral: Referral,
        whole: Proposal,
        change: Change,
        right: dict[str, Any],
        uncovered: tuple[RiskCategory, ...],
    ) -> None:
        """Records that it became more urgent, or that more came to it."""
        moves = change.more_urgent and referral.state in MAY_MOVE  # who has accepted it keeps it
        desk = self._desk_for(referral.agency, change.urgency) if moves else None
        clocks = self._rescheduling()
        hours = clocks.hours(change.urgency, referral.desk) if desk is None else desk.hours
        self._record_reassessed(
            referral,
            whole,
            change,
            uncovered,
            deadlines=clocks.earlier(referral, change, hours),
            disclosure=self.seal(referral.id, ReferralReassessed.NAME, "disclosure", right),
            desk=None if desk is None else desk.code,
            formerly=None if desk is None or desk.code == referral.desk else referral.desk,
            seen_by=clocks.seen_by(referral, change.urgency, hours),
        )

    def _record_reassessed(
        self, referral: Referral, whole: Proposal, change: Change, uncovered: tuple[RiskCategory, ...], **more: Any
    ) -> None:
        self._record(
            referral.id,
            ReferralReassessed(
                agency=referral.agency,
                shelter=referral.shelter,
                urgency=change.urgency,
                categories=change.categories,
                rule_set=self.assessment.rule_set,
                grounds=self._grounds(referral.id, ReferralReassessed.NAME, whole),
                uncovered=uncovered,
                new_harm=change.new_harm,
                known_categories=self._known_after(referral, whole),
                **more,
            ),
        )

    def _tell_right(self, referral: Referral, right: dict[str, Any], uncovered: tuple[RiskCategory, ...]) -> None:
        changed = changed_names(self._told(referral), right)
        if changed:
            at_once = not TOLD_AT_ONCE.isdisjoint(changed)
            self._renew(referral, right, RenewalReason.CORRECTED, uncovered, at_once=at_once)

    def _renew(
        self,
        referral: Referral,
        right: dict[str, Any],
        reason: RenewalReason,
        uncovered: tuple[RiskCategory, ...],
        *,
        at_once: bool,
        wider: Allowed | None = None,
    ) -> None:
        """``wider``: what it rests on from here on; the change itself is recorded with the reassessment."""
        assert referral.basis is not None  # noqa: S101 - it was sent
        receipts = self._receipts(referral) if wider is None else [grant.index for grant in wider.grants]
        ids = [self.file.receipt_ids[index] for index in receipts]
        self._record(
            referral.id,
            DisclosureRenewed(
                agency=referral.agency,
                shelter=self.shelter_of(referral),
                reason=reason,
                disclosure=self.seal(referral.id, DisclosureRenewed.NAME, "disclosure", right),
                basis=referral.basis,
                receipt=ids[0] if ids else None,
                further_receipts=tuple(ids[1:]),
                basis_until=referral.after.basis_until if wider is None else self._basis_until(wider),
                uncovered=uncovered,
                at_once=at_once,
                seen_by=self._seen_by(referral) if wider is None else None,
            ),
        )

    def _may_be_told_more(self, referral: Referral) -> bool:
        return may_be_told_more(referral, self.file, self.assessment, self.work.now())

    def _told(self, referral: Referral) -> dict[str, Any]:
        return told(self.work.history(referral.id), self.work.keys) or {}

    def _right(self, referral: Referral, fresh: dict[str, Any] | None) -> dict[str, Any]:
        """What the agency is to read: what it was told, as it is now, and what its rules disclose within its basis."""
        answers = by_name(self.file.answers.get("screening", {}))
        return told_right(self._told(referral), fresh or {}, answers, self.shelter_of(referral))

    def _allowed(self, referral: Referral, whole: Proposal) -> Allowed:
        """What the basis that it was sent on covers of a proposal."""
        assert referral.basis is not None  # noqa: S101 - it was sent
        if referral.basis is not SendingBasis.CONSENT:
            return Allowed(referral.basis)
        grants = tuple(grant for grant in self._grants(referral, whole) if grant.covers)
        covered = {code for grant in grants for code in grant.covers}
        return Allowed(referral.basis, grants, tuple(code for code in whole.categories if code not in covered))

    def _grants(self, referral: Referral, whole: Proposal) -> list[Grant]:
        found = []
        for index in self._receipts(referral):
            covers = self.assessment.purposes[self.file.receipts[index].purpose]
            found.append(Grant(index, tuple(code for code in whole.categories if code in covers)))
        return found

    def _receipts(self, referral: Referral) -> Sequence[int]:
        """The receipts that it rests on, by index."""
        ids = [] if referral.receipt is None else [referral.receipt, *referral.further_receipts]
        return [self.file.receipt_ids.index(one) for one in ids]

    def _wider(self, own: Allowed, whole: Proposal) -> Allowed:
        """What the person's consents cover by now, if that is more than what it rests on; otherwise the same."""
        now = self.may_send(whole)
        consented = own.basis is SendingBasis.CONSENT and isinstance(now, Allowed) and now.basis is own.basis
        return now if isinstance(now, Allowed) and consented and {*now.uncovered} < {*own.uncovered} else own

    @property
    def _is_amended(self) -> bool:
        return isinstance(self.cause, Recorded) and isinstance(self.cause.event, AnswersAmended)

    def _further_harm(self, referral: Referral, proposal: Proposal) -> list[Any]:
        """The harm events of the last amendment; later, those that the referral was never assessed with."""
        if self._is_amended and self.file.answers_before is not None:
            before = self.file.answers_before.get("screening", {}).get(HARM) or ()
            return further_harm(before, self.file.answers.get("screening", {}).get(HARM) or ())
        behind = evidence_of_rules(self.work.history(referral.id), self.work.keys)
        now = merge([ground.evidence for ground in proposal.grounds]).get(HARM, ())
        return further_harm(merge(list(behind.values())).get(HARM, ()), now)

    def _rescheduling(self) -> Rescheduling:
        return Rescheduling(file=self.file, policies=self.policies, now=self.work.now())

    def _seen_by(self, referral: Referral) -> datetime | None:
        clocks = self._rescheduling()
        return clocks.seen_by(referral, referral.urgency, clocks.hours(referral.urgency, referral.desk))

    def _known_after(self, referral: Referral, proposal: Proposal) -> tuple[RiskCategory, ...] | None:
        """The categories that the present shelter knows after a reassessment; ``None``: as before."""
        now = self.known_categories(proposal)
        if now is None:
            return None
        before = referral.categories if referral.after.known_categories is None else referral.after.known_categories
        return tuple(sorted({*now, *(one for one in before if one not in proposal.categories)}))


def _uncovered_waiting(referral: Referral, proposal: Proposal, answer: Allowed | Blocked) -> tuple[RiskCategory, ...]:
    """The categories of a referral that waits, with those of the proposal, that its agency may not learn of."""
    before = set(referral.after.uncovered)
    if isinstance(answer, Allowed):
        return tuple(sorted({*answer.uncovered, *(before - {*proposal.categories})}))
    new = set(proposal.categories) - {*referral.categories} if referral.sent else set(answer.uncovered)
    return tuple(sorted(before | new if referral.sent else new))
