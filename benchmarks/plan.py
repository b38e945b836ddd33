"""How much is measured: a full run, or one of two minutes."""

from dataclasses import dataclass

LIMIT_MS = 250.0
"""p99 up to which a rate counts as sustained."""
MEMORY_RATE = 500.0
"""Submissions a second at which memory is measured."""
HTTP_RATE = 50.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Durations in seconds, sizes in stored events."""

    quick: bool
    rates: tuple[float, ...]
    run: float
    """Of each run at a fixed rate."""
    search: float
    """Of each run of the search for the highest rate."""
    precision: float
    """The search ends when the next higher rate that was tried is at most this many times the one found."""
    attempts: int
    """How often a rate may fail before it counts as too high: other work on the machine is not the contender's."""
    append: float
    replay: tuple[int, ...]
    ledger: tuple[int, ...]
    growth: tuple[int, ...]
    growth_rate: float
    growth_run: float
    what_if: int
    """Cases that are decided again by other rules."""
    verification: int
    """Events of the bundle that is verified."""


FULL = Plan(
    quick=False,
    rates=(10.0, 50.0, 500.0, 2000.0),
    run=20.0,
    search=6.0,
    precision=1.05,
    attempts=2,
    append=3.0,
    replay=(100_000, 1_000_000),
    ledger=(1_000_000,),
    growth=(10_000, 100_000, 1_000_000),
    growth_rate=100.0,
    growth_run=20.0,
    what_if=300_000,
    verification=1_000_000,
)
QUICK = Plan(
    quick=True,
    rates=(50.0, 500.0),
    run=2.0,
    search=1.5,
    precision=1.25,
    attempts=1,
    append=0.25,
    replay=(20_000,),
    ledger=(20_000,),
    growth=(1_000, 20_000),
    growth_rate=100.0,
    growth_run=2.0,
    what_if=20_000,
    verification=20_000,
)
