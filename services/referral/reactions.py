"""What the referral service does about intake's facts: propose, release, reconsider, withdraw, follow the person."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from events.continuity import HandedOver, HelpConfirmed, WithdrawalChecked
from events.contract import Event, Recorded
from events.intake import AnswersAmended, CaseOpened, ConsentRecorded, ConsentWithdrawn
from events.referral import CaseAssessed, DeletionDue, LoopClosed, ReferralHandedOver, ReferralWithdrawn, Suppression
from events.vocabulary import Agency, Confirmation, ConfirmedBy, ReferralState
from services.chassis.identity import derived
from services.chassis.keyring import Keyring
from services.chassis.reacting import Reaction
from services.chassis.upstream import Upstream
from services.chassis.workspace import Workspace
from services.referral.caravans import Modes
from services.referral.casefile import CaseFile, read_case, screening_keys
from services.referral.domain import OPEN, Referral, fold
from services.referral.sending import Policies, Sending
from services.referral.visibility import follows_the_person
from services.referral.withdrawing import ends, grants_taken_back, must_be_deleted, recipient_of, somebody_who_may


def assessment_of(case: UUID) -> UUID:
    """The stream that tells what the rules made of a case."""
    return derived(case, "assessment")


def referral_of(opened: UUID, agency: str) -> UUID:
    """One referral per case and agency: the id is derived, so that handling a fact twice cannot make two."""
    return derived(opened, agency)


@dataclass(frozen=True, slots=True)
class Reading:
    """Reads, for a whole batch at once, what the reactions need: earlier facts of a case, its referrals, its keys."""

    keyring: Keyring
    intake: Upstream
    modes: Modes = field(default_factory=Modes)

    async def __call__(self, facts: Sequence[Recorded[Event]], workspace: Workspace) -> None:
        """Fills the workspace. A case that is only now opened has nothing earlier to read."""
        await self.modes.look()
        later = {fact.stream for fact in facts if not isinstance(fact.event, CaseOpened)}
        workspace.upstream.update(await self.intake.streams(later))
        opened = [fact for fact in facts if isinstance(fact.event, CaseOpened)]
        wanted = screening_keys([*opened, *(one for stream in workspace.upstream.values() for one in stream)])
        workspace.keys.update(await self.keyring.load(wanted))
        await self._load_referrals([stream[0].id for stream in workspace.upstream.values() if stream], workspace)
        await workspace.load(assessment_of(case) for case in later)

    async def _load_referrals(self, opened: Sequence[UUID], workspace: Workspace) -> None:
        """Each agency's referral, and the one that replaced it, and so on."""
        streams = [referral_of(one, agency) for one in opened for agency in Agency]
        while streams:
            await workspace.load(streams)
            found = [fold(workspace.history(stream)) for stream in streams]
            streams = [one.linked for one in found if one is not None and one.linked is not None]


