"""Traces of one case from the telephone to the alert, by OpenTelemetry; off unless its variables say where they go.

A trace travels with the copy of an entry in its stream (``traceparent``), not with the entry: what is stored and sealed
knows nothing of it. A copy that is made from the database after a restart has none, and the trace ends there.

Spans say what ``cleaning`` lets them say.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from uuid import UUID

from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import SpanKind
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from services.chassis.eventlog.log_entry import LogEntry
from services.chassis.eventlog.observing import Followed

HEADER = "traceparent"
_CONTEXTS = TraceContextTextMapPropagator()
_FOLLOWING: ContextVar[Mapping[UUID, str] | None] = ContextVar("following", default=None)
"""The trace of each entry that is about to be appended because of another service's."""


@dataclass(frozen=True, slots=True)
class Traces:
    """Marks what is appended with its trace, and continues it in the services that follow."""

    provider: TracerProvider

    def marked(self, entries: Sequence[LogEntry]) -> Sequence[LogEntry]:
        """The entries with the trace of what they follow from, otherwise that of the request that is answered."""
        following = _FOLLOWING.get()
        if following is not None:
            return [replace(entry, trace=following.get(entry.id)) for entry in entries]
        if not trace.get_current_span().get_span_context().is_valid:
            return entries
        own = _written(trace.get_current_span())
        return [replace(entry, trace=own) for entry in entries]

    @contextmanager
    def following(self, service: str, upstream: str, followed: Iterable[Followed]) -> Iterator[None]:
        """One span for each entry whose copy said a trace; what follows from it is marked with that span."""
        tracer = self.provider.get_tracer("canaliza")
        spans = [
            (each, tracer.start_span(f"{service} follows {upstream}", context, kind=SpanKind.CONSUMER))
            for each in followed
            if each.trace is not None and (context := _CONTEXTS.extract({HEADER: each.trace}))
        ]
        token = _FOLLOWING.set({id_: _written(span) for each, span in spans for id_ in each.caused})
        try:
            yield
        finally:
            _FOLLOWING.reset(token)
            for _, span in spans:
                span.end()


def _written(span: trace.Span) -> str:
    carrier: dict[str, str] = {}
    _CONTEXTS.inject(carrier, trace.set_span_in_context(span))
    return carrier[HEADER]
