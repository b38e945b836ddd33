"""Reactions to what a person decides after a case was sent: every no is a withdrawal, a yes opens what it allows."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from events.continuity import WithdrawalChecked, WithdrawalFrozen
from events.contract import Event, Recorded
from events.intake import AnswersAmended, ConsentRecorded, PersonErased
from events.referral import DeletionDue, ReferralWithdrawn, WithdrawalContested
from events.referral_states import OPEN
from events.vocabulary import Agency, ContestReason, ReferralState, WithdrawalReason
from services.chassis.eventlog.unit_of_work import UnitOfWork
from services.referral.assessment import Policies
from services.referral.case_file.domain import CaseFile, read_case
from services.referral.consent.domain import Allowed
from services.referral.lifecycle.case_referrals import CaseReferrals, chain, current, referral_of
from services.referral.lifecycle.changes import may_be_followed, merged
from services.referral.lifecycle.domain import Referral, fold
from services.referral.lifecycle.following import follow
from services.referral.lifecycle.freezing import unfrozen
from services.referral.lifecycle.noes import deletion_after, noes
from services.referral.lifecycle.nothing_sent import tell_if_nothing_was_sent
from services.referral.lifecycle.renewing import ReferralRenewer
from services.referral.lifecycle.standing import Ends, Moves, examine, is_personal, survives_a_no
from services.referral.lifecycle.withdrawal import (
    given_by_entitled,
    must_be_deleted,
    must_withdraw,
    recipient_of,
    withdrawn_grants,
)
from services.referral.routing.domain import Proposal


@dataclass(frozen=True, slots=True)
class WithdrawalReactions:
    """The reactions, with the policies that they apply. Each is repeated without effect."""

    policies: Policies

    def decided(self, fact: Recorded[Any], work: UnitOfWork) -> None:
        """A decision or a withdrawal: ends what waits for the persons who took it back, and asks about the others."""
        self.withdraw(fact, work)
        self._ask_again(fact, work, lambda referral: referral.agency == recipient_of(fact.event))

    def amended(self, fact: Recorded[AnswersAmended], work: UnitOfWork) -> None:
        """An amendment withdraws only by the person's own no; what rested on nothing any more may rest on it."""
        self._ask_again(fact, work, lambda _: True)

    def freeze(self, fact: Recorded[WithdrawalFrozen], work: UnitOfWork) -> None:
        """A withdrawal made with the slip: nothing is read or accepted until somebody has checked it."""
        issuer = self.issuer(fact, work)
        if issuer is None:
            return
        for _, referral in _every_referral(issuer.file.opened.id, work):
            if referral.state in OPEN and self._is_frozen(referral, issuer.file):
                issuer.freeze(referral)

    def checked(self, fact: Recorded[WithdrawalChecked], work: UnitOfWork) -> None:
        """Somebody checked it: what was dismissed goes on later by that time; what was confirmed is the person's no."""
        earlier = _earlier(fact, work)
        issuer = self.issuer(fact, work)
        for _, referral in _every_referral(earlier[0].id, work):
            if referral.state in OPEN and referral.after.frozen_at is not None:
                hours = self.policies.counted_hours.hours(referral.urgency, referral.desk)
                file = None if issuer is None else issuer.file
                event = unfrozen(referral, file, self.policies.clocks, hours, work.now())
                work.record(referral.id, event, case=fact.case, actor=fact.actor, cause=fact)
        self._ask_again(fact, work, lambda _: True)
        if issuer is not None:
            self._reassess(issuer, lambda _: True)

    def release(self, fact: Recorded[Any], work: UnitOfWork) -> None:
        """Reassesses what waits for a decision about this recipient, and sends what may now be sent."""
        issuer = self.issuer(fact, work)
        if issuer is None:
            return
        self._reassess(issuer, lambda referral: referral.agency == recipient_of(fact.event))
        self._follow_what_was_withdrawn(issuer, recipient_of(fact.event))
        tell_if_nothing_was_sent(issuer)

    def withdraw(self, fact: Recorded[Any], work: UnitOfWork) -> None:
        """Withdraws what was sent on a consent that was taken back, and what waits for it.

        What was sent and rests on something else goes on: see ``_ask_again``. Of an erased case that cannot be known.
        """
        earlier = _earlier(fact, work)
        taken_back = withdrawn_grants(fact, earlier)
        if not taken_back:
            return
        file = read_case([*earlier, fact], work.keys)
        assessment = None if file is None else self.policies.assessment(file)
        may = given_by_entitled(taken_back.values(), file, assessment)
        for _, referral in _every_referral(earlier[0].id, work):
            waits_for_them = may and referral.agency == recipient_of(fact.event) and not referral.sent
            known = file is None or not referral.sent
            if known and must_withdraw(referral, taken_back.keys(), waits_for_them=waits_for_them):
                receipt = list(taken_back)[-1] if referral.receipt is None else referral.receipt
                self._end(referral, fact, work, WithdrawalReason.CONSENT_WITHDRAWN, receipt)
            elif file is None and must_be_deleted(referral, taken_back.keys()):
                self._must_delete(referral, fact, work, WithdrawalReason.CONSENT_WITHDRAWN)

    def erased(self, fact: Recorded[PersonErased], work: UnitOfWork) -> None:
        """Ends every referral of a person who was erased; whoever was told must delete it.

        Nothing can be sent, read or decided any more, so that no desk is reminded of a person nobody can help.
        """
        earlier = _earlier(fact, work)
        if not earlier:
            return  # a refused document, which opened no case
        for _, referral in _every_referral(earlier[0].id, work):
            if referral.state in OPEN:
                self._end(referral, fact, work, WithdrawalReason.ERASED, referral.receipt)
            elif referral.sent and referral.deletion_due is None:
                self._must_delete(referral, fact, work, WithdrawalReason.ERASED)

    def issuer(self, fact: Recorded[Any], work: UnitOfWork) -> ReferralRenewer | None:
        """Issues the case's referrals, as the case is after this fact; ``None`` if its answers were erased."""
        file = read_case([*_earlier(fact, work), fact], work.keys)
        if file is None:
            return None
        assessment = self.policies.assessment(file)
        return ReferralRenewer(
            file=file,
            assessment=assessment,
            policies=self.policies,
            work=work,
            cause=fact,
            actor=f"rules:{assessment.rule_set}",
        )

    def _ask_again(self, fact: Recorded[Any], work: UnitOfWork, about: Callable[[Referral], bool]) -> None:
        """Asks of each referral what it rests on now: it goes on, moves to another basis, or ends.

        What was sent in a child's interest does not end by this: two people are to decide.
        """
        issuer = self.issuer(fact, work)
        if issuer is None:
            return
        said_no = noes(fact, _earlier(fact, work), issuer.file, issuer.assessment)
        for first, referral in _every_referral(issuer.file.opened.id, work):
            if not about(referral) or not is_personal(referral, issuer.file) or not referral.sent:
                continue
            if referral.state not in OPEN:
                reason = deletion_after(said_no, referral, issuer.file, issuer.assessment, work.now())
                if reason is not None:
                    self._must_delete(referral, fact, work, reason)
                continue
            no = said_no.get(referral.agency)
            self._apply(issuer, referral, _on_its_grounds(issuer, first, referral), fact, no)
            if no is not None:
                self._contest(issuer, referral.id, no, fact)

    def _apply(
        self,
        issuer: ReferralRenewer,
        referral: Referral,
        proposal: Proposal | None,
        fact: Recorded[Any],
        no: ContestReason | None,
    ) -> None:
        match examine(referral, proposal, issuer.file, issuer.assessment, issuer.work.now()):
            case Moves(answer) if proposal is not None:
                issuer.move(referral, proposal, answer, nothing_new=no is not None)
            case Ends(reason):
                self._end(referral, fact, issuer.work, reason, referral.receipt)
            case _:
                pass  # it stands, or its consent ran out: the clock sees to that

    def _contest(self, issuer: ReferralRenewer, stream: UUID, no: ContestReason, fact: Recorded[Any]) -> None:
        referral = fold(issuer.work.history(stream))
        assert referral is not None  # noqa: S101 - it was looked at a moment ago
        if referral.state not in OPEN or referral.after.contest is not None:
            return
        if survives_a_no(referral, issuer.assessment):
            event = WithdrawalContested(agency=referral.agency, shelter=referral.shelter, reason=no)
            issuer.work.record(referral.id, event, case=fact.case, actor=fact.actor, cause=fact)

    def _reassess(self, issuer: ReferralRenewer, about: Callable[[Referral], bool]) -> None:
        """Reassesses each agency's current referral: what waits, and what was sent to tell of less than is proposed.

        What was sent on to an agency is assessed together with that agency's own: one consent decides about both.
        """
        for referral, proposals in self._proposed_for(issuer):
            if referral.state in OPEN and about(referral):
                issuer.reassess(referral, replace(merged(proposals), agency=referral.agency))

    def _follow_what_was_withdrawn(self, issuer: ReferralRenewer, recipient: Agency) -> None:
        """Proposes a referral that follows one that was withdrawn, when the person consents again."""
        if not (isinstance(issuer.cause, Recorded) and isinstance(issuer.cause.event, ConsentRecorded)):
            return
        referrals = CaseReferrals(issuer.file.opened.id, issuer.work)
        for ended, proposals in self._proposed_for(issuer):
            if ended.agency is not recipient or ended.state is not ReferralState.WITHDRAWN:
                continue
            allowed = isinstance(issuer.may_send(replace(merged(proposals), agency=ended.agency)), Allowed)
            may = allowed and may_be_followed(ended, issuer.work.keys)
            if may and referrals.open_at(recipient) is None:
                follow(ended, proposals, issuer)

    def _proposed_for(self, issuer: ReferralRenewer) -> list[tuple[Referral, list[Proposal]]]:
        """The case's current referrals, each with all that the rules propose for it, also in another agency's place."""
        found = dict[UUID, tuple[Referral, list[Proposal]]]()
        for proposal in issuer.assessment.proposals:
            referral = current(referral_of(issuer.file.opened.id, proposal.agency), issuer.work)
            if referral is not None:
                found.setdefault(referral.id, (referral, []))[1].append(proposal)
        return list(found.values())

    def _is_frozen(self, referral: Referral, file: CaseFile) -> bool:
        return is_personal(referral, file) and file.is_on_hold(referral.agency)

    def _end(
        self, referral: Referral, fact: Recorded[Any], work: UnitOfWork, reason: WithdrawalReason, receipt: UUID | None
    ) -> None:
        event = ReferralWithdrawn(
            agency=referral.agency,
            shelter=referral.shelter,
            reason=reason,
            receipt=receipt,
            confirm_deletion_by=work.now() + self.policies.clocks.deletion if referral.sent else None,
        )
        work.record(referral.id, event, case=fact.case, actor=fact.actor, cause=fact)

    def _must_delete(self, referral: Referral, fact: Recorded[Any], work: UnitOfWork, reason: WithdrawalReason) -> None:
        """The referral has ended, but its agency still has what was disclosed to it."""
        event = DeletionDue(
            agency=referral.agency,
            shelter=referral.shelter,
            reason=reason,
            receipt=referral.receipt,
            confirm_deletion_by=work.now() + self.policies.clocks.deletion,
        )
        work.record(referral.id, event, case=fact.case, actor=fact.actor, cause=fact)


def _earlier(fact: Recorded[Any], work: UnitOfWork) -> list[Recorded[Event]]:
    return [one for one in work.upstream.get(fact.stream, ()) if one.version < fact.version]


def _on_its_grounds(issuer: ReferralRenewer, first: Agency, referral: Referral) -> Proposal | None:
    """What the rules propose on a referral's grounds, for the agency that has it and never less urgent."""
    found = issuer.assessment.on(referral.categories, referral.agency, as_for=[first])
    return None if found is None else replace(found, urgency=min(found.urgency, referral.urgency))


def _every_referral(opened: UUID, work: UnitOfWork) -> Iterator[tuple[Agency, Referral]]:
    """Every referral of a case, each once, with the agency whose first referral began its chain."""
    seen = set[UUID]()
    for agency in Agency:
        for referral in chain(referral_of(opened, agency), work):
            if referral.id not in seen:
                seen.add(referral.id)
                yield agency, referral
