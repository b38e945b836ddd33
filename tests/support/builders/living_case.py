"""A case on paper with everybody who has to do with it: real commands and clocks run on it, and alerts follow.

The services' own code decides; only what reads and writes a database is in memory.
"""

import asyncio
from collections import defaultdict
from collections.abc import Coroutine, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import Any, TypeVar, cast
from uuid import UUID, uuid5

from events.contract import Event, Recorded
from events.referral_states import OPEN
from events.vocabulary import Agency, Role
from services.chassis.authorization.policy import Principal
from services.chassis.errors import VersionConflictError
from services.chassis.eventlog.append import Append, Appended
from services.chassis.eventlog.unit_of_work import UnitOfWork
from services.notifications.alerts.reactions import reactions
from services.referral.case_file.domain import CaseFile, read_case
from services.referral.escalation.domain import due_steps, next_due_at
from services.referral.escalation.policy import EscalationPolicy, load_escalation_policy
from services.referral.escalation.state import EscalationState
from services.referral.lifecycle.commands import ReferralCommands, StepCommand
from services.referral.lifecycle.domain import Referral, fold
from services.referral.lifecycle.expiry import ConsentExpiry
from services.referral.lifecycle.policy import load_rerouting
from services.referral.lifecycle.sending_on import SendingOn
from services.referral.offers.commands import OfferCommands
from tests.support.builders.changing_case import CASE, KEY, SECRET, ChangingCase, routing

T = TypeVar("T")
ALERTS = reactions(timedelta(minutes=10))


@cache
def ladders() -> EscalationPolicy:
    return load_escalation_policy()


def at_once(work: Coroutine[Any, Any, T]) -> T:
    """The result of what has nothing to wait for."""
    with asyncio.Runner() as runner:
        return runner.run(work)


@dataclass
class MemoryLog:
    """A log in memory. An append at a version that is taken is refused, as a real one's is."""

    streams_by_id: dict[UUID, list[Recorded[Event]]]
    commands: dict[UUID, list[Recorded[Event]]] = field(default_factory=dict)

    async def streams(self, ids: Iterable[UUID]) -> dict[UUID, list[Recorded[Event]]]:
        return {one: list(self.streams_by_id.get(one, ())) for one in ids}

    async def carried_out(self, command: UUID) -> list[Recorded[Event]] | None:
        return self.commands.get(command)

    async def append(self, request: Append) -> Appended:
        if request.command in self.commands:
            return Appended(first_position=1, events=0, repeated=True)
        new = [entry.typed for entry in request.entries if entry.typed is not None]
        for fact in new:
            if fact.version != len(self.streams_by_id.get(fact.stream, ())) + 1:
                raise VersionConflictError
            self.streams_by_id.setdefault(fact.stream, []).append(fact)
        if request.command is not None:
            self.commands[request.command] = new
        return Appended(first_position=1, events=len(new), repeated=False)


class _Keys:
    async def load(self, ids: Iterable[UUID]) -> dict[UUID, bytes]:
        return {one: SECRET for one in ids if one == KEY}


@dataclass(frozen=True)
class _Files:
    """The case as it is now."""

    case: "LivingCase"

    async def history(self, _: UUID) -> list[Recorded[Event]]:
        return list(self.case.facts)

    async def load(self, _: UUID, work: UnitOfWork, *__: UUID) -> CaseFile:
        work.keys[KEY] = SECRET
        found = read_case(self.case.facts, work.keys)
        assert found is not None
        return found


@dataclass(frozen=True, kw_only=True)
class _SendingOn(SendingOn):
    """Looks the case's other referrals up in memory."""

    case: "LivingCase"

    async def others(self, referral: Referral, work: UnitOfWork) -> dict[Agency, Referral]:
        work._histories |= {one: list(history) for one, history in self.case.streams.items()} | work._histories
        found = (fold(work.history(one)) for one in self.case.referral_streams() if one != referral.id)
        return {one.agency: one for one in found if one is not None and one.state in OPEN}


