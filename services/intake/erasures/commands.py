"""Erases a person: records the tombstone, in whose transaction their keys are destroyed."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from events.contract import Event, Recorded
from events.intake import PersonErased
from events.vocabulary import BoxClass, ErasureBasis
from services.chassis.authorization.policy import Principal
from services.chassis.clock import Clock
from services.chassis.database import Database
from services.chassis.errors import ErasedError, NotFoundError
from services.chassis.eventlog.commands import execute, led_to
from services.chassis.eventlog.log import Log
from services.chassis.eventlog.unit_of_work import UnitOfWork
from services.intake.erasures.domain import Sealed, erase, fold
from services.intake.erasures.queries import things_of
from services.intake.erasures.schemas import Erasure, ErasurePreview


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureCommands:
    """Erases persons. Nothing of it can be undone."""

    log: Log
    database: Database
    clock: Clock

    async def preview(self, target: UUID) -> ErasurePreview:
        """What would be destroyed of the person of a case, or of a refused document.

        Raises:
            NotFoundError: it is neither.
        """
        sealed = _require(fold((await self.log.streams([target]))[target]))
        things = await things_of(self.database, sealed.subject, sealed.case)
        return ErasurePreview(
            id=target,
            shelter=sealed.shelter,
            erased=sealed.erased,
            boxes=len(sealed.boxes),
            classes=[kind for kind in BoxClass if kind.value in things.keys.values()],
            refused_documents=len([one for one in things.refusals if one != target]),
            slips=things.slips,
            open_referrals=things.open_referrals,
        )

    async def erase(self, target: UUID, command: UUID, basis: ErasureBasis, by: Principal) -> Erasure:
        """Destroys every key of the person, and with them their digests and slips.

        A refused document that was sent about the person of a case goes with that case.

        Raises:
            NotFoundError: it is neither a case nor a refused document.
            ErasedError: the person was erased before.
            CaseOpenError: the basis is retention, and agencies still work on the case.
            CommandIdReusedError: the id belongs to another command.
        """

        async def admit(work: UnitOfWork) -> Sealed:
            return _require(fold(work.history(target)))

        async def decide(sealed: Sealed, work: UnitOfWork) -> None:
            if sealed.erased:
                raise ErasedError
            things = await things_of(self.database, sealed.subject, sealed.case)
            refusals = [one for one in things.refusals if one != target]
            event = erase(sealed, basis, things.keys.keys(), refusals, open_referrals=things.open_referrals)
            work.record(target, event, case=sealed.case, actor=by.actor, cause=command)

        same = led_to(PersonErased, basis=basis)
        done = await execute(self.log, self.clock, command, by.actor, [target], admit=admit, decide=decide, same=same)
        return _answer(done.facts)


def _require(sealed: Sealed | None) -> Sealed:
    if sealed is None:
        raise NotFoundError
    return sealed


def _answer(facts: Sequence[Recorded[Event]]) -> Erasure:
    fact = facts[0]
    assert isinstance(fact.event, PersonErased)  # noqa: S101 - ``decide`` records no other
    event = fact.event
    return Erasure(id=fact.stream, basis=event.basis, keys=len(event.keys), erased_at=fact.recorded_at)
