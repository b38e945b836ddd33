"""Compares what the services showed with what follows from the log: two sorted rows of records, side by side."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from events.contract import Event, Recorded
from services.audit.bundles.container import Bundle
from services.audit.bundles.domain import LogPart, ModelPart
from services.audit.verification.domain import Check


class Replay(Protocol):
    """Folds one stream of a log into the row of a model; each service has its own."""

    @property
    def log(self) -> str:
        """The log whose streams are folded."""

    def row(self, history: Sequence[Recorded[Event]]) -> Mapping[str, Any] | None:
        """The row's values, as JSON has them; ``None``: the stream is of another kind."""


Replays = Mapping[tuple[str, str], Replay]
"""By service and name of the model."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row as it was exported."""

    id: UUID
    version: int
    """The version of its stream that it shows."""
    first: int
    """The position of its stream's first event."""
    values: Mapping[str, Any]


class Comparison:
    """One model against the replay of one log. Streams come sorted by id, as the rows do."""

    def __init__(self, check: Check, bundle: Bundle, log: LogPart, model: ModelPart, replay: Replay) -> None:
        """``check`` collects what differs."""
        self._check, self._log, self._model, self._replay = check, log, model, replay
        self._rows = self._read(bundle)
        self._row = next(self._rows, None)
        self._newer = 0

    def stream(self, history: Sequence[Recorded[Event]]) -> None:
        """Folds one whole stream and compares it with its row."""
        last = history[-1]
        try:
            expected = self._replay.row(history)
        except Exception:  # noqa: BLE001 - whatever a history that no service wrote does to the domain, it is a finding
            self._fault("replay_impossible", last.stream, last.version)
            return
        if expected is None:
            return
        self._pass(last.stream)
        row = self._row
        if row is None or row.id != last.stream:
            self._fault("row_missing", last.stream, last.version)
            return
        self._row = next(self._rows, None)
        self._check.count("rows")
        if row.version > last.version:
            self._later(row.version - last.version)
            return
        shown = {**row.values, "version": row.version}
        for name in sorted(shown.keys() | expected.keys() | {"version"}):
            if shown.get(name) != (last.version if name == "version" else expected.get(name)):
                self._fault("row_differs", row.id, last.version, name)

    def finish(self) -> None:
        """What is left has no events."""
        self._pass(None)
        if self._newer > self._log.head - self._log.size:
            self._check.fault("too_many_newer", log=self._log.name, row=self._model.path)

    def _pass(self, upto: UUID | None) -> None:
        while (row := self._row) is not None and (upto is None or row.id.bytes < upto.bytes):
            self._row = next(self._rows, None)
            if row.first > self._log.size:
                self._later(max(1, row.version))
            else:
                self._fault("row_without_events", row.id, row.version)

    def _later(self, events: int) -> None:
        """A row that shows so many events that were not sealed yet: no more can be shown than there were."""
        self._newer += events
        self._check.count("newer")

    def _fault(self, code: str, stream: UUID, version: int, field: str | None = None) -> None:
        self._check.fault(
            code, log=self._log.name, stream=str(stream), version=version, row=self._model.path, field=field
        )

    def _read(self, bundle: Bundle) -> Iterator[Row]:
        before: UUID | None = None
        for number, line in enumerate(bundle.lines(self._model.path), start=1):
            row = _row(line)
            if row is None or (before is not None and row.id.bytes <= before.bytes):
                self._check.fault("row_unreadable", row=self._model.path, position=number)
                continue
            before = row.id
            yield row


def _row(line: bytes) -> Row | None:
    try:
        values = json.loads(line)
        id_, version, first = UUID(values.pop("id")), values.pop("version"), values.pop("first")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    numbers = all(isinstance(one, int) and not isinstance(one, bool) for one in (version, first))
    return Row(id_, version, first, values) if numbers else None
