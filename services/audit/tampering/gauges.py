"""What those who watch the system see of the comparison of the logs with what was sealed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from services.audit.tampering.scheduler import Pass
from services.chassis.clock import Clock
from services.chassis.telemetry.gauges import Gauge, Sample, seconds_since

COMPARED = Gauge("compared_age_seconds", "Since when a log was last compared with all that was sealed of it", ("log",))


@dataclass(frozen=True, slots=True)
class ComparisonGauges:
    """From the passes of this process."""

    passes: Callable[[], Mapping[str, Pass]]
    clock: Clock

    def __call__(self) -> Sequence[Sample]:
        """Every log of which there was a pass."""
        now = self.clock()
        return [Sample(COMPARED, seconds_since(one.ended_at, now), (log,)) for log, one in self.passes().items()]
