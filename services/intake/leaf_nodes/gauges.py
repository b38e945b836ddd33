"""What those who watch the system see of the links to the shelters' leaf nodes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.chassis.telemetry.gauges import Gauge, Sample

SILENT = Gauge("leaf_silent_seconds", "Seconds since a leaf node was connected with nothing left to copy", ("shelter",))
LAG = Gauge("leaf_lag_messages", "Messages on the leaf node that were not copied yet", ("shelter",))
ALARM = Gauge("leaf_alarm", "1 while the link's alarm is on", ("shelter",))


@dataclass(frozen=True, slots=True)
class LeafGauges:
    """From the monitor's last look. Shelters are those of the setting ``CANALIZA_LEAF_SHELTERS``."""

    details: Callable[[], Mapping[str, Any]]

    def __call__(self) -> Sequence[Sample]:
        """Three values of each link."""
        found: list[Sample] = []
        for shelter, link in self.details().items():
            found.append(Sample(SILENT, link["seconds"], (shelter,)))
            found.append(Sample(LAG, link["lag"], (shelter,)))
            found.append(Sample(ALARM, link["alarm"] is not None, (shelter,)))
        return found
