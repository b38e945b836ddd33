"""Writes counters and gauges in Prometheus' text format."""

from collections.abc import Iterable, Iterator, Mapping

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector

from services.chassis.telemetry.gauges import Sample

PREFIX = "canaliza_"
CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4


def written(counters: CollectorRegistry, by_service: Mapping[str, Iterable[Sample]]) -> bytes:
    """The counters of the process, and what was read of each service just now."""
    now = CollectorRegistry()
    now.register(_Read(families(by_service)))
    return generate_latest(counters) + generate_latest(now)


def families(by_service: Mapping[str, Iterable[Sample]]) -> list[Metric]:
    """The samples of several services as Prometheus' families, each with the label ``service``."""
    found: dict[str, GaugeMetricFamily] = {}
    for service, samples in by_service.items():
        for sample in samples:
            gauge = sample.gauge
            family = found.get(gauge.name)
            if family is None:
                name = PREFIX + gauge.name
                family = found[gauge.name] = GaugeMetricFamily(name, gauge.meaning, labels=["service", *gauge.labels])
            family.add_metric([service, *sample.labels], sample.value)
    return [found[name] for name in sorted(found)]


class _Read(Collector):
    """What was read, for the library that writes it."""

    def __init__(self, found: list[Metric]) -> None:
        self._found = found

    def collect(self) -> Iterator[Metric]:
        yield from self._found