@dataclass
class LivingCase(ChangingCase):
    """A case with its desks, its clocks and its alerts."""

    alerts: dict[UUID, list[Recorded[Event]]] = field(default_factory=lambda: defaultdict(list))
    _log: MemoryLog = field(init=False)
    _alerted: dict[UUID, int] = field(default_factory=dict)
    """How many facts of each stream the alerts have followed."""
    _commands: int = 0

    def __post_init__(self) -> None:
        self._log = MemoryLog(self.streams)

    def referrals(self) -> list[Referral]:
        found = (fold(self.streams[one]) for one in self.referral_streams())
        return [one for one in found if one is not None]

    def reacts(self, *, one_by_one: bool = False) -> None:
        before = self.streams
        super().reacts(one_by_one=one_by_one)
        if self.streams is not before:
            before.clear()
            before.update(self.streams)
            self.streams = before  # the log in memory holds the very same

    def file(self) -> CaseFile:
        found = read_case(self.facts, {KEY: SECRET})
        assert found is not None
        return found

    def step(self, referral: Referral, step: str, role: Role, **said: Any) -> None:
        """Somebody takes a step, as they would over HTTP.

        Raises:
            ServiceError: it is refused.
        """
        org = {Role.OFFICER: referral.agency.value, Role.PROGRAMME_COORDINATOR: "*"}.get(role, referral.shelter)
        command = StepCommand(
            referral=referral.id,
            step=step,
            command_id=self._next_command(),
            expected_version=referral.version,
            **said,
        )
        at_once(self._steps().execute_step(command, Principal(role, org, "x-1", person="p-1")))

    def offers(self, referral: Referral, agency: Agency, *, can: bool) -> None:
        """An agency that was asked in another's stead answers.

        Raises:
            ServiceError: it is refused.
        """
        offers = OfferCommands(log=cast("Any", self._log), clock=lambda: self.now, sending_on=self._sending_on())
        officer = Principal(Role.OFFICER, agency.value, "x-1", person="p-1")
        at_once(offers.record(referral.id, officer, command_id=self._next_command(), can=can))

    def clocks(self) -> None:
        """Fires every step that is due by now."""
        expiry = ConsentExpiry(files=cast("Any", _Files(self)), policies=routing().policies)
        for stream in self.referral_streams():
            while due := due_steps(self.clock_of(stream), ladders(), self.now):
                referral, command = fold(self.streams[stream]), due[0].command(stream)
                assert referral is not None
                work, end = self.work(), due[0].step.then
                alerted = True
                if end in ("lapse", "withdraw"):
                    renew_within = ladders().time_to_renew(referral.urgency)
                    alerted = at_once(
                        expiry(end, referral, work, command=command, actor="clock:1", renew_within=renew_within)
                    )
                if alerted:
                    for event in due[0].to_events(referral, ladders()):
                        work.record(stream, event, case=CASE, actor="clock:1", cause=command)
                assert work.entries, due[0]
                at_once(self._log.append(Append(entries=work.entries, command=command)))

    def clock_of(self, stream: UUID) -> EscalationState:
        referral = fold(self.streams[stream])
        assert referral is not None
        hours = routing().policies.counted_hours.hours(referral.urgency, referral.desk)
        return EscalationState.of(referral, hours)

    def next_due(self, referral: Referral) -> Any:
        """When its clocks do something next."""
        return next_due_at(self.clock_of(referral.id), ladders())

    def alert(self) -> None:
        """The alerts follow what happened since they last did."""
        for stream in self.referral_streams():
            new: Sequence[Recorded[Event]] = self.streams[stream][self._alerted.get(stream, 0) :]
            self._alerted[stream] = len(self.streams[stream])
            for fact in new:
                work = UnitOfWork(cast("Any", None), lambda: self.now)
                work._histories = self.alerts
                upto = [one for one in self.streams[stream] if one.version <= fact.version]
                work.upstream = {stream: upto}
                for react in ALERTS.get(type(fact.event), ()):
                    react(fact, work)

    def _steps(self) -> ReferralCommands:
        return ReferralCommands(
            log=cast("Any", self._log),
            clock=lambda: self.now,
            keyring=cast("Any", _Keys()),
            files=cast("Any", _Files(self)),
            policies=routing().policies,
            sending_on=self._sending_on(),
        )

    def _sending_on(self) -> SendingOn:
        nothing = cast("Any", None)
        files = cast("Any", _Files(self))
        return _SendingOn(
            database=nothing, files=files, policies=routing().policies, rerouting=load_rerouting(), case=self
        )

    def _next_command(self) -> UUID:
        self._commands += 1
        return uuid5(CASE, f"command {self._commands}")
