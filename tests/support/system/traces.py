"""The traces of a running system, as whoever collects them gets them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from services.chassis.telemetry import exporting
from services.chassis.telemetry.cleaning import CleanExporter
from services.chassis.telemetry.tracing import Traces
from services.system import Installation


def traced(installation: Installation) -> Installation:
    """The same with somebody who collects its traces."""
    endpoint = {"otlp_endpoint": "http://127.0.0.1:9"}
    return replace(installation, settings=installation.settings.model_copy(update=endpoint))


@contextmanager
def collected(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    """What is sent, instead of to that address."""
    kept = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(CleanExporter(kept)))
    monkeypatch.setattr(exporting, "traces_of", lambda _: Traces(provider))
    yield kept
    provider.shutdown()
