"""Opens the person's identity for a coded purpose, and records every opening before the content is handed over.

A shelter opens what it recorded itself: the text of a handover promises that name, document and telephone are not
handed over with the case.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from events.intake import AnswersAmended, CaseOpened, IdentityRead
from events.vocabulary import BoxClass, CaseKind, IdentityPurpose
from services.chassis.authorization.policy import Action, Principal, allowed
from services.chassis.clock import Clock
from services.chassis.errors import NotFoundError
from services.chassis.eventlog.commands import Decided, execute, led_to
from services.chassis.eventlog.log import Log
from services.chassis.eventlog.unit_of_work import UnitOfWork
from services.chassis.ids import uuid5
from services.chassis.vault.keyring import Keyring
from services.chassis.vault.sealing import Place, open_box
from services.intake.cases.commands import answers_of
from services.intake.cases.domain import CaseState, fold
from services.intake.cases.errors import FrozenError, NoPersonError
from services.intake.cases.queries import unless_changed
from services.intake.identity.domain import IdentityField, check_purpose, known_parts
from services.intake.identity.schemas import Identity, OpenedIdentity


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityReader:
    """Discloses identities and records each disclosure."""

    log: Log
    keyring: Keyring
    clock: Clock

    async def open(
        self,
        case: UUID,
        command: UUID,
        purpose: IdentityPurpose,
        fields: Collection[IdentityField] | None,
        by: Principal,
    ) -> OpenedIdentity:
        """Opens the identity that the shelter recorded last. A repeated command is an opening too, and recorded.

        Raises:
            NotFoundError: no such case, or another shelter's.
            NoPersonError: the case is an incident without a person.
            FrozenError: a withdrawal waits for a check, and the purpose is not to ask the person about it.
            DoNotContactError: the person asked not to be contacted.
            ErasedError: the person's data were erased.
            CommandIdReusedError: the id belongs to another command.
        """
        stream = uuid5(case, "identity")
        wanted = [field.value for field in IdentityField if fields is None or field in fields]

        async def admit(work: UnitOfWork) -> CaseState:
            state = fold(work.history(case))
            if state is None or not allowed(by, Action.READ_IDENTITY, shelter=state.shelter):
                raise NotFoundError
            if state.opened.event.kind is not CaseKind.PERSON:
                raise NoPersonError
            if state.frozen_to_shelter and purpose is not IdentityPurpose.CONTACT:
                raise FrozenError
            check_purpose(purpose, await answers_of(state, self.keyring))
            return state

        async def read(state: CaseState, work: UnitOfWork) -> Decided:
            parts = known_parts(await self._identity_of(state), wanted)
            version = work.history(case)[-1].version
            asked = tuple(wanted)  # what of it is known says something of the person, and is not recorded
            event = IdentityRead(shelter=state.shelter, purpose=purpose, fields=asked, requested=asked)
            work.record(stream, event, case=case, actor=by.actor, cause=state.answered if repeated else command)
            answer = OpenedIdentity(case_id=case, purpose=purpose, person=Identity(**parts))
            return Decided(in_transaction=unless_changed(case, version), answer=answer)

        repeated, streams = False, [stream, case]
        same = led_to(IdentityRead, purpose=purpose, requested=tuple(wanted))
        done = await execute(self.log, self.clock, command, by.actor, streams, admit=admit, decide=read, same=same)
        if done.repeated:
            repeated = True
            done = await execute(self.log, self.clock, None, by.actor, streams, admit=admit, decide=read)
        answer: OpenedIdentity = done.answer
        return answer

    async def _identity_of(self, state: CaseState) -> Mapping[str, str]:
        """The identity that the current shelter recorded last; empty if it recorded none.

        Raises:
            ErasedError: the person's key was destroyed.
        """
        fact = state.identified.get(state.shelter)
        if fact is None:
            return {}
        event = fact.event
        assert isinstance(event, CaseOpened | AnswersAmended)  # noqa: S101 - as ``fold`` keeps no other
        assert event.identity is not None  # noqa: S101 - as ``fold`` keeps no other
        keys = await self.keyring.load([event.identity.key])
        place = Place(fact.stream, fact.version, event.NAME, BoxClass.IDENTITY.value)
        identity = open_box(event.identity, place, keys)
        if identity is None:
            raise await self.keyring.absence(event.identity.key)
        return identity
