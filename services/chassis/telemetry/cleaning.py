"""Leaves in a span what may be told of a request, before it goes anywhere: an allow-list, as for lines of the log.

Route templates, methods, statuses, services and kinds of subject. Not paths, queries, headers, addresses of clients,
user agents, nor what an exception said: libraries put all of these into spans.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.trace import SpanContext, Status

from services.chassis.telemetry.instruments import METHODS, OTHER

ALLOWED = frozenset(
    {
        "http.route", "http.request.method", "http.method", "http.response.status_code", "http.status_code",
        "messaging.system", "messaging.destination.name", "messaging.destination_publish.name",
        "messaging.message_payload_size_bytes", "messaging.operation", "error.type",
    }
)  # fmt: skip
ROUTE = "http.route"
OWN = frozenset({"canaliza", "opentelemetry.instrumentation.faststream"})
"""Whose spans have names of ours: subjects' kinds and services."""
_METHOD = ("http.request.method", "http.method")


class CleanExporter(SpanExporter):
    """Passes on spans without what is not allowed."""

    def __init__(self, exporter: SpanExporter) -> None:
        """Wraps the exporter that sends them."""
        self._exporter = exporter

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Sends them."""
        return self._exporter.export([cleaned(span) for span in spans])

    def shutdown(self) -> None:
        """Ends the exporter."""
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Sends what waits."""
        return self._exporter.force_flush(timeout_millis)


def cleaned(span: ReadableSpan) -> ReadableSpan:
    """The span with the attributes of the list, no events, and no words in its status."""
    found: Mapping[str, Any] = span.attributes or {}
    attributes = {
        name: _method(value) if name in _METHOD else value for name, value in found.items() if name in ALLOWED
    }
    return ReadableSpan(
        name=_name(span, attributes),
        context=_context(span.context),
        parent=span.parent,
        resource=span.resource,
        attributes=attributes,
        kind=span.kind,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def _context(found: SpanContext | None) -> SpanContext | None:
    """Without ``tracestate``: words of whoever sent the request."""
    return None if found is None else SpanContext(found.trace_id, found.span_id, found.is_remote, found.trace_flags)


def _method(value: Any) -> str:
    return value if value in METHODS else OTHER


def _name(span: ReadableSpan, attributes: Mapping[str, Any]) -> str:
    """Its own, where it is of ours; otherwise method and route template."""
    scope = span.instrumentation_scope
    if scope is not None and scope.name in OWN:
        return span.name
    method = next((attributes[name] for name in _METHOD if name in attributes), OTHER)
    return f"{method} {attributes[ROUTE]}" if ROUTE in attributes else str(method)
