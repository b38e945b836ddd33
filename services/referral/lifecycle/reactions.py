"""Reactions to intake's facts: assess and refer, follow the person, close the loop; the table of all of them."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from events.continuity import HandedOver, HelpConfirmed, SlipAttacked, WithdrawalChecked, WithdrawalFrozen
from events.contract import Event, Recorded
from events.intake import AnswersAmended, CaseOpened, ConsentRecorded, ConsentWithdrawn, PersonErased
from events.referral import CaseAssessed, LoopClosed, Suppression, assessment_stream
from events.vocabulary import Agency, Confirmation, ConfirmedBy, ReferralState
from services.chassis.eventlog.reactions import Reaction
from services.chassis.eventlog.unit_of_work import UnitOfWork
from services.chassis.eventlog.upstream import Upstream
from services.chassis.vault.keyring import Keyring
from services.referral.assessment import Policies
from services.referral.case_file.domain import CaseFile, read_case, screening_keys
from services.referral.first_steps.domain import shown_first
from services.referral.lifecycle.case_referrals import CaseReferrals, referral_of
from services.referral.lifecycle.device_decisions import compare_with_device, decision_streams
from services.referral.lifecycle.domain import Referral, fold
from services.referral.lifecycle.handovers import hand_over
from services.referral.lifecycle.nothing_sent import tell_if_nothing_was_sent
from services.referral.lifecycle.policy import ReroutingPolicy, load_rerouting
from services.referral.lifecycle.reconsidering import Reconsideration
from services.referral.lifecycle.referring import refer_again, refer_new_case
from services.referral.lifecycle.revising import ReferralReviser
from services.referral.lifecycle.slip_attacks import attack_streams, tell_of_attack
from services.referral.lifecycle.visibility import follows_the_person
from services.referral.lifecycle.withdrawal_reactions import WithdrawalReactions
from services.referral.obligations.grounds import starting_with, tasks_of_case
from services.referral.obligations.policy import ObligationPolicy, programmes_obligations


async def _nothing_to_refresh() -> None:
    """Of a programme without capacities or caravans."""


@dataclass(frozen=True, slots=True)
class ReactionContext:
    """Loads what the reactions to a batch need: earlier facts of the cases, their referrals and their keys."""

    keyring: Keyring
    intake: Upstream
    refresh: Callable[[], Awaitable[None]] = _nothing_to_refresh
    """Reads what people turned on or reported, before anything is decided."""
    obligations: ObligationPolicy = field(default_factory=programmes_obligations)

    async def __call__(self, facts: Sequence[Recorded[Event]], work: UnitOfWork) -> None:
        """Fills the unit of work. A case that this batch opens has no earlier facts."""
        await self.refresh()
        later = {fact.stream for fact in facts if not isinstance(fact.event, CaseOpened)}
        work.upstream.update(await self.intake.streams(later))
        opened = [fact for fact in facts if isinstance(fact.event, CaseOpened)]
        wanted = screening_keys([*opened, *(one for stream in work.upstream.values() for one in stream)])
        work.keys.update(await self.keyring.load(wanted))
        await self._load_referrals([stream[0].id for stream in work.upstream.values() if stream], work)
        tasks = (task for case in later for task in tasks_of_case(case, self.obligations))
        single = (*attack_streams(facts), *decision_streams(facts))
        await work.load([*map(assessment_stream, later), *tasks, *single])

    async def _load_referrals(self, opened: Sequence[UUID], work: UnitOfWork) -> None:
        """Loads each agency's referral and those that replaced it."""
        streams = [referral_of(one, agency) for one in opened for agency in Agency]
        while streams:
            await work.load(streams)
            found = [fold(work.history(stream)) for stream in streams]
            streams = [one.linked for one in found if one is not None and one.linked is not None]


