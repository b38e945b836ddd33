"""Executes the steps that people take on referrals. Each command id takes effect once."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from uuid import UUID

from events.contract import Event, Recorded
from events.sealed import Box
from events.vocabulary import Agency, BoxClass, ReferralState
from services.chassis.authorization.policy import Action, Principal
from services.chassis.clock import Clock
from services.chassis.errors import ErasedError, ServiceError, UnreadableContentError
from services.chassis.eventlog.commands import Decided, Facts, execute
from services.chassis.eventlog.log import Log
from services.chassis.eventlog.unit_of_work import UnitOfWork
from services.chassis.ids import uuid5
from services.chassis.vault.keyring import Keyring
from services.chassis.vault.sealing import Place, open_box, seal
from services.referral.assessment import Policies
from services.referral.case_file.queries import CaseFiles
from services.referral.lifecycle.domain import Referral, fold
from services.referral.lifecycle.queries import Guard, case_unchanged, no_other_open_referral
from services.referral.lifecycle.schemas import ReferralAfterStep
from services.referral.lifecycle.sending_on import SendingOn
from services.referral.lifecycle.standing import NO_CONSENT_NEEDED, may_be_read
from services.referral.lifecycle.transitions import SHELTER_STAFF, STEPS, Step, StepDetails, check, check_appointment
from services.referral.lifecycle.visibility import admit, with_the_person


class NotReroutableError(ServiceError):
    """The target is the same agency, or one of the two is PEAS: its reports need no consent and are never rerouted."""

    code = "not_reroutable"
    status = 409


class AgencyHasItError(ServiceError):
    """The agency already has an open referral of this case; a second one would look like an answer to the first."""

    code = "agency_has_it_already"
    status = 409


class NobodyMayReadError(ServiceError):
    """Nobody may read it now: a no, a withdrawal that is to be checked, or a consent that ran out has closed it."""

    code = "nobody_may_read"
    status = 409


@dataclass(frozen=True, slots=True, kw_only=True)
class StepCommand:
    """One step that a person takes. ``command_id`` makes it repeatable; ``expected_version`` is what they had read."""

    referral: UUID
    step: str
    command_id: UUID
    expected_version: int
    details: StepDetails = field(default_factory=StepDetails)
    text: str | None = None
    """Free text in clear; sealed before it is recorded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralCommands:
    """Executes steps on referrals."""

    log: Log
    clock: Clock
    keyring: Keyring
    files: CaseFiles
    policies: Policies
    sending_on: SendingOn

    async def execute_step(self, command: StepCommand, principal: Principal) -> ReferralAfterStep:
        """Executes a step and returns the referral after it; a repeated command returns its first result.

        Raises:
            NotFoundError: no such referral, or the principal may not see it.
            NotAllowedError: this role may not take the step.
            StaleVersionError: somebody acted after the expected version; names the last change.
            IllegalStepError: the step does not exist from this state; names the legal ones.
            CommandIdReusedError: the id was used for another command.
            NotReroutableError: the agency cannot get this referral.
            AgencyHasItError: the agency has an open referral of the case already.
            NobodyCanAnswerError: a question about a report that the shelter cannot see.
            NobodyMayReadError: it would be accepted by people who may not read it.
        """

        async def admit_visible(work: UnitOfWork) -> Referral:
            referral = fold(work.history(command.referral))
            if referral is not None and principal.role in SHELTER_STAFF:
                case = await self.files.history(referral.case)
                referral = with_the_person(referral, case)  # a shelter that handed the case over loses it at once
            return admit(referral, principal, Action.ANSWER_REFERRAL)

        async def decide(referral: Referral, work: UnitOfWork) -> Decided:
            check(referral, command.step, command.expected_version, principal.role)
            check_appointment(command.details, work.now())
            if command.details.to is referral.agency or (
                command.details.to and Agency.PEAS in (command.details.to, referral.agency)
            ):
                raise NotReroutableError
            if command.step == "accept":
                readable = await self._still_readable(referral, work)
                await self._decide(command, referral, principal, work)
                return Decided(in_transaction=readable)
            return Decided(in_transaction=await self._decide(command, referral, principal, work))

        done = await execute(
            self.log,
            self.clock,
            command.command_id,
            principal.actor,
            [command.referral],
            admit=admit_visible,
            decide=decide,
            same=partial(self._same, command),
        )
        own = [fact for fact in done.facts if fact.stream == command.referral]
        # The result of a repeated command ends with its own facts, whatever happened later.
        earlier = (fact for fact in done.work.history(command.referral) if fact.version < own[0].version)
        return _answer([*earlier, *own])

    async def _still_readable(self, referral: Referral, work: UnitOfWork) -> Guard | None:
        """Checks that the desk may read what it accepts, now and as the acceptance is appended.

        Raises:
            NobodyMayReadError: a no, a withdrawal to be checked or the end of the consent has closed it, or the
                person was erased.
        """
        if referral.basis in NO_CONSENT_NEEDED:
            return None
        closed = NobodyMayReadError(state=referral.state, version=referral.version)
        try:
            file = await self.files.load(referral.case, work)
        except UnreadableContentError:
            raise closed from None
        if not may_be_read(referral, file, self.policies.assessment(file), work.now()):
            raise closed
        return case_unchanged(referral.case, file.version)

    async def _same(self, command: StepCommand, facts: Facts) -> bool:
        """Whether this command led to these facts. A text whose key was destroyed counts as equal."""
        done, step = facts[0], STEPS[command.step]
        # Which one it is linked to follows from what was open then; the rest says whether it is this command.
        payload = step.payload(replace(command.details, linked=getattr(done.event, "linked", None)))
        coded = {name: value for name, value in payload.items() if name not in (step.text, step.report)}
        if type(done.event) not in step.events or any(getattr(done.event, name) != coded[name] for name in coded):
            return False
        text = None if command.text is None else {"text": command.text}
        return await self._holds(done, step.text, text) and await self._reported(done, step, command.details)

    async def _holds(self, done: Recorded[Event], field: str | None, content: Mapping[str, str] | None) -> bool:
        """Whether a field of a fact holds this, sealed; a box whose key was destroyed counts as equal."""
        box: Box | None = None if field is None else getattr(done.event, field)
        if box is None:
            return content is None
        place = Place(done.stream, done.version, done.event.NAME, field or "")
        found = open_box(box, place, await self.keyring.load([box.key]))
        return found is None or found == content

    async def _reported(self, done: Recorded[Event], step: Step, details: StepDetails) -> bool:
        """Whether a fact reports what a command says."""
        if step.report is None:
            return True
        earlier = getattr(done.event, f"clear_{step.report}")
        if earlier is not None:  # from before it was sealed
            return bool(earlier == getattr(details, step.report))
        sealed = getattr(done.event, step.report) is not None  # it is not where the person had been erased
        return not sealed or await self._holds(done, step.report, step.report_of(details))

    async def _decide(
        self, command: StepCommand, referral: Referral, principal: Principal, work: UnitOfWork
    ) -> Guard | None:
        details = command.details
        if command.step in ("reroute", "reopen"):
            return await self._link(command, referral, principal, work)
        await self._record(command, details, referral, principal, work)
        if command.step == "decline":
            assert details.reason is not None  # noqa: S101 - a decline has one
            return await self.sending_on.by_rules(referral, details.reason, command.command_id, work)
        return None

    async def _record(
        self, command: StepCommand, details: StepDetails, referral: Referral, principal: Principal, work: UnitOfWork
    ) -> None:
        step = STEPS[command.step]
        if command.text is not None and step.text is not None:
            box = await self._sealed(referral, step.event, step.text, {"text": command.text}, work)
            if box is None:
                raise ErasedError
            details = replace(details, text=box)
        report = step.report_of(details)
        if report is not None and step.report is not None:
            # Of a person who was erased it is not recorded, so that their referrals can be ended all the same.
            details = replace(details, report=await self._sealed(referral, step.event, step.report, report, work))
        work.record(
            referral.id,
            step.to_event(referral, details),
            case=referral.case,
            actor=principal.actor,
            cause=command.command_id,
        )

    async def _link(self, command: StepCommand, referral: Referral, principal: Principal, work: UnitOfWork) -> Guard:
        """Reroutes or reopens a referral; an agency whose own only waits for consent gets it joined to that."""
        to = command.details.to or referral.agency
        others = await self.sending_on.others(referral, work)
        other = others.get(to)
        if other is not None and other.state is not ReferralState.BLOCKED_CONSENT:
            raise AgencyHasItError
        stream = uuid5(command.command_id, "linked")
        details = replace(command.details, linked=stream if other is None else other.id)
        await self._record(command, details, referral, principal, work)
        replacement = await self.sending_on.replacement(
            referral, others, work, cause=command.command_id, actor=principal.actor
        )
        linked = replacement.propose(referral, stream, to)
        return no_other_open_referral(referral.case, to, besides=linked)

    async def _sealed(
        self, referral: Referral, event: type[Event], field: str, content: Mapping[str, str], work: UnitOfWork
    ) -> Box | None:
        """A box for the next event of the referral; ``None``: the person was erased.

        Raises:
            KeysLostError: their keys were lost; once the case is whole again, the step can be taken.
        """
        keys = await self.keyring.load([referral.key])
        if referral.key not in keys:
            absence = await self.keyring.absence(referral.key)
            if isinstance(absence, ErasedError):
                return None
            raise absence
        place = Place(referral.id, work.next_version(referral.id), event.NAME, field)
        return seal(content, key_id=referral.key, key=keys[referral.key], kind=BoxClass.SCREENING, place=place)


def _answer(history: list[Recorded[Event]]) -> ReferralAfterStep:
    """The referral after its last fact."""
    referral = fold(history)
    assert referral is not None  # noqa: S101 - there is a history
    return ReferralAfterStep(
        referral_id=referral.id, state=referral.state, version=referral.version, linked=referral.linked
    )
