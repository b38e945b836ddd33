"""What one process counts while it works: requests, commits, messages, and its own memory and processor time.

Its registry is its own: what other libraries count by default is not in it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from faststream.prometheus.middleware import PrometheusMiddleware
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics
from prometheus_client.gc_collector import GCCollector
from prometheus_client.process_collector import ProcessCollector

from events.contract import Event, Recorded
from services.chassis.telemetry.nats_messages import metrics_of
from services.chassis.web.access_log import UNMATCHED

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Buckets of an answer: a page takes tens of milliseconds, and a telephone gives up after ten seconds."""
COMMIT_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0)
BATCH_SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OTHER = "other"
"""The method of a request with one that HTTP does not have: its sender made it up."""
EVERY = "all"
"""The service of a route that every service of the process answers, such as ``/health/ready``."""


class Instruments:
    """The counters of one process."""

    def __init__(self, owners: Mapping[str, str], services: tuple[str, ...]) -> None:
        """``owners``: the service of each route template; ``services``: all that run in this process."""
        disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series for each, which says when it began
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        self._owners = owners
        self._shared = services[0] if len(services) == 1 else EVERY
        self._requests = Counter(
            "canaliza_http_requests",
            "Requests answered, by route template and class of status",
            ("service", "route", "method", "status"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "canaliza_http_request_seconds",
            "Seconds until an answer began, by route template",
            ("service", "route"),
            buckets=SECONDS,
            registry=self.registry,
        )
        self.in_flight = Gauge(
            "canaliza_http_requests_in_flight",
            "Requests that are being answered, open event streams included",
            registry=self.registry,
        )
        self._commit_seconds = Histogram(
            "canaliza_commit_seconds",
            "Seconds of a transaction that appended to the log",
            ("service",),
            buckets=COMMIT_SECONDS,
            registry=self.registry,
        )
        self._commit_requests = Histogram(
            "canaliza_commit_requests",
            "Appends that shared one transaction",
            ("service",),
            buckets=BATCH_SIZES,
            registry=self.registry,
        )
        self._events = Counter(
            "canaliza_events",
            "Events that this process recorded, by kind",
            ("service", "event"),
            registry=self.registry,
        )
        self._of_events: dict[str, Counter] = {}
        self._of_requests: dict[tuple[str, str, int], Counter] = {}
        self._of_seconds: dict[str, Histogram] = {}
        self._of_commits = {
            name: (self._commit_seconds.labels(name), self._commit_requests.labels(name)) for name in services
        }

    def answered(self, route: str, method: str, status: int, seconds: float) -> None:
        """Counts a request. ``route`` is a template, or ``-``; ``seconds`` until its answer began."""
        key = (route, method if method in METHODS else OTHER, status // 100)
        counter = self._of_requests.get(key)
        if counter is None:
            owner = self._owners.get(route, self._shared)
            counter = self._of_requests[key] = self._requests.labels(owner, route, key[1], f"{key[2]}xx")
            self._of_seconds.setdefault(route, self._seconds.labels(owner, route))
        counter.inc()
        if route != UNMATCHED:
            self._of_seconds[route].observe(seconds)

    def committed(self, service: str, requests: int, seconds: float) -> None:
        """Counts a transaction of a service's log."""
        of_seconds, of_requests = self._of_commits[service]
        of_seconds.observe(seconds)
        of_requests.observe(requests)

    def recorded(self, service: str, events: Sequence[Recorded[Event]]) -> None:
        """Counts what was appended to a service's log, as its listener."""
        for one in events:
            name = one.event.NAME
            counter = self._of_events.get(name)
            if counter is None:
                counter = self._of_events[name] = self._events.labels(service, name)
            counter.inc()

    def of_messages(self, service: str) -> PrometheusMiddleware[Any, Any]:
        """FastStream's middleware for a service's broker, which counts by the kind of subject."""
        return PrometheusMiddleware(
            settings_provider_factory=metrics_of,
            registry=self.registry,
            app_name=service,
            metrics_prefix="canaliza_nats",
        )
