"""Each message of a batch names what must precede it; replicated, the batch does, and no message names a seal."""

from dataclasses import replace

import pytest

from services.chassis.eventlog.log_entry import EntryMapper, LogEntry
from services.chassis.names import Names
from services.chassis.replication.batches import as_a_whole, one_after_another
from services.chassis.replication.outlet import SEAL, Outlet
from services.chassis.replication.stream_end import StreamEnd
from tests.contract.golden_events import EVENTS, a_fact

OUTLET = Outlet(Names("elsewhere"), "a-token", bytes(32))
END = StreamEnd(position=40, own=40, sequence=42, seal="the-seal-before")
LAST, ID = "Nats-Expected-Last-Sequence", "Nats-Expected-Last-Msg-Id"
BATCH = ("Nats-Batch-Id", "Nats-Batch-Sequence", "Nats-Batch-Commit")


def entries(number: int) -> list[LogEntry]:
    return [
        replace(EntryMapper().to_stored_event(a_fact(EVENTS[n])), position=END.position + 1 + n) for n in range(number)
    ]


def test_one_after_another_each_names_the_sequence_and_the_seal_before() -> None:
    first, second, third = [copy.headers() for copy in one_after_another(entries(3), OUTLET, END)]
    assert [one[LAST] for one in (first, second, third)] == ["42", "43", "44"]
    assert [one[ID] for one in (first, second, third)] == ["the-seal-before", first[SEAL], second[SEAL]]
    assert not set(BATCH) & {*first, *second, *third}


def test_as_a_whole_the_first_names_the_sequence_before_and_the_last_completes_the_batch() -> None:
    found = [copy.headers() for copy in as_a_whole(entries(3), OUTLET, END)]
    assert [one.get(LAST) for one in found] == ["42", None, None]
    assert [(one[BATCH[1]], one.get(BATCH[2])) for one in found] == [("1", None), ("2", None), ("3", "1")]
    assert len({one[BATCH[0]] for one in found}) == 1
    assert found[0][BATCH[0]] != as_a_whole(entries(3), OUTLET, END)[0].headers()[BATCH[0]]


@pytest.mark.parametrize("number", [1, 3])
def test_replicated_no_message_names_the_seal_before(number: int) -> None:
    """A replica that has caught up does not know the id of its last message, and would refuse the next."""
    assert not [copy for copy in as_a_whole(entries(number), OUTLET, END) if ID in copy.headers()]


def test_replicated_a_message_alone_is_no_batch() -> None:
    (copy,) = as_a_whole(entries(1), OUTLET, END)
    assert copy.headers()[LAST] == "42"
    assert not set(BATCH) & set(copy.headers())