@dataclass(frozen=True, slots=True)
class Routing:
    """The reactions, with the policies they apply."""

    policies: Policies

    def table(self) -> Mapping[type[Event], Sequence[Reaction]]:
        """Which fact leads to what."""
        return {
            CaseOpened: [self.assess_and_refer],
            AnswersAmended: [self.assess_and_refer],
            ConsentRecorded: [self.withdraw, self.release],
            ConsentWithdrawn: [self.withdraw, self.release],
            WithdrawalChecked: [self.thaw],
            HandedOver: [self.follow_the_person],
            HelpConfirmed: [self.close_the_loop],
        }

    def assess_and_refer(self, fact: Recorded[Any], workspace: Workspace) -> None:
        """Every rule that fires proposes its agencies; an amendment may add or raise, never withdraw."""
        file = self._file(fact, workspace)
        if file is None:
            return  # erased before it was assessed: there is nothing left to route
        sending = self._sending(fact, file, workspace)
        self._record_assessment(sending)
        for proposal in sending.assessment.proposals:
            stream = referral_of(file.opened.id, proposal.agency)
            if fact is file.opened:
                workspace.begin(stream)
            referral = _current(stream, workspace) or self._rerouted_to(proposal.agency, fact, workspace)
            if referral is None:
                sending.propose(stream, proposal)
            elif referral.state in OPEN:
                sending.reconsider(referral, replace(proposal, agency=referral.agency))

    def _rerouted_to(self, agency: Agency, fact: Recorded[Any], workspace: Workspace) -> Referral | None:
        """The open referral that came to an agency from another: it gets no second one of the same case."""
        if isinstance(fact.event, CaseOpened):
            return None
        found = self._referrals(fact, workspace)
        return next((one for one in found if one.agency is agency and one.state in OPEN), None)

    def release(self, fact: Recorded[Any], workspace: Workspace) -> None:
        """The person decided anew: what waits for a decision about that recipient is looked at again, and sent."""
        file = self._file(fact, workspace)
        if file is None:
            return
        sending = self._sending(fact, file, workspace)
        recipient = recipient_of(fact.event)
        for proposal in sending.assessment.proposals:
            referral = _current(referral_of(file.opened.id, proposal.agency), workspace)
            if referral is not None and referral.agency == recipient and referral.state in OPEN:
                sending.reconsider(referral, replace(proposal, agency=referral.agency))

    def thaw(self, fact: Recorded[WithdrawalChecked], workspace: Workspace) -> None:
        """Somebody checked a withdrawal made with the slip: what only waited for that is looked at again."""
        file = self._file(fact, workspace)
        if file is None:
            return
        sending = self._sending(fact, file, workspace)
        for proposal in sending.assessment.proposals:
            referral = _current(referral_of(file.opened.id, proposal.agency), workspace)
            if referral is not None and referral.state in OPEN and not referral.sent:
                sending.reconsider(referral, replace(proposal, agency=referral.agency))

    def follow_the_person(self, fact: Recorded[HandedOver], workspace: Workspace) -> None:
        """The next shelter is told and asked from here on."""
        for referral in self._referrals(fact, workspace):
            if follows_the_person(referral) and referral.shelter != fact.event.to_shelter:
                event = ReferralHandedOver(agency=referral.agency, shelter=fact.event.to_shelter)
                workspace.record(referral.id, event, case=fact.case, actor=fact.actor, cause=fact)

    def close_the_loop(self, fact: Recorded[HelpConfirmed], workspace: Workspace) -> None:
        """The person said with their slip whether help came; also of a report that the shelter does not see."""
        for referral in self._referrals(fact, workspace):
            if referral.state is ReferralState.DELIVERED and fact.event.agency in (None, referral.agency):
                event = LoopClosed(
                    agency=referral.agency,
                    shelter=referral.shelter,
                    confirmation=Confirmation(fact.event.confirmation),
                    by=ConfirmedBy.PERSON_BY_SLIP,
                )
                workspace.record(referral.id, event, case=fact.case, actor=fact.actor, cause=fact)

    def _referrals(self, fact: Recorded[Any], workspace: Workspace) -> list[Referral]:
        """The case's referrals as they are now, each once: the last of those that replaced each other."""
        opened = self._earlier(fact, workspace)[0].id
        found = [_current(referral_of(opened, agency), workspace) for agency in Agency]
        return list({one.id: one for one in found if one is not None}.values())

    def withdraw(self, fact: Recorded[Any], workspace: Workspace) -> None:
        """A consent was taken back: what was sent on it is withdrawn, and what waits for it."""
        earlier = self._earlier(fact, workspace)
        taken_back = grants_taken_back(fact, earlier)
        if not taken_back:
            return
        file = read_case([*earlier, fact], workspace.keys)
        assessment = None if file is None else self.policies.assessment(file)
        may = somebody_who_may(taken_back.values(), file, assessment)
        for first in Agency:
            for referral in _all(referral_of(earlier[0].id, first), workspace):
                waits_for_them = may and referral.agency == recipient_of(fact.event)
                if ends(referral, taken_back.keys(), waits_for_them=waits_for_them):
                    self._withdraw(referral, fact, list(taken_back), workspace)
                elif must_be_deleted(referral, taken_back.keys()):
                    self._must_delete(referral, fact, workspace)

    def _must_delete(self, referral: Referral, fact: Recorded[Any], workspace: Workspace) -> None:
        """It has ended, rerouted or closed or failed; what its agency was told it still holds."""
        assert referral.receipt is not None  # noqa: S101 - it was sent on one that was taken back
        event = DeletionDue(
            agency=referral.agency,
            shelter=referral.shelter,
            receipt=referral.receipt,
            confirm_deletion_by=workspace.now() + self.policies.clocks.deletion,
        )
        workspace.record(referral.id, event, case=fact.case, actor=fact.actor, cause=fact)

    def _withdraw(
        self, referral: Referral, fact: Recorded[Any], taken_back: Sequence[UUID], workspace: Workspace
    ) -> None:
        event = ReferralWithdrawn(
            agency=referral.agency,
            shelter=referral.shelter,
            receipt=taken_back[-1] if referral.receipt is None else referral.receipt,
            confirm_deletion_by=workspace.now() + self.policies.clocks.deletion if referral.sent else None,
        )
        workspace.record(referral.id, event, case=fact.case, actor=fact.actor, cause=fact)

    def _earlier(self, fact: Recorded[Any], workspace: Workspace) -> list[Recorded[Event]]:
        return [one for one in workspace.upstream.get(fact.stream, ()) if one.version < fact.version]

    def _file(self, fact: Recorded[Any], workspace: Workspace) -> CaseFile | None:
        return read_case([*self._earlier(fact, workspace), fact], workspace.keys)

    def _sending(self, fact: Recorded[Any], file: CaseFile, workspace: Workspace) -> Sending:
        assessment = self.policies.assessment(file)
        return Sending(
            file=file,
            assessment=assessment,
            policies=self.policies,
            workspace=workspace,
            cause=fact,
            actor=f"rules:{assessment.rule_set}",
        )

    def _record_assessment(self, sending: Sending) -> None:
        found, opened = sending.assessment, sending.file.opened
        stream = assessment_of(opened.stream)
        if sending.cause is opened:
            sending.workspace.begin(stream)
        sending.workspace.record(
            stream,
            CaseAssessed(
                submission=opened.event.submission,
                shelter=sending.file.shelter,
                lead=found.lead,
                categories=found.categories,
                suppressed=tuple(Suppression(category=one.category, reason=one.reason) for one in found.suppressed),
                rule_set=found.rule_set,
            ),
            case=opened.stream,
            actor=sending.actor,
            cause=sending.cause,
        )


def _all(stream: UUID, workspace: Workspace) -> Iterator[Referral]:
    """An agency's first referral, and every one that took its place, to whichever agency."""
    referral = fold(workspace.history(stream))
    while referral is not None:
        yield referral
        referral = None if referral.linked is None else fold(workspace.history(referral.linked))


def _current(stream: UUID, workspace: Workspace) -> Referral | None:
    """The referral of an agency, or the one that replaced it last, which may be another's by then."""
    referral = fold(workspace.history(stream))
    while referral is not None and referral.linked is not None:
        referral = fold(workspace.history(referral.linked))
    return referral
