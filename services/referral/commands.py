"""What people ask of a referral: read it, decide, append; twice is harmless."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from events.contract import Event, Recorded
from events.sealed import Box
from events.vocabulary import Agency, BoxClass
from services.chassis.access import Action, Principal, allowed
from services.chassis.boxes import Place, seal
from services.chassis.clock import Clock
from services.chassis.errors import CommandIdReusedError, NotFoundError, ServiceError, VersionConflictError
from services.chassis.identity import derived
from services.chassis.keyring import Keyring
from services.chassis.log import Append, Log
from services.chassis.upstream import Upstream
from services.chassis.workspace import Workspace
from services.referral.casefile import read_case, screening_keys
from services.referral.domain import Referral, fold
from services.referral.routing import Proposal
from services.referral.sending import Policies, Sending
from services.referral.steps import STEPS, Ask, check

ATTEMPTS = 3


class ErasedError(ServiceError):
    """The person's data were erased: nothing can be sealed or sent for them any more."""

    code = "erased"
    status = 409
    es = "Los datos de la persona fueron suprimidos."
    en = "The person's data were erased."


class NotReroutableError(ServiceError):
    """Not to the same desk again; and neither to PEAS, which is told without consent, nor away from it."""

    code = "not_reroutable"
    status = 409
    es = "Esta canalización no puede pasar a esa agencia."
    en = "This referral cannot be rerouted to that agency."


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One step that somebody asks for. ``command_id`` makes it repeatable, ``expected_version`` safe."""

    referral: UUID
    step: str
    command_id: UUID
    expected_version: int
    ask: Ask = field(default_factory=Ask)
    text: str | None = None
    """Free text, sealed before it is recorded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Carries out orders on referrals."""

    log: Log
    clock: Clock
    keyring: Keyring
    intake: Upstream
    policies: Policies

    async def carry_out(self, order: Order, principal: Principal) -> dict[str, Any]:
        """The referral's state after the step; a repeated order gets its first result.

        Raises:
            NotFoundError: no such referral, or none of the principal's business.
            NotAllowedError: the step is not this role's.
            StaleVersionError: somebody acted since; says what happened.
            IllegalStepError: names the state and the legal steps.
            CommandIdReusedError: the id belongs to another order.
            NotReroutableError: the agency cannot take this referral over.
        """
        for _ in range(ATTEMPTS):
            workspace = Workspace(self.log, self.clock)
            await workspace.load([order.referral])
            referral = fold(workspace.history(order.referral))
            if referral is None or not _visible(referral, principal):
                raise NotFoundError
            before = await self.log.carried_out(order.command_id)
            if before is not None:
                return _first_result(order, before, workspace.history(order.referral))
            check(referral, order.step, order.expected_version, principal.role)
            if order.ask.to is referral.agency or (order.ask.to and Agency.PEAS in (order.ask.to, referral.agency)):
                raise NotReroutableError
            await self._decide(order, referral, principal, workspace)
            try:
                result = await self.log.append(Append(entries=workspace.entries, command=order.command_id))
            except VersionConflictError:
                continue  # somebody was faster: read again, so that the refusal says what happened
            if result.repeated:
                continue  # the same order came twice at once: the next look finds what the first led to
            return _answer(workspace.history(order.referral))
        raise VersionConflictError

    async def _decide(self, order: Order, referral: Referral, principal: Principal, workspace: Workspace) -> None:
        step, ask = STEPS[order.step], order.ask
        links = order.step in ("reroute", "reopen")
        if links:
            ask = replace(ask, linked=derived(order.command_id, "linked"))
        if order.text is not None and step.text is not None:
            ask = replace(ask, text=await self._sealed(referral, step.event, step.text, order.text, workspace))
        workspace.record(
            referral.id,
            step.happens(referral, ask),
            case=referral.case,
            actor=principal.actor,
            cause=order.command_id,
        )
        if links and ask.linked is not None:
            await self._propose_linked(referral, ask.linked, order, principal, workspace)

    async def _sealed(self, referral: Referral, event: type[Event], field: str, text: str, workspace: Workspace) -> Box:
        keys = await self.keyring.load([referral.key])
        if referral.key not in keys:
            raise ErasedError
        place = Place(referral.id, workspace.next_version(referral.id), event.NAME, field)
        content: Mapping[str, str] = {"text": text}
        return seal(content, key_id=referral.key, key=keys[referral.key], kind=BoxClass.SCREENING, place=place)

    async def _propose_linked(
        self, replaced: Referral, stream: UUID, order: Order, principal: Principal, workspace: Workspace
    ) -> None:
        """The referral that takes this one's place; section 5 of the domain decides again whether it may be sent."""
        facts = (await self.intake.streams([replaced.case]))[replaced.case]
        workspace.keys.update(await self.keyring.load(screening_keys(facts)))
        file = read_case(facts, workspace.keys)
        if file is None:
            raise ErasedError
        assessment = self.policies.assessment(file)
        proposal = _on_the_same_grounds(replaced, assessment.proposals)
        workspace.begin(stream)
        sending = Sending(
            file=file,
            assessment=assessment,
            policies=self.policies,
            workspace=workspace,
            cause=order.command_id,
            actor=principal.actor,
        )
        agency = order.ask.to or replaced.agency
        sending.propose(stream, replace(proposal, agency=agency), replaces=order.referral)


def _on_the_same_grounds(replaced: Referral, proposals: Sequence[Proposal]) -> Proposal:
    """What the next desk is told: what this one was, and not what the rules would tell another. Never less urgent."""
    wanted = set(replaced.categories)
    shared = [one for one in proposals if wanted & set(one.categories)]
    if not shared:
        raise NotFoundError
    same = min(shared, key=lambda one: (len(wanted ^ set(one.categories)), one.agency is not replaced.agency))
    return replace(same, urgency=min(same.urgency, replaced.urgency))


def _visible(referral: Referral, principal: Principal) -> bool:
    """A shelter sees what it registered, an agency what was sent to it."""
    if allowed(principal, Action.ANSWER_REFERRAL, shelter=referral.shelter):
        return allowed(principal, Action.ANSWER_REFERRAL, shelter=referral.shelter, agency=referral.agency)
    return referral.sent and allowed(
        principal, Action.ANSWER_REFERRAL, shelter=referral.shelter, agency=referral.agency
    )


def _first_result(order: Order, facts: list[Recorded[Event]], history: list[Recorded[Event]]) -> dict[str, Any]:
    """What the order led to when it was first carried out, whatever has happened since."""
    done = next((fact for fact in facts if fact.stream == order.referral), None)
    if done is None or not isinstance(done.event, STEPS[order.step].event):
        raise CommandIdReusedError
    # The history may have been read just before the same order, sent twice at once, was carried out.
    return _answer([*(fact for fact in history if fact.version < done.version), done])


def _answer(history: list[Recorded[Event]]) -> dict[str, Any]:
    """The referral after its last fact. ``linked`` names the one that took its place, if one did."""
    referral = fold(history)
    assert referral is not None  # noqa: S101 - there is a history
    return {
        "referral_id": str(referral.id),
        "state": referral.state,
        "version": referral.version,
        "linked": None if referral.linked is None else str(referral.linked),
    }
