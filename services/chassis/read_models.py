"""What a service can show: tables that events fill, and that can be filled again from the logs at any time."""

from collections.abc import Mapping
from dataclasses import dataclass

from events.contract import Event
from services.chassis.log import Projection


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill:
    """How one log's events fill the tables. ``reads`` names the events it looks at; none means every event."""

    project: Projection
    reads: tuple[type[Event], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadModel:
    """Tables of a service's schema, with what fills them by the name of the log it comes from.

    Whatever depends on the order of events comes from one log: between two logs the only order is causation.
    """

    tables: tuple[str, ...]
    fills: Mapping[str, Fill]
