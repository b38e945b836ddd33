"""Notifies open pages of changed alerts by id only; pages read everything else with their own authorisation.

What this process records is told at once. What another process of the service records is found in the log within a
second: an officer is alerted wherever their stream is open, although one process alone raises alerts.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from events.contract import Event, Recorded
from events.notifications import AlertAnswered, AlertRaised
from services.chassis.eventlog.change_stream import ChangeStream
from services.chassis.eventlog.log_entry import LogEntry, decode
from services.chassis.eventlog.log_reader import LogReader
from services.chassis.eventlog.tail import Tail
from services.notifications.alerts.domain import is_for_desk

_NAMES = frozenset({AlertRaised.NAME, AlertAnswered.NAME})


@dataclass(frozen=True, slots=True)
class AlertChange:
    """A change of one alert."""

    sequence: int
    agency: str
    alert: str
    kind: str
    shelter: str | None
    """The shelter whose alert it is."""
    of_desk: bool
    """Whether the agency's own staff may know of it."""


def _change(fact: Recorded[Event], event: AlertRaised | AlertAnswered) -> AlertChange:
    raised = isinstance(event, AlertRaised)
    of_desk = is_for_desk(event) if isinstance(event, AlertRaised) else event.of_desk and event.shelter is None
    return AlertChange(
        sequence=fact.position,
        agency=event.agency,
        alert=str(fact.stream),
        kind="raised" if raised else "answered",
        shelter=event.shelter,
        of_desk=of_desk,
    )


class AlertStream(ChangeStream[AlertChange]):
    """The streams of alerts that are open in this process."""

    def __init__(self, log: LogReader, check: float) -> None:
        """``check``: seconds after which it is looked up again whether a reader may still read."""
        super().__init__(check)
        self.tail = Tail(log, self._handle, lambda: self.is_read)
        self._told: set[int] = set()
        """Positions that were announced here, and that the log's end will show again."""

    def announce(self, batch: Sequence[Recorded[Event]]) -> None:
        """Sends a batch's changes; called after the commit."""
        if not self.is_read:
            self._told.clear()
            return
        self._told |= {fact.position for fact in batch}
        self._tell(batch)

    async def _handle(self, entries: Sequence[LogEntry]) -> None:
        others = [entry for entry in entries if entry.position not in self._told]
        self._told = {position for position in self._told if position > entries[-1].position}
        self._tell([decode(entry) for entry in others if entry.name in _NAMES])

    def _tell(self, facts: Sequence[Recorded[Event]]) -> None:
        self.send(_change(fact, fact.event) for fact in facts if isinstance(fact.event, AlertRaised | AlertAnswered))
