"""The order of a run: whatever takes longest begins first, so that no worker is left alone with it at the end."""

from collections.abc import Callable, Sequence
from itertools import islice
from typing import Final, TypeVar

T = TypeVar("T")

LONGEST: Final = (
    "tests/journeys/test_nothing_tells_what_is_hidden.py",
    "tests/integration/health/test_a_frozen_database.py",
    "tests/journeys/test_the_demonstration.py",
    "tests/integration/health/test_alerts_that_do_not_leave.py",
    "tests/integration/test_the_access_matrix.py",
    "tests/journeys/test_separate_processes.py",
    "tests/journeys/test_a_load_survives_a_crash.py",
    "tests/journeys/test_api_fuzz.py",
)
"""Files with a test of half a minute and more, the longest first; most of it is waiting."""


def long_first(items: Sequence[T], workers: int, path_of: Callable[[T], str]) -> list[T]:
    """The same tests, in an order for so many workers.

    Each begins with an equal share that is cut from the list in one piece, and later takes tests from the end of
    another's. Its share begins with its part of the longest files, each file in one piece.
    """
    files = [[item for item in items if path_of(item) == path] for path in LONGEST]
    rest = iter([item for item in items if path_of(item) not in LONGEST])
    ordered: list[T] = []
    for worker in range(workers):
        share = (len(items) - len(ordered)) // (workers - worker)
        longest = [item for file in files[worker::workers] for item in file]
        ordered += [*longest, *islice(rest, max(0, share - len(longest)))]
    return [*ordered, *rest]
