"""What people ask of a referral: read it, decide, append; twice is harmless."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from events.contract import Event, Recorded
from events.referral import ReferralRerouted
from events.sealed import Box
from events.vocabulary import Agency, BoxClass
from services.chassis.access import Action, Principal
from services.chassis.boxes import Place, seal
from services.chassis.clock import Clock
from services.chassis.database import Database
from services.chassis.errors import CommandIdReusedError, ErasedError, NotFoundError, ServiceError, VersionConflictError
from services.chassis.identity import derived
from services.chassis.keyring import Keyring
from services.chassis.log import Append, Log
from services.chassis.upstream import Upstream
from services.chassis.workspace import Workspace
from services.referral.domain import Referral, fold
from services.referral.queries import Guard, agencies_holding, holds_none_yet
from services.referral.replacing import Replacement, replacement_for
from services.referral.sending import Policies
from services.referral.steps import SHELTER as ALL_OF_A_SHELTER
from services.referral.steps import STEPS, Ask, check
from services.referral.visibility import admit, with_the_person

ATTEMPTS = 8
"""The clock may climb several rungs meanwhile, each an append of its own."""


class NotReroutableError(ServiceError):
    """Not to the same desk again; and neither to PEAS, which is told without consent, nor away from it."""

    code = "not_reroutable"
    status = 409
    es = "Esta canalización no puede pasar a esa agencia."
    en = "This referral cannot be rerouted to that agency."


class AgencyHasItError(ServiceError):
    """The agency has an open referral of the case: a second one would only look like an answer."""

    code = "agency_has_it_already"
    status = 409
    es = "Esa agencia ya tiene abierta una canalización de este caso; páselo a otra o espere su respuesta."
    en = "That agency has an open referral of this case already; choose another, or wait for its answer."


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
    database: Database
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
            AgencyHasItError: it has an open referral of the case.
            NobodyCanAnswerError: a question about what no shelter is shown.
        """
        for _ in range(ATTEMPTS):
            workspace = Workspace(self.log, self.clock)
            await workspace.load([order.referral])
            referral = fold(workspace.history(order.referral))
            if referral is not None and principal.role in ALL_OF_A_SHELTER:
                case = (await self.intake.streams([referral.case]))[referral.case]
                referral = with_the_person(referral, case)  # whoever handed the case over has no say any more, at once
            referral = admit(referral, principal, Action.ANSWER_REFERRAL)
            before = await self.log.carried_out(order.command_id)
            if before is not None:
                return _first_result(order, before, workspace.history(order.referral))
            check(referral, order.step, order.expected_version, principal.role)
            if order.ask.to is referral.agency or (order.ask.to and Agency.PEAS in (order.ask.to, referral.agency)):
                raise NotReroutableError
            to = referral.agency if order.step == "reopen" else order.ask.to
            if to is not None and to in await agencies_holding(self.database, referral.case):
                raise AgencyHasItError
            guard = await self._decide(order, referral, principal, workspace)
            try:
                result = await self.log.append(
                    Append(entries=workspace.entries, command=order.command_id, within=guard)
                )
            except VersionConflictError:
                continue  # somebody was faster: read again, so that the refusal says what happened
            if result.repeated:
                continue  # the same order came twice at once: the next look finds what the first led to
            return _answer(workspace.history(order.referral))
        raise VersionConflictError

    async def _decide(
        self, order: Order, referral: Referral, principal: Principal, workspace: Workspace
    ) -> Guard | None:
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
        if links and ask.linked is not None:
            return holds_none_yet(referral.case, ask.to or referral.agency, besides=ask.linked)
        if order.step == "decline":
            return await self._reroute_by_rules(order, referral, workspace)
        return None

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
        replacement = await self._replacement(replaced, workspace)
        agency = order.ask.to or replaced.agency
        replacement.propose(replaced, stream, agency, cause=order.command_id, actor=principal.actor)

    async def _reroute_by_rules(self, order: Order, declined: Referral, workspace: Workspace) -> Guard | None:
        """What the policy says of a decline, in the same append, so that it cannot be lost; else a person decides.

        Returns a guard against somebody who sends the case to the same agency meanwhile.
        """
        assert order.ask.reason is not None  # noqa: S101 - a decline has one
        rerouting = self.policies.rerouting
        to = rerouting.replacement(
            declined.agency,
            order.ask.reason,
            holding=await agencies_holding(self.database, declined.case),
            declined=await self._came_from(declined, workspace),
        )
        if to is None:
            return None
        actor, linked = f"rules:{rerouting.version}", derived(declined.id, "rerouted")
        rerouted = ReferralRerouted(agency=declined.agency, shelter=declined.shelter, to=to, linked=linked)
        try:
            replacement = await self._replacement(declined, workspace)
            replacement.check(declined)
        except (ErasedError, NotFoundError):
            return None  # there is nothing left to send: the decline stands, and is escalated
        workspace.record(declined.id, rerouted, case=declined.case, actor=actor, cause=order.command_id)
        replacement.propose(declined, linked, to, cause=order.command_id, actor=actor)
        return holds_none_yet(declined.case, to, besides=linked)

    async def _came_from(self, referral: Referral, workspace: Workspace) -> set[Agency]:
        """The agencies that this referral was with before."""
        agencies = set[Agency]()
        earlier = referral
        while earlier.replaces is not None:
            await workspace.load([earlier.replaces])
            found = fold(workspace.history(earlier.replaces))
            if found is None:
                break
            agencies.add(found.agency)
            earlier = found
        return agencies

    async def _replacement(self, replaced: Referral, workspace: Workspace) -> Replacement:
        await self.policies.modes.look()
        return await replacement_for(
            replaced, intake=self.intake, keyring=self.keyring, policies=self.policies, workspace=workspace
        )


def _first_result(order: Order, facts: list[Recorded[Event]], history: list[Recorded[Event]]) -> dict[str, Any]:
    """What the order led to when it was first carried out, whatever has happened since."""
    done = [fact for fact in facts if fact.stream == order.referral]
    if not done or not isinstance(done[0].event, STEPS[order.step].event):
        raise CommandIdReusedError
    # The history may have been read just before the same order, sent twice at once, was carried out.
    return _answer([*(fact for fact in history if fact.version < done[0].version), *done])


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
