"""Carries out commands of staff and of slip holders on one case. A repeated command takes effect once."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from events.contract import Event, Recorded
from events.intake import AnswersAmended, CaseOpened
from events.vocabulary import BoxClass
from services.chassis.authorization.permit import permit
from services.chassis.authorization.policy import Action, Principal
from services.chassis.clock import Clock
from services.chassis.errors import NotFoundError
from services.chassis.eventlog import commands
from services.chassis.eventlog.commands import Done, InTransaction, Same, execute
from services.chassis.eventlog.log import Log
from services.chassis.eventlog.unit_of_work import UnitOfWork
from services.chassis.vault.keyring import Key, Keyring
from services.chassis.vault.sealing import Place, open_box
from services.intake.cases.domain import CaseState, fold, generation_of, shown_version


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseDecision(commands.Decided):
    """The events that a command appends to the case, and the rows that are committed with them."""

    events: Sequence[Event] = ()


class CaseChange(NamedTuple):
    """An event that was appended, and the case's version after it as a shelter is told it."""

    fact: Recorded[Event]
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseCommands:
    """Carries out commands on one case."""

    log: Log
    clock: Clock

    async def carry_out(
        self,
        case: UUID,
        command: UUID,
        actor: str,
        may: Callable[[CaseState], bool],
        decide: Callable[[CaseState], Awaitable[CaseDecision]],
        same: Same,
    ) -> Done:
        """Loads the case, authorises the caller with ``may``, decides and appends. No events: nothing is appended.

        Raises:
            NotFoundError: no such case, or ``may`` refuses it.
            CommandIdReusedError: the id belongs to another command.
        """

        async def admit(work: UnitOfWork) -> CaseState:
            state = fold(work.history(case))
            if state is None or not may(state):
                raise NotFoundError
            return state

        async def record(state: CaseState, work: UnitOfWork) -> CaseDecision:
            decided = await decide(state)
            for event in decided.events:
                work.record(case, event, case=case, actor=actor, cause=command)
            return decided

        return await execute(self.log, self.clock, command, actor, [case], admit=admit, decide=record, same=same)

    async def add(
        self,
        case: UUID,
        command: UUID,
        principal: Principal,
        decide: Callable[[CaseState, UnitOfWork], Awaitable[Event]],
        same: Same | None = None,
        in_transaction: Callable[[CaseOpened, Event], InTransaction] | None = None,
    ) -> CaseChange:
        """Appends one event on behalf of the shelter that holds the case.

        Without ``same`` the command id is derived from what is done: a repetition by anybody gets the first result.

        Raises:
            NotFoundError: no such case, or another shelter's.
            CommandIdReusedError: the id belongs to another command.
        """

        async def admit(work: UnitOfWork) -> CaseState:
            state = fold(work.history(case))
            if state is None:
                raise NotFoundError
            permit(principal, Action.SUBMIT, shelter=state.shelter)
            return state

        async def record(state: CaseState, work: UnitOfWork) -> commands.Decided:
            event = await decide(state, work)
            work.record(case, event, case=case, actor=principal.actor, cause=command)
            return commands.Decided(
                in_transaction=None if in_transaction is None else in_transaction(state.opened.event, event)
            )

        actor = None if same is None else principal.actor
        done = await execute(self.log, self.clock, command, actor, [case], admit=admit, decide=record, same=same)
        return CaseChange(done.facts[0], shown_version(done.work.history(case), done.facts[0]))


async def answers_of(case: CaseState, keyring: Keyring) -> dict[str, Any]:
    """Opens the answers as last amended.

    Raises:
        ErasedError: the person's key was destroyed.
        KeysLostError: it was lost.
    """
    fact = case.answered
    event = fact.event
    assert isinstance(event, CaseOpened | AnswersAmended)  # noqa: S101 - as ``fold`` keeps no other
    keys = await keyring.load([event.screening.key])
    place = Place(fact.stream, fact.version, event.NAME, BoxClass.SCREENING.value)
    answers = open_box(event.screening, place, keys)
    if answers is None:
        raise await keyring.absence(event.screening.key)
    return answers


async def sealing_keys(case: CaseState, keyring: Keyring) -> dict[BoxClass, Key]:
    """The keys to seal more about a person with: their own, or new ones in place of those that were lost.

    Raises:
        ErasedError: the person's keys were destroyed; they get no others.
    """
    subject = case.opened.event.subject
    present = await keyring.load(box.key for box in case.boxes)
    kinds: dict[int, list[BoxClass]] = {}
    for kind in BoxClass:
        kinds.setdefault(generation_of(subject, kind, case.boxes, present), []).append(kind)
    found: dict[BoxClass, Key] = {}
    for generation, of_generation in kinds.items():
        found |= await keyring.obtain(subject, of_generation, generation)
    return found
