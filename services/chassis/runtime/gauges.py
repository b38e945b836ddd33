"""What is read of a service at each scrape: its health checks, as ``/health/flow`` makes them, and its own gauges."""

from collections.abc import Iterator
from datetime import UTC
from importlib.metadata import version
from pathlib import Path

import structlog
from cryptography import x509

from services.chassis.runtime.checks import Check
from services.chassis.runtime.health import Health, Report
from services.chassis.runtime.looking import TimedLook
from services.chassis.runtime.service import Service
from services.chassis.telemetry.gauges import Gauge, Sample

logger = structlog.get_logger(__name__)

OF_A_CHECK = ("check", "about")
CHECK_OK = Gauge("check_ok", "1 while the check of /health/flow holds, 0 while it fails", OF_A_CHECK)
CHECK_AGE = Gauge("check_age_seconds", "Age of the oldest thing that the check looks at; 0: there is none", OF_A_CHECK)
CHECK_LIMIT = Gauge("check_limit_seconds", "Age from which the check fails", OF_A_CHECK)
CHECK_COUNT = Gauge("check_count", "How many the check found", OF_A_CHECK)
READ = Gauge("gauges_read", "1 if the service's own gauges were read in time at this scrape")
BUILD = Gauge("build_info", "Always 1; the version of the program", ("version",))
CERTIFICATE = Gauge("certificate_expires_timestamp_seconds", "When the server's own certificate expires")
DISK_FREE = Gauge("disk_free_ratio", "Free share of the disk with the data folder")
FOLLOWER_LAG = Gauge("follower_lag_events", "Events of another log that were not digested yet", ("upstream",))
LEADER = Gauge("leader", "1 if this process does the service's background work")
RELAY_LAG = Gauge("relay_lag_events", "Events that were not copied to the stream yet")

BEHIND = "behind_"


class ServiceGauges:
    """Reads one service. Scrapes at the same time share one reading, and a frozen database holds none of them up."""

    def __init__(self, service: Service, health: Health) -> None:
        """``health`` is the one that answers the health routes, too: what it asks is asked once."""
        self._service = service
        self._health = health
        self._own = TimedLook(self._look, service.context.settings.health_timeout)

    async def close(self) -> None:
        """Ends what still waits for an answer."""
        await self._own.close()

    async def samples(self) -> list[Sample]:
        """Everything that is known of the service now."""
        ready, flow, own = await self._health.readiness(), await self._health.flow(), await self._own()
        found = [Sample(BUILD, 1, (version("canaliza"),)), Sample(READ, own is not None), *_of_checks(flow)]
        found += _lags(ready)
        found += (sample for tell in self._service.told for sample in tell())
        return [*found, *(own or ()), *_certificate(self._service.context.settings.tls_cert)]

    async def _look(self) -> list[Sample]:
        found: list[Sample] = []
        async with self._service.context.database.as_system() as connection:
            for look in self._service.gauges:
                found += await look(connection)
        return found


def _of_checks(report: Report) -> Iterator[Sample]:
    for check in report.checks:
        labels = (check.code, check.about or "")
        yield Sample(CHECK_OK, check.ok, labels)
        age = _age(check)
        if age is not None:
            yield Sample(CHECK_AGE, age, labels)
        if check.limit is not None:
            yield Sample(CHECK_LIMIT, check.limit, labels)
        if check.code == "disk" and check.count is not None:
            yield Sample(DISK_FREE, check.count / 100)
        elif check.count is not None:
            yield Sample(CHECK_COUNT, check.count, labels)


def _age(check: Check) -> float | None:
    """Of a kind that has an age and of which there is none: zero, so that a curve comes down to it."""
    return 0.0 if check.seconds is None and check.limit is not None and check.ok else check.seconds


def _lags(report: Report) -> Iterator[Sample]:
    for name, value in report.values.items():
        if name.startswith(BEHIND):
            yield Sample(FOLLOWER_LAG, value, (name.removeprefix(BEHIND),))
    yield Sample(LEADER, report.values.get("leads", True))
    if "relay_behind" in report.values:
        yield Sample(RELAY_LAG, report.values["relay_behind"])


def _certificate(path: Path | None) -> Iterator[Sample]:
    """The first certificate of the chain is the server's own."""
    if path is None:
        return
    try:
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError) as error:
        logger.warning("certificate_unreadable", error=type(error).__name__)
        return
    yield Sample(CERTIFICATE, certificate.not_valid_after_utc.replace(tzinfo=UTC).timestamp())