@dataclass(frozen=True, slots=True)
class IntakeReactions:
    """The reactions, with the policies that they apply."""

    policies: Policies
    rerouting: ReroutingPolicy = field(default_factory=load_rerouting)

    def table(self) -> Mapping[type[Event], Sequence[Reaction]]:
        """The reactions to each type of fact."""
        decisions = WithdrawalReactions(self.policies)
        reconsider = Reconsideration(self.policies, self.rerouting)
        return {
            CaseOpened: [self.assess_and_refer],
            AnswersAmended: [decisions.amended, self.assess_and_refer, reconsider],
            ConsentRecorded: [decisions.decided, decisions.release, reconsider],
            ConsentWithdrawn: [decisions.decided, decisions.release],
            WithdrawalFrozen: [decisions.freeze],
            WithdrawalChecked: [decisions.checked, reconsider],
            HandedOver: [self.follow_the_person],
            HelpConfirmed: [self.close_the_loop],
            PersonErased: [decisions.erased],
            SlipAttacked: [tell_of_attack],
        }

    def assess_and_refer(self, fact: Recorded[Any], work: UnitOfWork) -> None:
        """Proposes a referral for every agency that the rules name; an amendment may add or raise, never withdraw."""
        file = self._file(fact, work)
        if file is None:
            return  # erased before it was assessed
        issuer = self._issuer(fact, file, work)
        if fact is file.opened:
            for task in tasks_of_case(file.opened.stream, self.policies.obligations):
                work.begin(task)
            compare_with_device(file, self.policies.rules, work)
        self._record_assessment(issuer)
        if issuer.cause is file.opened:
            refer_new_case(issuer)
        else:
            refer_again(issuer)
        tell_if_nothing_was_sent(issuer)

    def follow_the_person(self, fact: Recorded[HandedOver], work: UnitOfWork) -> None:
        """Assigns the open referrals to the shelter that the person moved to."""
        file = self._file(fact, work)
        issuer = None if file is None else self._issuer(fact, file, work)
        for referral in self._referrals(fact, work):
            if follows_the_person(referral) and referral.shelter != fact.event.to_shelter:
                hand_over(referral, fact, issuer, work)

    def close_the_loop(self, fact: Recorded[HelpConfirmed], work: UnitOfWork) -> None:
        """Records whether help came, as the person said with their slip; also for reports hidden from the shelter."""
        for referral in self._referrals(fact, work):
            if referral.state is ReferralState.DELIVERED and fact.event.agency in (None, referral.agency):
                event = LoopClosed(
                    agency=referral.agency,
                    shelter=referral.shelter,
                    confirmation=Confirmation(fact.event.confirmation),
                    by=ConfirmedBy.PERSON_BY_SLIP,
                )
                work.record(referral.id, event, case=fact.case, actor=fact.actor, cause=fact)

    def _referrals(self, fact: Recorded[Any], work: UnitOfWork) -> list[Referral]:
        """The case's current referrals, each once: the last of every chain of replacements."""
        return CaseReferrals(self._earlier(fact, work)[0].id, work).all()

    def _earlier(self, fact: Recorded[Any], work: UnitOfWork) -> list[Recorded[Event]]:
        return [one for one in work.upstream.get(fact.stream, ()) if one.version < fact.version]

    def _file(self, fact: Recorded[Any], work: UnitOfWork) -> CaseFile | None:
        return read_case([*self._earlier(fact, work), fact], work.keys)

    def _issuer(self, fact: Recorded[Any], file: CaseFile, work: UnitOfWork) -> ReferralReviser:
        assessment = self.policies.assessment(file)
        return ReferralReviser(
            file=file,
            assessment=assessment,
            policies=self.policies,
            work=work,
            cause=fact,
            actor=f"rules:{assessment.rule_set}",
        )

    def _record_assessment(self, issuer: ReferralReviser) -> None:
        found, opened = issuer.assessment, issuer.file.opened
        first = shown_first(found, issuer.file.shelter, self.policies.bodies)
        sent = [one for one in map(issuer.sent_as, found.proposals) if one is not None]
        tasks = starting_with(
            ((told.agency, told.urgency, told.categories, basis) for told, basis in sent), self.policies.obligations
        )
        stream = assessment_stream(opened.stream)
        if issuer.cause is opened:
            issuer.work.begin(stream)
        issuer.work.record(
            stream,
            CaseAssessed(
                submission=opened.event.submission,
                shelter=issuer.file.shelter,
                lead=found.lead,
                categories=found.categories,
                suppressed=tuple(Suppression(category=one.category, reason=one.reason) for one in found.suppressed),
                rule_set=found.rule_set,
                first_steps=first.steps,
                bodies=first.bodies,
                obligations=tasks,
            ),
            case=opened.stream,
            actor=issuer.actor,
            cause=issuer.cause,
        )
