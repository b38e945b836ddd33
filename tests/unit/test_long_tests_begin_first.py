"""The order in which workers take tests loses none and begins with what takes longest."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.system.long_first import LONGEST, long_first

ROOT = Path(__file__).parents[2]
FILES = [*LONGEST, *(f"tests/unit/test_{letter}.py" for letter in "abcdefgh")]


def path_of(item: tuple[str, int]) -> str:
    return item[0]


def collected(counts: dict[str, int]) -> list[tuple[str, int]]:
    return [(path, number) for path in sorted(counts) for number in range(counts[path])]


@given(st.fixed_dictionaries({path: st.integers(0, 30) for path in FILES}), st.integers(1, 6))
def test_none_is_lost_or_taken_twice_and_a_file_keeps_its_order(counts: dict[str, int], workers: int) -> None:
    before = collected(counts)
    after = long_first(before, workers, path_of)
    assert sorted(after) == sorted(before)
    for path in FILES:
        assert [item for item in after if item[0] == path] == [item for item in before if item[0] == path]


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_each_workers_share_begins_with_its_part_of_the_longest(workers: int) -> None:
    after = long_first(collected({path: 3 if path in LONGEST else 200 for path in FILES}), workers, path_of)
    share = len(after) // workers
    for worker in range(workers):
        longest = LONGEST[worker::workers]
        found = [path for path, _ in after[worker * share : worker * share + 3 * len(longest)]]
        assert found == [path for path in longest for _ in range(3)]


def test_every_file_that_is_named_is_there() -> None:
    assert [path for path in LONGEST if not (ROOT / path).is_file()] == []
