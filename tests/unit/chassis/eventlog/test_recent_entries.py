"""What is kept at hand is exactly what was appended, or nothing."""

from hypothesis import given
from hypothesis import strategies as st

from services.chassis.eventlog.log_entry import LogEntry
from services.chassis.eventlog.recent_entries import KEPT_ENTRIES, RecentEntries
from tests.support.system.logs import ids, some


@given(st.lists(st.tuples(st.integers(1, 5), st.booleans()), max_size=12), st.integers(0, 60), st.integers(1, 9))
def test_a_relay_gets_the_next_entries_or_reads_them_from_the_log(
    appends: list[tuple[int, bool]], position: int, limit: int
) -> None:
    recent = RecentEntries()
    log: dict[int, LogEntry] = {}
    for count, by_another in appends:
        entries, first = some(count), len(log) + 1
        log |= dict(enumerate(entries, start=first))
        if not by_another:
            recent.remember(entries, first)
    found = recent.after(position, limit=limit)
    assert [entry.position for entry in found] == list(range(position + 1, position + 1 + len(found)))
    assert ids(found) == [log[entry.position].id for entry in found]


def test_it_never_grows_beyond_its_bound() -> None:
    recent = RecentEntries()
    recent.remember(some(KEPT_ENTRIES + 10), 1)
    assert recent.after(0, limit=1) == []
    assert len(recent.after(10, limit=KEPT_ENTRIES * 2)) == KEPT_ENTRIES
