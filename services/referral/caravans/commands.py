"""Turns caravan mode on and off (M3): recorded acts of a coordinator, for states or shelters, with a time limit."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from events.contract import Event, Recorded
from events.silence import CaravanBegan, CaravanEnded
from events.vocabulary import CaravanEnd
from services.chassis.authorization.policy import Principal
from services.chassis.clock import Clock
from services.chassis.database import Database
from services.chassis.errors import NotFoundError, ServiceError
from services.chassis.eventlog.commands import Decided, execute, led_to
from services.chassis.eventlog.log import Log
from services.chassis.eventlog.unit_of_work import UnitOfWork
from services.chassis.ids import uuid5
from services.referral.caravans.domain import StartCaravan, caravan_began, covered_shelters
from services.referral.caravans.queries import is_covered, not_covered
from services.referral.caravans.schemas import CaravanModeState
from services.referral.deadlines.ports import Desks


class CaravanIsOnError(ServiceError):
    """One of the shelters is in caravan mode already: an auditor could not tell two apart."""

    code = "caravan_is_on"
    status = 409


class CaravanIsOffError(ServiceError):
    """This caravan mode has ended already."""

    code = "caravan_is_off"
    status = 409


@dataclass(frozen=True, slots=True, kw_only=True)
class CaravanCommands:
    """Executes the commands of caravan mode. Each command id takes effect once."""

    log: Log
    database: Database
    clock: Clock
    desks: Desks
    escalation: str
    silence: str
    """Versions of the two policies that caravan mode changes, as its event names them."""

    async def begin(self, command: UUID, start: StartCaravan, by: Principal) -> CaravanModeState:
        """Turns caravan mode on.

        Raises:
            MalformedRequestError: an unknown shelter or state, or an end that is not in the future or too far away.
            CaravanIsOnError: it is active for one of the shelters.
            CommandIdReusedError: the id was used for another command.
        """
        caravan = uuid5(command, "caravan")

        async def decide(_: None, work: UnitOfWork) -> Decided:
            event = caravan_began(
                start, self.desks.states, work.now(), escalation=self.escalation, silence=self.silence
            )
            if await is_covered(self.database, caravan, event.shelters):
                raise CaravanIsOnError
            work.record(caravan, event, case=None, actor=by.actor, cause=command)
            return Decided(in_transaction=not_covered(caravan, event.shelters))

        states = tuple(sorted(set(start.states)))
        shelters = tuple(sorted(covered_shelters(start, self.desks.states)))
        same = led_to(CaravanBegan, states=states, shelters=shelters, reason=start.reason, until=start.until)
        done = await execute(self.log, self.clock, command, by.actor, [caravan], decide=decide, same=same)
        return _answer(done.facts)

    async def end(self, caravan: UUID, command: UUID, by: Principal) -> CaravanModeState:
        """Turns caravan mode off.

        Raises:
            NotFoundError: no such caravan mode.
            CaravanIsOffError: it has ended.
            CommandIdReusedError: the id was used for another command.
        """

        async def admit(work: UnitOfWork) -> CaravanBegan:
            history = work.history(caravan)
            if not history or not isinstance(history[0].event, CaravanBegan):
                raise NotFoundError
            return history[0].event

        async def decide(caravan_began: CaravanBegan, work: UnitOfWork) -> None:
            if isinstance(work.history(caravan)[-1].event, CaravanEnded):
                raise CaravanIsOffError
            ended = CaravanEnded(
                states=caravan_began.states, shelters=caravan_began.shelters, how=CaravanEnd.TURNED_OFF
            )
            work.record(caravan, ended, case=None, actor=by.actor, cause=command)

        same = led_to(CaravanEnded)
        done = await execute(self.log, self.clock, command, by.actor, [caravan], admit=admit, decide=decide, same=same)
        return _answer(done.facts)


def _answer(history: Sequence[Recorded[Event]]) -> CaravanModeState:
    last = history[-1]
    assert isinstance(last.event, CaravanBegan | CaravanEnded)  # noqa: S101 - its stream holds nothing else
    return CaravanModeState(
        caravan_id=last.stream,
        state="on" if isinstance(last.event, CaravanBegan) else "off",
        shelters=list(last.event.shelters),
    )
