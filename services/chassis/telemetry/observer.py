"""What a log's appends are measured and traced by."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from services.chassis.eventlog.log_entry import LogEntry
from services.chassis.eventlog.observing import Followed, Observer
from services.chassis.telemetry.instruments import Instruments
from services.chassis.telemetry.tracing import Traces


class Observing(Observer):
    """Of one service's log. Without instruments nothing is counted, without traces nothing is traced."""

    def __init__(self, service: str, instruments: Instruments | None, traces: Traces | None) -> None:
        """Counts in ``instruments``, which all services of the process share."""
        self._service = service
        self._instruments = instruments
        self._traces = traces

    def appending(self, entries: Sequence[LogEntry]) -> Sequence[LogEntry]:
        """The entries with the trace that they belong to."""
        return entries if self._traces is None else self._traces.marked(entries)

    def committed(self, requests: int, seconds: float) -> None:
        """Counts the transaction."""
        if self._instruments is not None:
            self._instruments.committed(self._service, requests, seconds)

    @contextmanager
    def following(self, upstream: str, followed: Mapping[int, Followed]) -> Iterator[None]:
        """Continues the traces of what was followed."""
        if self._traces is None or not followed:
            yield
            return
        with self._traces.following(self._service, upstream, followed.values()):
            yield
