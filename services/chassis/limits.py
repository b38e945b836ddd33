"""A limit of attempts: what is counted, how many are admitted, and in which time. Pure; ``throttle`` counts them."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Limit:
    """The attempts that one counter admits in a window."""

    kind: str
    """What is counted, such as ``place``."""
    value: str
    """Which of them. Only a keyed hash of kind and value is stored."""
    most: int
    window: timedelta
    instead: "tuple[Limit, ...]" = ()
    """The limits that decide, all of them, once this one is full; none: it refuses."""
