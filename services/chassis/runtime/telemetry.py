"""Measures and traces the services of a process, if somebody is to read it; otherwise nothing is put in their way.

The libraries are loaded only then.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from fastapi import FastAPI

from services.chassis.runtime.service import Service
from services.chassis.settings import Settings

if TYPE_CHECKING:
    from services.chassis.telemetry.instruments import Instruments
    from services.chassis.telemetry.tracing import Traces

MACHINES_ONLY = "/health/"
"""Routes that are asked every few seconds: no traces of those."""


def attach(app: FastAPI, services: Sequence[Service], traces: "Traces | None", owners: Mapping[str, str]) -> None:
    """Attaches to the application and to the services in it, before any of them is started.

    ``owners``: the service of each route template. ``traces``: instead of those that the environment asks for.
    """
    settings: Settings = app.state.settings
    app.state.metrics = None
    instruments = None if settings.metrics_port is None or not services else _measure(app, services, owners)
    if traces is None and settings.otlp_endpoint is not None:
        from services.chassis.telemetry.exporting import traces_of  # noqa: PLC0415 - loaded only if it is used

        traces = traces_of([service.name for service in services])
    app.state.traces = traces
    if traces is not None:
        _trace(app, services, traces)
    if instruments is not None or traces is not None:
        _observe(services, instruments, traces)


def _measure(app: FastAPI, services: Sequence[Service], owners: Mapping[str, str]) -> "Instruments":
    from services.chassis.runtime.gauges import ServiceGauges  # noqa: PLC0415 - loaded only if it is used
    from services.chassis.runtime.metrics import Metrics  # noqa: PLC0415 - likewise
    from services.chassis.telemetry.http_requests import MeasuredRequests  # noqa: PLC0415 - likewise
    from services.chassis.telemetry.instruments import Instruments  # noqa: PLC0415 - likewise

    instruments = Instruments(owners, tuple(service.name for service in services))
    app.add_middleware(MeasuredRequests, instruments=instruments)
    for service in services:
        service.log.listen(partial(instruments.recorded, service.name))
        service.broker.add_middleware(instruments.of_messages(service.name))
    examined = app.state.examined
    app.state.metrics = Metrics({one.name: ServiceGauges(one, examined[one.name]) for one in services}, instruments)
    return instruments


def _trace(app: FastAPI, services: Sequence[Service], traces: "Traces") -> None:
    from faststream.opentelemetry.middleware import TelemetryMiddleware  # noqa: PLC0415 - loaded only if it is used
    from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor  # noqa: PLC0415 - likewise
    from opentelemetry.metrics import NoOpMeterProvider  # noqa: PLC0415 - likewise

    from services.chassis.telemetry.nats_messages import spans_of  # noqa: PLC0415 - likewise

    no_meters = NoOpMeterProvider()
    for service in services:
        service.broker.add_middleware(
            TelemetryMiddleware(
                settings_provider_factory=spans_of, tracer_provider=traces.provider, meter_provider=no_meters
            )
        )
    FastAPIInstrumentor.instrument_app(
        app,
        tracer_provider=traces.provider,
        meter_provider=no_meters,
        excluded_urls=MACHINES_ONLY,
        exclude_spans=["receive", "send"],
    )


def _observe(services: Sequence[Service], instruments: "Instruments | None", traces: "Traces | None") -> None:
    from services.chassis.telemetry.observer import Observing  # noqa: PLC0415 - loaded only if it is used

    for service in services:
        service.log.observer = Observing(service.name, instruments, traces)


async def end(app: FastAPI) -> None:
    """Sends the last traces."""
    if app.state.traces is not None:
        from services.chassis.telemetry.exporting import sent  # noqa: PLC0415 - loaded only if it is used

        await sent(app.state.traces)
