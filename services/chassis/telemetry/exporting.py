"""Sends traces where OpenTelemetry's own variables say."""

import asyncio
from collections.abc import Sequence
from threading import Thread

import structlog
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

from services.chassis.telemetry.cleaning import CleanExporter
from services.chassis.telemetry.tracing import Traces

logger = structlog.get_logger(__name__)

TIMEOUT = 5
"""Seconds for the collector to take a batch; one that is away costs traces, and nothing else."""
LAST_MOMENTS = 3.0
"""Seconds at the end of a process to send what waits."""


class _Told(SpanExporter):
    """Says in the log when nobody takes the traces; the library would say it in words of its own."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        result = self._exporter.export(spans)
        if result is not SpanExportResult.SUCCESS:
            logger.warning("traces_not_sent", count=len(spans))
        return result

    def shutdown(self) -> None:
        self._exporter.shutdown()


def traces_of(services: Sequence[str]) -> Traces:
    """The traces of a process with these services."""
    name = "canaliza" if len(services) != 1 else f"canaliza-{services[0]}"
    provider = TracerProvider(resource=Resource.create({"service.name": name}), shutdown_on_exit=False)
    exporter = CleanExporter(_Told(OTLPSpanExporter(timeout=TIMEOUT)))
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return Traces(provider)


async def sent(traces: Traces) -> None:
    """Sends what waits, for a few seconds at most: a collector that is away holds no process up."""
    done, loop = asyncio.Event(), asyncio.get_running_loop()

    def last() -> None:
        traces.provider.shutdown()
        loop.call_soon_threadsafe(done.set)

    Thread(target=last, name="last-traces", daemon=True).start()
    await asyncio.wait({asyncio.create_task(done.wait())}, timeout=LAST_MOMENTS)
