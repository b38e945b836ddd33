"""Notifies open pages of changed alerts by id only; pages read everything else with their own authorisation."""

from collections.abc import Sequence
from dataclasses import dataclass

from events.contract import Event, Recorded
from events.notifications import AlertAnswered, AlertRaised
from services.chassis.eventlog.change_stream import ChangeStream
from services.notifications.alerts.domain import is_for_desk


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

    def announce(self, batch: Sequence[Recorded[Event]]) -> None:
        """Sends a batch's changes; called after the commit."""
        self.send(_change(fact, fact.event) for fact in batch if isinstance(fact.event, AlertRaised | AlertAnswered))
